# ruff: noqa: RUF001 - Cyrillic letters that look like Latin ones are meant
"""A folder of photographs as a source of posts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from curation.errors import InputError
from curation.sources import SOURCES, source_class
from curation.sources.folder import FolderSource


def _touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def test_every_image_file_is_one_post_in_sorted_order(tmp_path: Path) -> None:
    _touch(tmp_path, "b.JPG", "a/z.png", "a/b/c.webp", "notes.txt", "c.heic")
    notices: list[str] = []
    posts = list(FolderSource(tmp_path, notice=notices.append).posts())
    assert [post.external_id for post in posts] == ["a/b/c.webp", "a/z.png", "b.JPG", "c.heic"]
    assert [post.media for post in posts] == [
        (str(tmp_path.resolve() / post.external_id),) for post in posts
    ]
    assert notices == [f"files in {tmp_path.resolve()} that are no images by their names: 1"]


def test_hashtags_come_from_folder_names_file_names_and_the_option(tmp_path: Path) -> None:
    _touch(
        tmp_path,
        "7thbirthday/anna.jpg",
        "#мне5лет/im.jpg",
        "7th birthday/x.jpg",
        "party #turning9 #family/anna #sun.jpg",
        "plain.jpg",
    )
    source = FolderSource(tmp_path, hashtags=["#all", "two,three"])
    assert {post.external_id: post.hashtags for post in source.posts()} == {
        "7thbirthday/anna.jpg": ("7thbirthday", "all", "two", "three"),
        "#мне5лет/im.jpg": ("мне5лет", "all", "two", "three"),
        "7th birthday/x.jpg": ("7thbirthday", "all", "two", "three"),
        "party #turning9 #family/anna #sun.jpg": (
            "turning9", "family", "sun", "all", "two", "three",
        ),
        "plain.jpg": ("all", "two", "three"),
    }  # fmt: skip


def test_country_and_licence_are_given_to_every_post(tmp_path: Path) -> None:
    _touch(tmp_path, "a.jpg")
    [post] = FolderSource(tmp_path, country="ng", licence="CC-BY-4.0").posts()
    assert (post.country, post.licence) == ("NG", "CC-BY-4.0")


def test_hidden_files_and_folders_are_left_out(tmp_path: Path) -> None:
    _touch(tmp_path, "a.jpg", ".b.jpg", ".thumbnails/c.jpg")
    assert [post.external_id for post in FolderSource(tmp_path).posts()] == ["a.jpg"]


def test_a_link_that_leads_back_is_entered_once(tmp_path: Path) -> None:
    _touch(tmp_path, "a/x.jpg")
    (tmp_path / "a" / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "b").symlink_to(tmp_path / "a", target_is_directory=True)
    assert [post.external_id for post in FolderSource(tmp_path).posts()] == ["a/x.jpg"]


def test_a_broken_link_is_a_post_so_that_it_is_reported(tmp_path: Path) -> None:
    (tmp_path / "gone.jpg").symlink_to(tmp_path / "nowhere.jpg")
    assert [post.external_id for post in FolderSource(tmp_path).posts()] == ["gone.jpg"]


def test_a_pipe_with_the_name_of_an_image_is_left_out(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    assert list(FolderSource(tmp_path).posts()) == []


def test_a_file_name_that_is_no_text_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.jpg")).write_bytes(b"")
    with pytest.raises(InputError, match="is not valid Unicode; rename the file"):
        list(FolderSource(tmp_path).posts())


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        FolderSource(tmp_path / "nowhere")
    _touch(tmp_path, "file")
    with pytest.raises(InputError, match="is a file, not a folder"):
        FolderSource(tmp_path / "file")


def test_an_unknown_country_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--country: 'Mars' is not a two-letter country"):
        FolderSource(tmp_path, country="Mars")


@pytest.mark.parametrize("kind", sorted(SOURCES))
def test_every_registered_source_is_found_by_its_kind_and_says_what_it_reads(kind: str) -> None:
    found = source_class(kind)
    assert found.kind == kind
    assert found.about.reads
    assert found.about.access in ("official API", "export", "own files")
