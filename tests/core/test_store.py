"""The image store: whole files, written once, in a folder or any fsspec place."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from curation.errors import StoreError
from curation.store import Store


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return Store(tmp_path / "store" if request.param == "folder" else f"memory://{tmp_path.name}")


def test_what_is_put_can_be_read_and_is_written_once(store: Store) -> None:
    key = Store.key("images", "abcd", "jpg")
    assert key == "images/ab/abcd.jpg"
    assert not store.exists(key)
    assert store.put(key, b"bytes") is True
    assert store.put(key, b"bytes") is False
    assert store.read(key) == b"bytes"
    assert store.exists(key)


def test_what_is_deleted_is_gone_and_deleting_again_does_nothing(store: Store) -> None:
    store.put("crops/ab/abcd.jpg", b"bytes")
    store.delete("crops/ab/abcd.jpg")
    store.delete("crops/ab/abcd.jpg")
    assert not store.exists("crops/ab/abcd.jpg")


def test_a_missing_file_is_named(store: Store) -> None:
    with pytest.raises(StoreError, match=r"images/ab/none\.jpg is missing from the image store"):
        store.read("images/ab/none.jpg")


def test_a_folder_that_cannot_be_written_is_named_with_its_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match=r"cannot be written.*store\.url"):
        Store(tmp_path / "file").put("images/ab/abcd.jpg", b"bytes")


def test_nothing_but_the_file_is_left_under_its_folder(tmp_path: Path) -> None:
    Store(tmp_path).put("images/ab/abcd.jpg", b"bytes")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files == [tmp_path / "images/ab/abcd.jpg"]


def test_a_store_travels_to_another_process_by_its_address(tmp_path: Path) -> None:
    Store(tmp_path).put("images/ab/abcd.jpg", b"bytes")
    there = pickle.loads(pickle.dumps(Store(tmp_path)))
    assert there.read("images/ab/abcd.jpg") == b"bytes"
    assert there.folder == tmp_path
    assert Store("memory://x").folder is None
