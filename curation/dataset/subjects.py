"""Subjects: photographs that may show the same person share one, so that splits never share it.

What may tie two photographs together is a relation: an author who posted both, an identity that
somebody stated for both, a likeness that was measured. Whoever hangs together by any chain of
relations is one subject. Photographs and marks are numbered, and all work is on arrays, so three
million photographs take seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
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


def components(count: int, relations: Iterable[Relation]) -> Components:
    """Join `count` photographs by `relations`, one after the other.

    The labels do not depend on the order of the relations; the figures in `joined` do: what two
    relations tie is counted for the first of them.
    """
    found = Components(np.arange(count, dtype=np.int64), {})
    for relation in relations:
        found = join(found, relation)
    return found


def join(found: Components, relation: Relation) -> Components:
    """Join components by one relation more."""
    labels = found.labels
    parts = int(labels.max(initial=-1)) + 1
    # A mark is a node of its own, so a mark of n photographs takes n edges and not n².
    marks = int(relation.marks.max()) + 1 if len(relation.marks) else 0
    edges = coo_array(
        (
            np.ones(len(relation.marks), np.int8),
            (labels[relation.photographs], parts + relation.marks.astype(np.int64)),
        ),
        shape=(parts + marks, parts + marks),
    )
    connected = connected_components(edges, directed=False)[1][:parts]
    # Marks that nobody bears leave gaps in the numbers.
    kept, dense = np.unique(connected, return_inverse=True)
    joined = found.joined | {relation.name: parts - len(kept)}
    return Components(dense[labels].astype(np.int64), joined)


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

    def named(numbers: NDArray[np.int64]) -> Iterator[list[str]]:
        yield [str(photographs[number]) for number in numbers.tolist()]

    names = named_components(labels, named, released, present).to_pylist()
    return [names[place] for place in places.tolist()]


def named_components(
    labels: NDArray[np.int64],
    named: Callable[[NDArray[np.int64]], Iterable[list[str]]],
    released: Released,
    present: NDArray[np.int64],
) -> pa.StringArray:
    """Name the components `present` (labels, each once), as `subject_names` does.

    `named` yields the ids of photographs, whose numbers ascend, some at a time.
    """
    kept = _kept_names(labels, released)[present]
    first = np.empty(int(labels.max(initial=-1)) + 1, dtype=np.int64)
    first[labels[::-1]] = np.arange(len(labels))[::-1]  # the smallest is written last, and stays
    new = kept < 0
    order = np.argsort(first[present[new]])
    names = _new_names(first[present[new]][order], named, released.names)
    at = np.empty(len(present), np.int64)
    at[np.flatnonzero(new)[order]] = np.arange(len(names))
    at[~new] = kept[~new] + len(names)
    return pa.concat_arrays([names, released.names]).take(pa.array(at))


def _kept_names(labels: NDArray[np.int64], released: Released) -> NDArray[np.int64]:
    """Return which released name each component keeps; -1 for none."""
    kept = np.full(int(labels.max(initial=-1)) + 1, -1, dtype=np.int64)
    order = np.lexsort((released.photographs, released.codes))
    codes, at = np.unique(released.codes[order], return_index=True)
    owner = labels[released.photographs[order][at]]
    # Larger names are written first, so the smallest stays.
    kept[owner[::-1]] = codes[::-1]
    return kept


def _new_names(
    smallest: NDArray[np.int64],
    named: Callable[[NDArray[np.int64]], Iterable[list[str]]],
    taken: pa.StringArray,
) -> pa.StringArray:
    """Name components after their smallest photograph, but never as another was released."""
    names = _content_ids(named(smallest))
    again = 0
    while pc.any(clash := pc.is_in(names, value_set=taken)).as_py():
        again += 1
        mask = clash.to_numpy(zero_copy_only=False)
        names = pc.replace_with_mask(names, clash, _content_ids(named(smallest[mask]), again))
    return names


def _content_ids(photographs: Iterable[list[str]], *again: int) -> pa.StringArray:
    parts = [
        pa.array([content_id("subject", one, *again) for one in some], pa.string())
        for some in photographs
    ]
    return pa.concat_arrays([pa.array([], pa.string()), *parts])
