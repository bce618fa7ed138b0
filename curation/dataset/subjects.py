"""Subjects: photographs that may show the same person share one, so that splits never share it.

What may tie two photographs together is a relation: an author who posted both, an identity that
somebody stated for both, a likeness that was measured. Whoever hangs together by any chain of
relations is one subject. Photographs and marks are numbered, and all work is on arrays, so three
million photographs take seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from curation.identity import content_id

Numbers = NDArray[np.integer]
AT_ONCE = 50_000  # names made at once, as Python's texts


@dataclass(frozen=True)
class Relation:
    """One kind of tie: photograph `photographs[i]` bears the mark `marks[i]` (numbers from 0).

    Photographs with the same mark may show the same person; a photograph may bear several.
    """

    name: str
    photographs: Numbers
    marks: Numbers


@dataclass(frozen=True)
class Components:
    """Which photographs hang together, and what tied them.

    `labels` is (count,) int64, one number per photograph; `joined` says per relation, in the order
    they were applied, by how many it made the components fewer.
    """

    labels: NDArray[np.int64]
    joined: dict[str, int]


def components(count: int, relations: Sequence[Relation]) -> Components:
    """Join `count` photographs by `relations`, one after the other.

    The labels do not depend on the order of the relations; the figures in `joined` do: what two
    relations tie is counted for the first of them.
    """
    labels: NDArray[np.int64] = np.arange(count, dtype=np.int64)
    joined = {}
    parts = count
    for relation in relations:
        # A mark is a node of its own, so a mark of n photographs takes n edges and not n².
        marks = int(relation.marks.max()) + 1 if len(relation.marks) else 0
        edges = coo_array(
            (
                np.ones(len(relation.marks), np.int8),
                (labels[relation.photographs], parts + relation.marks.astype(np.int64)),
            ),
            shape=(parts + marks, parts + marks),
        )
        found = connected_components(edges, directed=False)[1][:parts]
        # Marks that nobody bears leave gaps in the numbers.
        kept, dense = np.unique(found, return_inverse=True)
        labels = dense[labels].astype(np.int64)
        joined[relation.name] = parts - len(kept)
        parts = len(kept)
    return Components(labels, joined)


@dataclass(frozen=True)
class Released:
    """The subjects that photographs had when they went into dataset versions.

    Photograph `photographs[i]` went by the name `names[codes[i]]`; `names` ascend, each once.
    """

    photographs: Numbers
    codes: Numbers
    names: pa.StringArray


def subject_names(
    labels: NDArray[np.int64],
    photographs: Sequence[Any],
    released: Released,
    wanted: NDArray[np.int64],
) -> list[str]:
    """Name the subjects of the photographs `wanted`.

    A component keeps the smallest name that one of its photographs was released under: a subject
    keeps its name while the dataset grows, and when two turn out to be one, the smaller name
    stays. Where a subject falls apart, the part with its smallest photograph keeps the name. A
    new subject is named after its smallest photograph.

    Args:
        labels: (count,) int64, which component each photograph is in.
        photographs: the id of each, in ascending order.
        released: under which names photographs were released.
        wanted: numbers of photographs.
    """
    present, places = np.unique(labels[wanted], return_inverse=True)
    names = named_components(labels, photographs, released, present).to_pylist()
    return [names[place] for place in places.tolist()]


def named_components(
    labels: NDArray[np.int64],
    photographs: Sequence[Any],
    released: Released,
    present: NDArray[np.int64],
) -> pa.StringArray:
    """Name the components `present` (labels, each once), as `subject_names` does."""
    kept = _kept_names(labels, released)
    first = np.full(int(labels.max(initial=-1)) + 1, len(labels), dtype=np.int64)
    np.minimum.at(first, labels, np.arange(len(labels)))
    parts = []
    for start in range(0, len(present), AT_ONCE):
        some = present[start : start + AT_ONCE].tolist()
        new = {label: str(photographs[int(first[label])]) for label in some if kept[label] < 0}
        names = _new_names(new, released.names)
        parts.append(
            pa.array(
                [names.get(label) or str(released.names[int(kept[label])]) for label in some],
                pa.string(),
            )
        )
    return pa.concat_arrays(parts) if parts else pa.array([], pa.string())


def _kept_names(labels: NDArray[np.int64], released: Released) -> NDArray[np.int64]:
    """Return which released name each component keeps; -1 for none."""
    kept = np.full(int(labels.max(initial=-1)) + 1, -1, dtype=np.int64)
    order = np.lexsort((released.photographs, released.codes))
    codes, at = np.unique(released.codes[order], return_index=True)
    owner = labels[released.photographs[order][at]]
    # Larger names are written first, so the smallest stays.
    kept[owner[::-1]] = codes[::-1]
    return kept


def _new_names(smallest: dict[int, str], taken: pa.StringArray) -> dict[int, str]:
    """Name components after their smallest photograph, but never as another was released."""
    names = {label: content_id("subject", photograph) for label, photograph in smallest.items()}
    again = 0
    clash = smallest
    while clash:
        found = pc.is_in(pa.array([names[label] for label in clash], pa.string()), value_set=taken)
        clash = {
            label: smallest[label]
            for label, taken_already in zip(clash, found.to_pylist(), strict=True)
            if taken_already
        }
        again += 1
        names |= {label: content_id("subject", clash[label], again) for label in clash}
    return names
