"""How often the detector finds the right faces: on drawn portraits, and on photographs.

Run: python benchmarks/detection.py [--portraits 350] [FOLDER …]
Every FOLDER holds photographs; shown per score threshold are the share with exactly one face, and
the number of faces found in all; then how many main faces would be set aside as turned or blurred.
A FOLDER with a face_counts.csv (file, faces) is held against it.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from curation.demo.person import SKIN, Gender, make_person
from curation.demo.scene import draw_portrait
from curation.faces.choice import MeasuredFace, objection
from curation.faces.detector import DetectedFace, Detector
from curation.faces.quality import measure
from curation.pictures import BadImageError, decode
from curation.settings import DetectSettings

THRESHOLDS = (0.70, 0.95, 0.99)
MIN_FACE = 40  # pixels


def drawn(count: int) -> Iterable[NDArray[np.uint8]]:
    """Yield portraits of both genders and all races, evenly from 0 to 90 years."""
    races = sorted(SKIN)
    for number in range(count):
        rng = np.random.default_rng([7, number])
        gender: Gender = "female" if number % 2 else "male"
        person = make_person(rng, gender, races[number // 2 % len(races)])
        yield draw_portrait(person, 90 * number / count, rng)


def photographs(folder: Path) -> Iterable[NDArray[np.uint8]]:
    """Yield the readable pictures of a folder."""
    for path in sorted(folder.iterdir()):
        try:
            yield decode(path.read_bytes())
        except (BadImageError, IsADirectoryError):
            continue


def main() -> None:
    """Print one line per set of pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--portraits", type=int, default=350)
    arguments = parser.parse_args()
    detector = Detector(MIN_FACE)
    sets = [(f"drawn portraits ({arguments.portraits})", drawn(arguments.portraits))]
    sets += [(str(folder), photographs(folder)) for folder in arguments.folders]
    for name, pictures in sets:
        scores, reasons = [], Counter[str]()
        for picture in pictures:
            found = detector.detect(picture)
            scores.append([face.score for face in found])
            reasons.update(reason(picture, found))
        line = [f"{name}: {len(scores)} pictures"]
        for threshold in THRESHOLDS:
            counts = np.array([sum(score >= threshold for score in found) for found in scores])
            line.append(f"at {threshold:.2f} one face {(counts == 1).mean():.1%}, {counts.sum()}")
        line.append(f"set aside: too-turned {reasons['too-turned']}")
        line.append(f"too-blurred {reasons['too-blurred']}")
        sys.stdout.write("; ".join(line) + "\n")
    for folder in arguments.folders:
        if (folder / "face_counts.csv").is_file():
            against_counts(folder, detector)


def reason(picture: NDArray[np.uint8], found: list[DetectedFace]) -> list[str]:
    """Return why the largest face would be set aside at the default settings, if it would."""
    settings = DetectSettings(several_faces="largest")
    sure = [face for face in found if face.score >= settings.min_score]
    faces = [MeasuredFace(face, measure(picture, face)) for face in sure[:1]]
    why = objection(found, faces, settings)
    return [why.reason] if why else []


def against_counts(folder: Path, detector: Detector) -> None:
    """Print on how many pictures as many faces are found as a person counted."""
    least = DetectSettings().min_score
    with (folder / "face_counts.csv").open(newline="") as file:
        by_eye = {row["file"]: int(row["faces"]) for row in csv.DictReader(file)}
    equal = 0
    for name, count in by_eye.items():
        found = detector.detect(decode((folder / name).read_bytes()))
        equal += sum(face.score >= least for face in found) == count
    sys.stdout.write(f"{folder}: {equal} of {len(by_eye)} pictures have as many faces as counted\n")


if __name__ == "__main__":
    main()
