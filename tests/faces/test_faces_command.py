"""`curate faces`: any pictures, without a workspace, in the order of the arguments."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from drawn_faces import group, jpeg, landscape, portrait
from PIL import Image as PillowImage
from typer.testing import CliRunner

from curation.cli import app
from curation.faces.align import TEMPLATE
from curation.faces.detector import Detector
from curation.pictures import decode


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of pictures, in which we are; nothing in it is a workspace."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one.jpg").write_bytes(jpeg(portrait(1)))
    (tmp_path / "three.jpg").write_bytes(jpeg(group(3)))
    (tmp_path / "nobody.jpg").write_bytes(jpeg(landscape()))
    (tmp_path / "cut.jpg").write_bytes(jpeg(portrait(2))[:2000])
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "one.jpg").write_bytes(jpeg(portrait(3)))
    (tmp_path / "below" / ".hidden.jpg").write_bytes(jpeg(portrait(4)))
    return tmp_path


def run(*arguments: str) -> tuple[int, list[dict[str, Any]]]:
    done = CliRunner().invoke(app, ["faces", *arguments, "--json", "--workers", "1"])
    return done.exit_code, [json.loads(line) for line in done.stdout.splitlines()]


def test_each_picture_has_a_line_in_the_order_of_the_arguments(pictures: Path) -> None:
    names = ["three.jpg", "gone.jpg", "cut.jpg", "one.jpg", "below", "notes.txt", "nobody.jpg"]
    code, entries = run(*names)
    assert code == 0
    names[4] = "below/one.jpg"
    assert [entry["path"] for entry in entries] == names
    assert [len(entry["faces"]) for entry in entries] == [3, 0, 0, 1, 1, 0, 0]
    assert [entry.get("reason") for entry in entries] == [
        None, "missing", "truncated", None, None, "not-an-image", "no-face",
    ]  # fmt: skip


def test_a_line_tells_size_box_landmarks_score_and_quality(pictures: Path) -> None:
    _, (entry,) = run("one.jpg")
    (face,) = entry["faces"]
    (expected,) = Detector().detect(decode((pictures / "one.jpg").read_bytes()))
    assert (entry["width"], entry["height"]) == (320, 320)
    assert face["box"] == pytest.approx(expected.box, abs=0.06)
    np.testing.assert_allclose(face["landmarks"], expected.landmarks, atol=0.06)
    assert face["score"] == pytest.approx(expected.score, abs=1e-4)
    measured = {"sharpness", "exposure", "yaw", "pitch", "roll", "truncation", "quality"}
    assert set(face) == {"box", "landmarks", "score", "size"} | measured
    assert 0.5 < face["quality"] <= 1
    assert abs(face["yaw"]) < 15


def test_several_processes_say_the_same_in_the_same_order(pictures: Path) -> None:
    for number in range(12):
        (pictures / "below" / f"{number:02}.jpg").write_bytes(jpeg(portrait(number % 4, 200)))
    arguments = ["faces", "below", "gone", "three.jpg", "--json", "--workers"]
    one, two = (CliRunner().invoke(app, [*arguments, count]) for count in ("1", "2"))
    assert one.stdout.count("\n") == 15
    assert one.stdout == two.stdout


def test_crops_are_aligned_and_have_names_of_their_own(pictures: Path) -> None:
    _, entries = run("one.jpg", "below/one.jpg", "three.jpg", "--crops", "crops")
    written = sorted(path.name for path in (pictures / "crops").iterdir())
    assert written == ["one-0.jpg", "one~2-0.jpg", "three-0.jpg", "three-1.jpg", "three-2.jpg"]
    assert [face["crop"] for face in entries[2]["faces"]] == [
        f"crops/three-{n}.jpg" for n in (0, 1, 2)
    ]
    crop = decode((pictures / "crops" / "one-0.jpg").read_bytes())
    assert crop.shape == (256, 256, 3)
    (face,) = Detector().detect(crop)
    assert np.hypot(*(face.landmarks - TEMPLATE).T).max() < 12


def test_annotated_pictures_have_the_box_drawn_on_them(pictures: Path) -> None:
    _, (entry,) = run("one.jpg", "--annotate", "drawn")
    drawn = decode((pictures / "drawn" / "one.jpg").read_bytes()).astype(int)
    x1, y1, _, y2 = (round(edge) for edge in entry["faces"][0]["box"])
    changed = np.abs(drawn - decode((pictures / "one.jpg").read_bytes())).max(axis=2) > 60
    assert changed[y1 + 5 : y2 - 5, x1].mean() > 0.9
    assert not changed[: y1 - 5].any()


def test_a_face_below_the_smallest_size_or_score_is_a_reason(pictures: Path) -> None:
    framed = cv2.copyMakeBorder(portrait(2, 80), 60, 60, 60, 60, cv2.BORDER_CONSTANT)
    (pictures / "small.jpg").write_bytes(jpeg(framed))
    _, (small,) = run("small.jpg", "--min-face", "44")
    assert small["reason"] == "too-small"
    assert "below 44" in small["detail"]
    _, (unsure,) = run("one.jpg", "--min-score", "1")
    assert unsure["reason"] == "no-face"
    assert "below 1" in unsure["detail"]


def test_fast_finds_the_same_faces_in_pixels_of_the_whole_picture(pictures: Path) -> None:
    large = cv2.resize(portrait(1), (1601, 1601), interpolation=cv2.INTER_CUBIC)
    (pictures / "large.jpg").write_bytes(jpeg(np.asarray(large, np.uint8)))
    PillowImage.fromarray(large).save(pictures / "large.png")
    _, (full, png) = run("large.jpg", "large.png", "--min-face", "160", "--crops", "full")
    _, (fast, whole) = run(
        "large.jpg", "large.png", "--min-face", "160", "--fast", "--crops", "fast"
    )
    assert (fast["width"], fast["height"]) == (1601, 1601)
    np.testing.assert_allclose(fast["faces"][0]["box"], full["faces"][0]["box"], atol=60)
    np.testing.assert_allclose(
        fast["faces"][0]["landmarks"], full["faces"][0]["landmarks"], atol=30
    )
    assert whole["faces"][0]["box"] == png["faces"][0]["box"]  # no short cut for other formats
    sharp, crop = (
        cv2.Laplacian(cv2.imread(f"{name}/large-0.jpg", 0), cv2.CV_64F).var()
        for name in ("full", "fast")
    )
    assert crop > 0.8 * sharp  # cut from enough pixels, not enlarged from an eighth


def test_grey_transparent_and_turned_pictures_are_seen_as_a_viewer_shows_them(
    pictures: Path,
) -> None:
    PillowImage.fromarray(portrait(3)).convert("L").save(pictures / "grey.png")
    PillowImage.fromarray(portrait(3)).convert("RGBA").save(pictures / "alpha.png")
    lying = np.ascontiguousarray(np.rot90(portrait(3)[:300]))  # orientation 6 turns it back
    (pictures / "turned.jpg").write_bytes(jpeg(lying, orientation=6))
    _, entries = run("grey.png", "alpha.png", "turned.jpg")
    assert (entries[2]["width"], entries[2]["height"]) == (320, 300)
    (expected,) = Detector().detect(portrait(3))
    for entry in entries:
        (face,) = entry["faces"]
        np.testing.assert_allclose(face["landmarks"], expected.landmarks, atol=8)


def test_nothing_that_could_be_read_ends_in_exit_code_one(pictures: Path) -> None:
    code, entries = run("gone.jpg", "notes.txt")
    assert code == 1
    assert len(entries) == 2
    done = CliRunner().invoke(app, ["faces"])
    assert done.exit_code == 2


def test_a_path_that_cannot_be_read_says_so_in_its_place(pictures: Path) -> None:
    (pictures / "loop.jpg").symlink_to("loop.jpg")
    code, entries = run("loop.jpg", "x" * 300, "one.jpg")
    assert code == 0
    assert [entry.get("reason") for entry in entries] == ["not-readable", "not-readable", None]


def test_without_json_a_person_reads_lines(pictures: Path) -> None:
    done = CliRunner().invoke(app, ["faces", "three.jpg", "gone.jpg", "--workers", "1"])
    lines = done.stdout.splitlines()
    assert lines[0].startswith("three.jpg")
    assert lines[0].endswith("3 faces")
    assert all("score" in line and "quality" in line for line in lines[1:4])
    assert lines[4] == "gone.jpg  missing: there is no such file or folder"
