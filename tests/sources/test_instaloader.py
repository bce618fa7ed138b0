"""What instaloader wrote, as it writes it: JSON, packed JSON, sidecars, videos, captions."""

from __future__ import annotations

import json
import lzma
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from curation.errors import InputError
from curation.sources.instaloader import InstaloaderSource
from curation.sources.post import Post

SAMPLES = Path(__file__).parents[3] / "shared" / "data" / "api_samples"
NAME = "2022-02-24_05-02-06_UTC"


def _node(kind: str = "GraphImage", **changes: Any) -> dict[str, Any]:
    node = {
        "__typename": kind,
        "id": "158462867760014",
        "shortcode": "C21bdd958cf",
        "is_video": kind == "GraphVideo",
        "edge_media_to_caption": {"edges": [{"node": {"text": "Our boy! #Turning7 #мойсын"}}]},
        "taken_at_timestamp": 1645678926,
        "location": None,
        "owner": {"id": "108029798256630", "username": "user_ec00e20a", "is_private": False},
    } | changes
    return {"node": node, "instaloader": {"version": "4.9.5", "node_type": "Post"}}


def _sidecar(*videos: bool) -> dict[str, Any]:
    edges = [{"node": {"__typename": "x", "is_video": video}} for video in videos]
    return _node("GraphSidecar", edge_sidecar_to_children={"edges": edges})


def _write(folder: Path, name: str, content: Any) -> None:
    text = json.dumps(content)
    if name.endswith(".xz"):
        with lzma.open(folder / name, "wt", check=lzma.CHECK_NONE) as file:
            file.write(text)
    else:
        (folder / name).write_text(text)


def _touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_bytes(b"")


def _posts(folder: Path, notices: list[str] | None = None) -> list[Post]:
    says = (notices if notices is not None else []).append
    return list(InstaloaderSource(folder, notice=says).posts())


@pytest.mark.parametrize("ending", [".json", ".json.xz"])
def test_a_photograph_and_its_json_are_one_post(ending: str, tmp_path: Path) -> None:
    _write(tmp_path, NAME + ending, _node())
    _touch(tmp_path, f"{NAME}.jpg", f"{NAME}.txt")
    [post] = _posts(tmp_path)
    assert post == Post(
        external_id="C21bdd958cf",
        media=(str(tmp_path / f"{NAME}.jpg"),),
        hashtags=("Turning7", "мойсын"),
        author="108029798256630",
        published_at=datetime(2022, 2, 24, 5, 2, 6, tzinfo=UTC),
        url="https://www.instagram.com/p/C21bdd958cf/",
    )


def test_the_pictures_of_a_sidecar_are_one_post_in_their_order_without_video_covers(
    tmp_path: Path,
) -> None:
    _write(tmp_path, f"{NAME}.json.xz", _sidecar(*[False, True] + [False] * 9))
    _touch(tmp_path, *(f"{NAME}_{number}.jpg" for number in range(1, 12)), f"{NAME}_2.mp4")
    [post] = _posts(tmp_path)
    numbers = [int(Path(path).stem.rpartition("_")[2]) for path in post.media]
    assert numbers == [1, *range(3, 12)]


def test_the_cover_of_a_video_is_no_photograph(tmp_path: Path) -> None:
    _write(tmp_path, f"{NAME}.json", _node("GraphVideo"))
    _touch(tmp_path, f"{NAME}.jpg", f"{NAME}.mp4")
    assert [post.media for post in _posts(tmp_path)] == [()]


def test_a_name_that_ends_in_a_number_is_not_taken_for_a_sidecar(tmp_path: Path) -> None:
    for name, code in (("party_1", "A"), ("party_2", "B"), ("party", "C")):
        _write(tmp_path, f"{name}.json", _node(shortcode=code))
        _touch(tmp_path, f"{name}.jpg")
    found = {post.external_id: [Path(p).name for p in post.media] for post in _posts(tmp_path)}
    assert found == {"A": ["party_1.jpg"], "B": ["party_2.jpg"], "C": ["party.jpg"]}


