"""Subjects: photographs that may show the same person share one, so that splits never share it.

What may tie two photographs together is a relation: an author who posted both, an identity that
somebody stated for both, a likeness that was measured. Whoever hangs together by any chain of
relations is one subject. Photographs and marks are numbered, and all work is on arrays, so three
million photographs take seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from curation.identity import content_id

Numbers = NDArray[np.integer]


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
    labels = np.arange(count, dtype=np.int64)
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


def subject_names(
    labels: NDArray[np.int64], photographs: Sequence[str], released: Mapping[int, str]
) -> list[str]:
    """Name the subject of each photograph.

    Args:
        labels: (count,) int64, which component each photograph is in.
        photographs: the id of each photograph, in ascending order.
        released: the subject that a photograph had when it went into a dataset version, by its
            number.

    Returns:
        One name per photograph. A component keeps the smallest name that one of its photographs
        was released under; so a subject keeps its name while the dataset grows, and when two
        subjects turn out to be one, the smaller name stays. Where a subject falls apart, the part
        with its smallest photograph keeps the name. A new one is named after its smallest
        photograph.
    """
    owner: dict[str, int] = {}  # the component that may use a released name
    for number in sorted(released):
        owner.setdefault(released[number], int(labels[number]))
    names: dict[int, str] = {}
    for name in sorted(owner, reverse=True):  # the smallest is written last
        names[owner[name]] = name
    taken = set(owner)
    unique, first = np.unique(labels, return_index=True)
    for label, number in zip(unique.tolist(), first.tolist(), strict=True):
        if label not in names:
            names[label] = _new_name(photographs[number], taken)
    return [names[label] for label in labels.tolist()]


def _new_name(photograph: str, taken: set[str]) -> str:
    """Return a name made from a photograph, and not the one that a lost part was released under."""
    name = content_id("subject", photograph)
    again = 0
    while name in taken:
        again += 1
        name = content_id("subject", photograph, again)
    return name
