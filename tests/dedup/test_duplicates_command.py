"""`curate duplicates`: copies among files, without a workspace."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from copies import jpeg, photograph, shrunk
from typer.testing import CliRunner

from curation.cli import app
from curation.dedup.duplicates import find_duplicates
from curation.dedup.read_files import picture_files
from curation.errors import InputError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two photographs, one with three copies; a broken file, and one that is no picture."""
    files = {
        "a/large.jpg": jpeg(photograph(21)),
        "a/again.jpg": jpeg(photograph(21)),
        "b/small.jpg": jpeg(shrunk(photograph(21), 0.5)),
        "b/other.jpg": jpeg(photograph(22)),
        "b/mirror.jpg": jpeg(np.ascontiguousarray(photograph(21)[:, ::-1]), quality=70),
        "broken.jpg": jpeg(photograph(23))[:2000],
        "page.png": b"<html>not found</html>",
        "notes.txt": b"no picture, and not named as one",
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    return tmp_path


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["duplicates", "--no-faces", "--workers", "1", *arguments])
    return result.exit_code, result.stdout, result.stderr


def as_json(*arguments: str) -> dict[str, Any]:
    code, out, _ = run(*arguments, "--json")
    assert code == 0
    found: dict[str, Any] = json.loads(out)
    return found


def test_groups_come_with_kind_and_evidence_of_each_pair(folder: Path) -> None:
    found = as_json(str(folder))
    assert found["files"] == 5
    (group,) = found["groups"]
    names = [Path(path).name for path in group["files"]]
    assert names == ["again.jpg", "large.jpg", "mirror.jpg", "small.jpg"]
    assert Path(group["best"]).name == "again.jpg"
    kinds = {
        (Path(pair["first"]).name, Path(pair["second"]).name): pair["kind"]
        for pair in group["pairs"]
    }
    assert kinds["again.jpg", "large.jpg"] == "identical"
    assert kinds["again.jpg", "small.jpg"] == "resized"
    assert kinds["again.jpg", "mirror.jpg"] == "mirrored"
    assert all(0.75 <= pair["detail_correlation"] <= 1.000001 for pair in group["pairs"])


def test_files_that_cannot_be_read_are_named_with_the_reason(folder: Path) -> None:
    bad = {Path(each["path"]).name: each["reason"] for each in as_json(str(folder))["unreadable"]}
    assert bad == {"broken.jpg": "truncated", "page.png": "not-an-image"}


def test_the_order_follows_the_arguments_and_not_the_workers(folder: Path) -> None:
    files = sorted(str(path) for path in folder.rglob("*.jpg"))[::-1]
    assert [Path(path).name for path in as_json(*files)["groups"][0]["files"]] == [
        "small.jpg",
        "mirror.jpg",
        "large.jpg",
        "again.jpg",
    ]
    many = picture_files([folder]) * 1
    one = find_duplicates(many, radius=10, window_radius=8, workers=1)
    two = find_duplicates(many, radius=10, window_radius=8, workers=2)
    assert one == two


def test_people_read_one_line_per_pair_and_a_sum(folder: Path) -> None:
    code, out, _ = run(str(folder))
    assert code == 0
    assert "group 1: 4 files" in out
    assert "identical" in out
    assert f"unreadable: {folder}/page.png: not-an-image" in out
    assert "5 pictures: 3 are copies of others (1 groups) · 2 files cannot be read" in out


def test_a_path_that_does_not_exist_is_named(tmp_path: Path) -> None:
    code, _, err = run(str(tmp_path / "nowhere"))
    assert code == 2
    assert err == (
        f"error: {tmp_path}/nowhere does not exist; name files or folders with pictures\n"
    )


def test_a_folder_without_pictures_is_no_success(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there are no pictures"):
        picture_files([tmp_path])


def test_a_radius_of_nothing_still_finds_the_same_bytes(folder: Path) -> None:
    found = as_json(str(folder), "--radius", "0", "--window-radius", "-1")
    pairs = [pair["kind"] for group in found["groups"] for pair in group["pairs"]]
    assert "identical" in pairs


def test_faces_are_found_where_they_are_wanted(tmp_path: Path) -> None:
    for name, seed in (("one.jpg", 21), ("two.jpg", 22)):
        (tmp_path / name).write_bytes(jpeg(photograph(seed)))
    (tmp_path / "copy.jpg").write_bytes(jpeg(photograph(21), quality=60))
    result = CliRunner().invoke(app, ["duplicates", str(tmp_path), "--json", "--workers", "1"])
    assert result.exit_code == 0
    (group,) = json.loads(result.stdout)["groups"]
    assert group["pairs"][0]["face_bits_of_64"] is not None