def test_what_is_no_post_is_passed_over(tmp_path: Path) -> None:
    profile = {"node": {"username": "x"}, "instaloader": {"node_type": "Profile"}}
    _write(tmp_path, "user_1.json.xz", profile)
    _write(tmp_path, f"{NAME}_comments.json", [{"id": 1}])
    _write(
        tmp_path,
        "iterator_x.json.xz",
        {"node": {}, "instaloader": {"node_type": "FrozenNodeIterator"}},
    )
    notices: list[str] = []
    assert _posts(tmp_path, notices) == []
    assert notices == []


def test_a_post_of_a_private_account_is_refused_and_nothing_of_it_kept(tmp_path: Path) -> None:
    owner = {"id": "1", "username": "a", "is_private": True}
    _write(tmp_path, f"{NAME}.json", _node(owner=owner))
    _touch(tmp_path, f"{NAME}.jpg")
    assert _posts(tmp_path) == [Post("C21bdd958cf", (), refusal="private-account")]


@pytest.mark.parametrize(
    ("location", "country", "coordinates", "place"),
    [
        ({"name": "Lagos", "lat": 6.5, "lng": 3.3}, None, (6.5, 3.3), "Lagos"),
        ({"name": "Kuta", "address_json": '{"country_code": "ID"}'}, "ID", None, "Kuta"),
        ({"name": "Home", "lat": None, "lng": None}, None, None, "Home"),
        (None, None, None, None),
    ],
)  # fmt: skip
def test_a_location_is_read_as_it_stands(
    location: Any, country: Any, coordinates: Any, place: Any, tmp_path: Path
) -> None:
    _write(tmp_path, f"{NAME}.json", _node(location=location))
    [post] = _posts(tmp_path)
    assert (post.country, post.coordinates, post.place) == (country, coordinates, place)


def test_without_json_the_caption_beside_tells_the_hashtags(tmp_path: Path) -> None:
    (tmp_path / "#turning7").mkdir()
    folder = tmp_path / "#turning7"
    (folder / f"{NAME}.txt").write_text("So big! #turning7")
    _touch(folder, f"{NAME}_1.jpg", f"{NAME}_2.jpg", "alone.jpg")
    notices: list[str] = []
    [post] = _posts(tmp_path, notices)
    assert post.external_id == f"#turning7/{NAME}"
    assert (post.hashtags, len(post.media)) == (("turning7",), 2)
    assert post.published_at == datetime(2022, 2, 24, 5, 2, 6, tzinfo=UTC)
    assert notices[-1].endswith("left out: 1")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        (f"{NAME}.json", b"{", "is not valid JSON"),
        (f"{NAME}.json.xz", b"not packed", "cannot be read"),
        (f"{NAME}.json", b'{"node": {"owner": 3}}', "is not as documented"),
    ],
)
def test_a_broken_file_is_named_and_does_not_stop_the_rest(
    name: str, content: bytes, sentence: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    _write(tmp_path, "other.json", _node())
    notices: list[str] = []
    assert len(_posts(tmp_path, notices)) == 1
    assert name in notices[0]
    assert sentence in notices[0]


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="../shared/data is missing")
@pytest.mark.parametrize(
    ("sample", "pictures"), [("GraphImage", 1), ("GraphSidecar", 3), ("GraphVideo", 0)]
)
def test_recorded_files_are_read(sample: str, pictures: int, tmp_path: Path) -> None:
    content = (SAMPLES / f"instaloader_{sample}_redacted.json").read_text()
    (tmp_path / f"{NAME}.json").write_text(content)
    names = [f"{NAME}_{n}.jpg" for n in range(1, 4)] if pictures == 3 else [f"{NAME}.jpg"]
    _touch(tmp_path, *names)
    [post] = _posts(tmp_path)
    caption = json.loads(content)["node"]["edge_media_to_caption"]["edges"][0]["node"]["text"]
    assert len(post.hashtags) == len(set(caption.split()))
    assert len(post.media) == pictures


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        InstaloaderSource(tmp_path / "nowhere")
