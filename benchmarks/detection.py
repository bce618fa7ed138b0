"""How often the detector finds exactly one face: on drawn portraits, and on photographs.

Run: python benchmarks/detection.py [--portraits 350] [FOLDER …]
Every FOLDER holds photographs; shown per score threshold are the share with exactly one face, and
the number of faces found in all.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from curation.demo.person import SKIN, Gender, make_person
from curation.demo.scene import draw_portrait
from curation.faces.detector import Detector
from curation.pictures import BadImageError, decode

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
        scores = [[face.score for face in detector.detect(picture)] for picture in pictures]
        line = [f"{name}: {len(scores)} pictures"]
        for threshold in THRESHOLDS:
            counts = np.array([sum(score >= threshold for score in found) for found in scores])
            line.append(f"at {threshold:.2f} one face {(counts == 1).mean():.1%}, {counts.sum()}")
        sys.stdout.write("; ".join(line) + "\n")


if __name__ == "__main__":
    main()
