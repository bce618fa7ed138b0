"""Votes on one question as arrays: who said what of which face, face by face."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Function = TypeVar("Function", bound=Callable[..., Any])
compiled = cast(Callable[[Function], Function], numba.njit(nogil=True, cache=True))

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Ballots:
    """Votes sorted by face: those on face f are `starts[f]` up to `starts[f + 1]`.

    `starts` is int64 with one number more than there are faces; `moderators` (int32) counts the
    moderators from 0, `values` (uint8) the question's answers.
    """

    starts: NDArray[np.int64]
    moderators: NDArray[np.int32]
    values: NDArray[np.uint8]
    moderator_count: int
    value_count: int

    def __len__(self) -> int:
        """Return how many votes there are."""
        return len(self.values)

    @property
    def face_count(self) -> int:
        """How many faces there are, with and without votes."""
        return len(self.starts) - 1

    def counts(self) -> NDArray[np.int64]:
        """Return how often each value was voted for, by face: int64 (faces, values)."""
        return _counts(self.starts, self.values, self.value_count)


def ballots(
    faces: NDArray[np.integer[Any]],
    moderators: NDArray[np.integer[Any]],
    values: NDArray[np.integer[Any]],
    *,
    face_count: int,
    moderator_count: int,
    value_count: int,
) -> Ballots:
    """Sort vote triples by face, in one pass; the votes on one face keep their order.

    Raises:
        ValueError: the arrays differ in length, or a number is out of its range.
    """
    if not len(faces) == len(moderators) == len(values):
        raise ValueError("faces, moderators and values differ in length")
    for name, column, count in (
        ("face", faces, face_count),
        ("moderator", moderators, moderator_count),
        ("value", values, value_count),
    ):
        if len(column) and not (column.min() >= 0 and column.max() < count):
            raise ValueError(f"a {name} lies outside 0 to {count - 1}")
    # Votes that come face by face already (as the database gives them) need no sorting.
    starts = np.zeros(face_count + 1, np.int64)
    np.cumsum(np.bincount(faces, minlength=face_count), out=starts[1:])
    if len(faces) and np.any(faces[1:] < faces[:-1]):
        moderators, values = _by_face(
            faces, moderators.astype(np.int32), values.astype(np.uint8), starts[:-1].copy()
        )
    return Ballots(
        starts,
        np.ascontiguousarray(moderators, np.int32),
        np.ascontiguousarray(values, np.uint8),
        moderator_count,
        value_count,
    )


@compiled
def _by_face(
    faces: NDArray[Any],
    moderators: NDArray[np.int32],
    values: NDArray[np.uint8],
    places: NDArray[np.int64],
) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    sorted_moderators = np.empty_like(moderators)
    sorted_values = np.empty_like(values)
    for vote in range(len(faces)):
        place = places[faces[vote]]
        places[faces[vote]] += 1
        sorted_moderators[place] = moderators[vote]
        sorted_values[place] = values[vote]
    return sorted_moderators, sorted_values


@compiled
def _counts(
    starts: NDArray[np.int64], values: NDArray[np.uint8], value_count: int
) -> NDArray[np.int64]:
    counts = np.zeros((len(starts) - 1, value_count), np.int64)
    for face in range(len(starts) - 1):
        for vote in range(starts[face], starts[face + 1]):
            counts[face, values[vote]] += 1
    return counts
