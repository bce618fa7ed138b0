"""How many innocent pictures an erased one refuses, and how many of its copies.

Run: python benchmarks/refusals.py FACES
FACES is a folder with the photographs of real people in `fairface/` and `utkface/`. Every one of
them is erased in turn and held against all the others of its set; then it is saved again in
several ways.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from curation.pictures import decode
from curation.privacy.fingerprints import (
    FINE_RADIUS,
    Fingerprints,
    Picture,
    fingerprint,
    fingerprints_of_copies,
)

RADIUS = 10  # of the 64 bits, as dedup.radius
SETS = ("fairface", "utkface")


def saved(picture: Picture, quality: int) -> Picture:
    """Return the picture as a JPEG of this quality shows it."""
    done, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert done
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)


def resized(picture: Picture, factor: float) -> Picture:
    """Return a smaller or larger copy."""
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, None, fx=factor, fy=factor, interpolation=way), np.uint8)


def trimmed(picture: Picture, shares: list[float]) -> Picture:
    """Return a copy without these shares at the top, bottom, left and right."""
    height, width = picture.shape[:2]
    top, bottom, left, right = shares
    return picture[
        int(top * height) : height - int(bottom * height),
        int(left * width) : width - int(right * width),
    ]


def ways(rng: np.random.Generator) -> dict[str, Callable[[Picture], Picture]]:
    """Return the ways in which a picture is saved again."""
    return {
        "JPEG of quality 40": lambda picture: saved(picture, 40),
        "a third of the size, quality 60": lambda picture: saved(resized(picture, 0.33), 60),
        "twice the size": lambda picture: resized(picture, 2.0),
        "brighter by a fifth": lambda picture: cv2.convertScaleAbs(picture, alpha=1.2, beta=10),
        "mirrored": lambda picture: picture[:, ::-1],
        "trimmed by 3 % a side": lambda picture: trimmed(picture, [0.03] * 4),
        "trimmed by 8 % a side": lambda picture: trimmed(picture, [0.08] * 4),
        "trimmed by 5 % at one side": lambda picture: trimmed(
            picture, list(rng.permutation([0.05, 0, 0, 0]))
        ),
        "trimmed by 0 to 5 % at each side": lambda picture: trimmed(
            picture, list(rng.uniform(0, 0.05, 4))
        ),
        "trimmed by 0 to 10 % at each side": lambda picture: trimmed(
            picture, list(rng.uniform(0, 0.1, 4))
        ),
    }


def innocent(kept: list[Fingerprints], seen: list[Fingerprints]) -> tuple[int, int]:
    """Return how many pairs of different pictures the 64 bits alone refuse, and both hashes."""
    coarse = np.concatenate([one.coarse for one in seen])
    fine = np.concatenate([one.fine for one in seen])
    alone = both = 0
    for at, tombstone in enumerate(kept):
        near = np.bitwise_count(tombstone.coarse[:, None] ^ coarse[None, :]) <= RADIUS
        rows, columns = np.nonzero(near)
        differing = np.bitwise_count(tombstone.fine[rows] ^ fine[columns]).sum(axis=1)
        alone += len(set(columns.tolist()) - {at})
        both += len(set(columns[differing <= FINE_RADIUS].tolist()) - {at})
    return alone, both


def main() -> None:
    """Print both tables."""
    out = sys.stdout.write
    cv2.setNumThreads(1)
    for name in SETS:
        files = sorted((Path(sys.argv[1]) / name).glob("*.jpg"))
        pictures = [decode(file.read_bytes()) for file in files]
        kept = [fingerprints_of_copies(picture) for picture in pictures]
        seen = [fingerprint(picture) for picture in pictures]
        alone, both = innocent(kept, seen)
        pairs = len(files) * (len(files) - 1)
        out(
            f"{name}: {len(files)} tombstones, {pairs:,} pairs with others: "
            f"{alone} refused by 64 bits alone, {both} by both hashes\n"
        )
        for way, change in ways(np.random.default_rng(1)).items():
            found = sum(
                bool(one.matches(fingerprint(np.ascontiguousarray(change(picture))), RADIUS).any())
                for one, picture in zip(kept[:200], pictures[:200], strict=True)
            )
            out(f"  {way}: {found / len(kept[:200]):.1%} refused\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main()
