"""What gallery-dl wrote beside pictures, for the sites whose posts carry hashtags."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from curation.sources.gallery_dl import GalleryDlSource
from curation.sources.post import Post

INSTAGRAM = {
    "category": "instagram",
    "post_id": "2804685892167406707",
    "post_shortcode": "CbsPvWFMBRz",
    "description": "So big! #Turning7 #family",
    "tags": ["#Turning7", "#family"],
    "location_name": "Lagos, Nigeria",
    "owner_id": "108029798256630",
    "username": "somebody",
    "post_date": "2022-02-24 05:02:06",
    "date": "2022-02-24 05:02:06",
    "post_url": "https://www.instagram.com/p/CbsPvWFMBRz/",
}
FLICKR = {
    "category": "flickr",
    "id": 11738172576,
    "owner": {"nsid": "00000000@N00", "username": "somebody", "path_alias": None},
    "tags": ["turning7", "7th birthday"],
    "license": "4",
    "license_name": "Attribution License",
    "date": "2014-01-03 10:00:00",
    "latitude": "6.5244",
    "longitude": "3.3792",
    "title": "#notahashtag",
}
MASTODON = {
    "category": "mastodon",
    "id": "109440153064280358",
    "created_at": "2022-12-01T19:50:10.577Z",
    "date": "2022-12-01 19:50:10",
    "url": "https://mastodon.social/@u/109440153064280358",
    "content": "<p>Hoot <a>#<span>Turning7</span></a></p>",
    "tags": ["turning7"],
    "visibility": "public",
    "sensitive": False,
    "account": {"acct": "u", "url": "https://mastodon.social/@u", "noindex": False, "fields": []},
}
TWITTER = {
    "category": "twitter",
    "tweet_id": 1600000000000000000,
    "author": {"id": 42, "name": "somebody"},
    "content": "Happy! #Turning7",
    "hashtags": ["turning7"],
    "date": "2022-12-05 10:00:00",
    "sensitive": False,
}


def _save(folder: Path, name: str, metadata: dict[str, Any] | None, **changes: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"")
    if metadata is not None:
        (folder / f"{name}.json").write_text(json.dumps(metadata | changes))


def _posts(folder: Path, notices: list[str] | None = None) -> list[Post]:
    says = (notices if notices is not None else []).append
    return list(GalleryDlSource(folder, notice=says).posts())


def test_the_pictures_of_one_instagram_post_are_one_post(tmp_path: Path) -> None:
    for number in (1, 2):
        _save(tmp_path, f"28046_{number}.jpg", INSTAGRAM, num=number, media_id=str(number))
    [post] = _posts(tmp_path)
    assert post == Post(
        external_id="instagram:CbsPvWFMBRz",
        media=(str(tmp_path / "28046_1.jpg"), str(tmp_path / "28046_2.jpg")),
        hashtags=("Turning7", "family"),
        author="instagram:108029798256630",
        published_at=datetime(2022, 2, 24, 5, 2, 6, tzinfo=UTC),
        url="https://www.instagram.com/p/CbsPvWFMBRz/",
        place="Lagos, Nigeria",
    )


def test_a_flickr_photograph_keeps_licence_and_place(tmp_path: Path) -> None:
    _save(tmp_path, "flickr_11738172576.jpg", FLICKR)
    [post] = _posts(tmp_path)
    assert post.external_id == "flickr:11738172576"
    assert post.hashtags == ("turning7", "7thbirthday")
    assert (post.author, post.licence) == ("flickr:00000000@N00", "Attribution License")
    assert post.coordinates == (6.5244, 3.3792)


@pytest.mark.parametrize(
    ("metadata", "author"), [(MASTODON, "https://mastodon.social/@u"), (TWITTER, "42")]
)
def test_other_sites_are_read_by_the_names_they_use(
    metadata: dict[str, Any], author: str, tmp_path: Path
) -> None:
    _save(tmp_path, "a.png", metadata)
    [post] = _posts(tmp_path)
    site = metadata["category"]
    assert post.author == f"{site}:{author}"
    assert post.hashtags == ("Turning7",)
    assert post.published_at is not None


@pytest.mark.parametrize(
    ("metadata", "changes", "reason"),
    [
        (MASTODON, {"account": {"noindex": True}}, "noindex"),
        (MASTODON, {"sensitive": True}, "sensitive"),
        (TWITTER, {"sensitive": True}, "sensitive"),
        (INSTAGRAM, {"owner": {"is_private": True}}, "private-account"),
    ],
)
def test_posts_that_must_not_be_used_are_refused(
    metadata: dict[str, Any], changes: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    _save(tmp_path, "a.jpg", metadata, **changes)
    [post] = _posts(tmp_path)
    assert (post.refusal, post.media, post.hashtags) == (reason, (), ())


def test_pictures_without_metadata_are_counted_and_left_out(tmp_path: Path) -> None:
    _save(tmp_path, "a.jpg", None)
    _save(tmp_path / "b", "c.jpg", None)
    notices: list[str] = []
    assert _posts(tmp_path, notices) == []
    assert "left out: 2 (gallery-dl writes them with --write-metadata)" in notices[0]


def test_info_json_speaks_for_the_pictures_that_bear_its_id_and_for_no_others(
    tmp_path: Path,
) -> None:
    _save(tmp_path, "mastodon_109440153064280358_1.jpg", None)
    _save(tmp_path, "mastodon_999_2.jpg", None)
    (tmp_path / "info.json").write_text(json.dumps(MASTODON))
    notices: list[str] = []
    [post] = _posts(tmp_path, notices)
    assert [Path(path).name for path in post.media] == ["mastodon_109440153064280358_1.jpg"]
    assert "left out: 1" in notices[0]


def test_broken_metadata_is_named_and_does_not_stop_the_rest(tmp_path: Path) -> None:
    _save(tmp_path, "a.jpg", FLICKR)
    _save(tmp_path, "b.jpg", FLICKR, id=2, latitude="north")
    _save(tmp_path, "c.jpg", FLICKR, id=3)
    (tmp_path / "c.jpg.json").write_text("{")
    notices: list[str] = []
    assert len(_posts(tmp_path, notices)) == 1
    assert any("b.jpg: its metadata cannot be used" in notice for notice in notices)
    assert any("c.jpg.json is not valid JSON" in notice for notice in notices)
