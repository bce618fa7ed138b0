"""The detector at its default settings on real photographs, where they are at hand."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from curation.faces.detector import Detector
from curation.pictures import decode
from curation.settings import DetectSettings

DATA = Path(__file__).parents[3] / "shared" / "data"

pytestmark = pytest.mark.skipif(
    not (DATA / "groups").is_dir(), reason=f"there are no photographs in {DATA}"
)


def counted(files: list[Path]) -> list[int]:
    """Faces per file that reach the default score."""
    settings = DetectSettings()
    detector = Detector(settings.min_face)
    return [
        sum(face.score >= settings.min_score for face in detector.detect(decode(path.read_bytes())))
        for path in files
    ]


def test_group_pictures_have_as_many_faces_as_were_counted_by_eye() -> None:
    with (DATA / "groups" / "face_counts.csv").open(newline="") as file:
        by_eye = {DATA / "groups" / row["file"]: int(row["faces"]) for row in csv.DictReader(file)}
    found = counted(list(by_eye))
    equal = sum(a == b for a, b in zip(found, by_eye.values(), strict=True))
    assert equal >= 0.9 * len(by_eye)


def test_pictures_without_a_person_have_hardly_any_faces() -> None:
    files = sorted(path for path in (DATA / "nonface").iterdir() if path.suffix != ".txt")
    assert len(files) >= 40
    assert sum(counted(files)) <= 2


def test_portraits_have_one_face() -> None:
    files = sorted((DATA / "faces" / "fairface").iterdir())[::4]
    assert counted(files).count(1) >= 0.94 * len(files)
