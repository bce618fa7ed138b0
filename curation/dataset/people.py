"""The subject of each candidate: by the tables, a file of the user, and a network of the user."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from curation.dataset.likeness import alike, load_network
from curation.dataset.relations import Photographs
from curation.dataset.subjects import Components, Relation, Released, join, named_components


@dataclass(frozen=True)
class Evidence:
    """What the user adds to what the tables know of who is who."""

    identities: Path | None = None  # a CSV file
    weights: Path | None = None  # of the network that compares faces
    likeness: float = 0.7  # from which two faces are taken for one person


@dataclass(frozen=True)
class SubjectCounts:
    """From images to subjects: `images` less all of `joined` are `subjects`.

    `joined` says per relation how many fewer it left, in the order they were applied; `largest`
    is how many photographs the largest subject has.
    """

    images: int
    joined: dict[str, int]
    subjects: int
    largest: int

    def in_words(self) -> str:
        """Return one line."""
        by = ", ".join(f"{name} {count:,}" for name, count in self.joined.items() if count)
        line = f"{self.images:,} images show {self.subjects:,} subjects"
        return f"{line} (joined by {by}); the largest has {self.largest:,}" if by else line

    def as_json(self) -> dict[str, Any]:
        """Return it for dataset.json."""
        return asdict(self)


def find_subjects(
    photographs: Photographs,
    found: Components,
    released: Released,
    wanted: NDArray[np.int32],
    evidence: Evidence,
    crop_keys: Callable[[], Sequence[str]],
    read: Callable[[str], bytes],
    on_progress: Callable[[int, int], None],
) -> tuple[pa.StringArray, NDArray[np.int32], SubjectCounts]:
    """Find the subject of each candidate.

    Joined are photographs that are copies of each other, and those that are joined already (one
    author posted them, their source or a file of the user states the same identity); where weights
    are given, also those whose main faces look alike.

    Args:
        photographs: all there are.
        found: how they hang together by all but their looks.
        released: under which names they were released.
        wanted: the photograph of each candidate, (N,).
        evidence: what the user adds.
        crop_keys: returns the crop of each candidate.
        read: returns the bytes of a crop.
        on_progress: called with the number of crops looked at, and of all.

    Returns:
        The names of the subjects, ascending by their smallest photograph; the number of each
        candidate's subject among them, (N,) int32; and how they came about.

    Raises:
        InputError: the weights cannot be used.
        StoreError: a crop is missing.
    """
    if evidence.weights:
        network = load_network(evidence.weights)
        keys = list(crop_keys())
        marks = alike(network, keys, read, found.labels[wanted], evidence.likeness, on_progress)
        found = join(found, Relation("likeness", wanted, marks))
    labels = found.labels[wanted]
    present, numbers = np.unique(labels, return_inverse=True)
    names = named_components(found.labels, photographs.named, released, present)
    sizes = np.bincount(found.labels)
    copies = photographs.images - len(photographs)
    counts = SubjectCounts(
        images=photographs.images,
        joined={"copy": copies, **found.joined},
        subjects=len(sizes),
        largest=int(sizes.max(initial=0)),
    )
    return names, numbers.astype(np.int32), counts
