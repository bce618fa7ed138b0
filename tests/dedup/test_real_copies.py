"""Hash, join and second look at the default setting on real photographs, where at hand."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from pathlib import Path

import cv2
import numpy as np
import pytest
from copies import jpeg, shrunk
from numpy.typing import NDArray

from curation.dedup.claims import StatedLabel, contradiction
from curation.dedup.duplicates import find_duplicates
from curation.dedup.groups import components
from curation.pictures import decode
from curation.settings import DedupSettings

DATA = Path(__file__).parents[3] / "shared" / "data" / "faces"

pytestmark = pytest.mark.skipif(
    not (DATA / "fairface").is_dir(), reason=f"there are no photographs in {DATA}"
)

Picture = NDArray[np.uint8]


def grouped(pictures: dict[str, bytes], folder: Path) -> list[list[str]]:
    """The groups of copies among named pictures, single ones included."""
    names = sorted(pictures)
    places = {str(folder / f"{number}.jpg"): name for number, name in enumerate(names)}
    for path, name in places.items():
        Path(path).write_bytes(pictures[name])
    settings = DedupSettings()
    found = find_duplicates(
        list(places),
        radius=settings.radius,
        window_radius=settings.window_radius,
        workers=1,
    )
    pairs = [
        (places[pair.first], places[pair.second]) for group in found.groups for pair in group.pairs
    ]
    return components(names, pairs)


def trimmed(picture: Picture, share: float) -> Picture:
    height, width = (round(share * side) for side in picture.shape[:2])
    return picture[height:-height, width:-width]


def test_copies_of_photographs_are_found_and_nothing_else(tmp_path: Path) -> None:
    pictures: dict[str, bytes] = {}
    for path in sorted((DATA / "fairface").iterdir())[::20]:
        original = decode(path.read_bytes())
        pictures[f"{path.stem}/original"] = path.read_bytes()
        for quality in (30, 70):
            pictures[f"{path.stem}/quality {quality}"] = jpeg(original, quality)
        for factor in (0.25, 0.5):
            pictures[f"{path.stem}/size {factor}"] = jpeg(shrunk(original, factor))
        larger = cv2.resize(original, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
        pictures[f"{path.stem}/size 2"] = jpeg(np.asarray(larger, np.uint8))
        for share in (0.02, 0.06, 0.1):  # of every edge
            pictures[f"{path.stem}/trimmed {share}"] = jpeg(trimmed(original, share))
        pictures[f"{path.stem}/mirrored"] = jpeg(np.ascontiguousarray(original[:, ::-1]))
        framed = np.pad(original, ((20, 20), (20, 20), (0, 0)), constant_values=255)
        pictures[f"{path.stem}/framed"] = jpeg(framed)
    found = grouped(pictures, tmp_path)
    mixed = [group for group in found if len({name.split("/")[0] for name in group}) > 1]
    assert mixed == []
    originals = [next(g for g in found if name in g) for name in pictures if "original" in name]
    together = sum(len(group) - 1 for group in originals)
    copies = len(pictures) - len(originals)
    assert together >= 0.98 * copies


def test_the_known_duplicates_of_utkface_and_their_contradictions_are_found(tmp_path: Path) -> None:
    members: dict[tuple[str, str], set[str]] = defaultdict(set)
    with (DATA / "utkface_duplicate_groups.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            members[row["kind"], row["group"]].add(row["file"])
    files = {name: (DATA / name).read_bytes() for names in members.values() for name in names}
    found = [set(group) for group in grouped(files, tmp_path) if len(group) > 1]
    whole = Counter(kind for (kind, _), names in members.items() if names in found)
    assert whole["byte_identical"] == 20
    assert len(members) == 40
    assert whole.total() - whole["byte_identical"] >= 18
    assert all(any(group <= names for names in members.values()) for group in found)
    for group in found:  # named AGE_GENDER_…
        claims = [Path(name).name.split("_")[:2] for name in sorted(group)]
        ages, genders = [int(age) for age, _ in claims], {gender for _, gender in claims}
        labels = [
            StatedLabel(str(post), attribute, value, "source", 1.0)
            for post, claim in enumerate(claims)
            for attribute, value in zip(("age", "gender"), claim, strict=True)
        ]
        disagree = max(ages) - min(ages) > 1 or len(genders) > 1
        assert (contradiction(labels, DedupSettings().age_tolerance) is not None) == disagree
