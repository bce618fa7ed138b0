"""Hash, join and second look at the default setting on real photographs, where at hand."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
import pytest
from copies import jpeg, shrunk
from numpy.typing import NDArray

from curation.dedup.groups import components
from curation.dedup.hashes import phash
from curation.dedup.join import earlier_neighbours
from curation.dedup.second_look import likeness, small_picture
from curation.pictures import decode
from curation.settings import DedupSettings

DATA = Path(__file__).parents[3] / "shared" / "data" / "faces"

pytestmark = pytest.mark.skipif(
    not (DATA / "fairface").is_dir(), reason=f"there are no photographs in {DATA}"
)

Picture = NDArray[np.uint8]


def grouped(pictures: dict[str, Picture]) -> list[list[str]]:
    """The groups of copies among named pictures."""
    names = sorted(pictures)
    hashes = np.array([phash(pictures[name]) for name in names], np.int64).view(np.uint64)
    near = earlier_neighbours(hashes, 0, len(names), DedupSettings().radius)
    small = {name: small_picture(pictures[name]) for name in names}
    pairs = [
        (names[a], names[b])
        for a, b, _ in near.tolist()
        if likeness(small[names[a]], small[names[b]]).same_photograph
    ]
    return components(names, pairs)


def trimmed(picture: Picture, share: float) -> Picture:
    height, width = (round(share * side) for side in picture.shape[:2])
    return picture[height:-height, width:-width]


def test_copies_of_photographs_are_found_and_nothing_else() -> None:
    pictures: dict[str, Picture] = {}
    for path in sorted((DATA / "fairface").iterdir())[::10]:
        original = decode(path.read_bytes())
        pictures[f"{path.stem}/original"] = original
        for quality in (30, 70):
            pictures[f"{path.stem}/quality {quality}"] = decode(jpeg(original, quality))
        for factor in (0.25, 0.5):
            pictures[f"{path.stem}/size {factor}"] = decode(jpeg(shrunk(original, factor)))
        larger = cv2.resize(original, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
        pictures[f"{path.stem}/size 2"] = decode(jpeg(np.asarray(larger, np.uint8)))
        pictures[f"{path.stem}/trimmed"] = decode(jpeg(trimmed(original, 0.02)))
    found = grouped(pictures)
    mixed = [group for group in found if len({name.split("/")[0] for name in group}) > 1]
    assert mixed == []
    originals = [next(g for g in found if name in g) for name in pictures if "original" in name]
    together = sum(len(group) - 1 for group in originals)
    copies = len(pictures) - len(originals)
    assert together >= 0.99 * copies


def test_the_known_duplicates_of_utkface_are_found() -> None:
    members: dict[str, set[str]] = defaultdict(set)
    with (DATA / "utkface_duplicate_groups.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            members[row["group"]].add(row["file"])
    assert len(members) == 40
    files = {
        name: decode((DATA / name).read_bytes()) for names in members.values() for name in names
    }
    found = [set(group) for group in grouped(files)]
    whole = sum(any(names <= group for group in found) for names in members.values())
    assert whole >= 38
    true_groups = list(members.values())
    assert all(any(group <= names for names in true_groups) for group in found if len(group) > 1)
