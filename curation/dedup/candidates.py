"""Which pictures may be copies of each other: all that their hashes tell, before any second look.

Four ways lead to a candidate: the whole pictures' hashes are near; one's is near that of the
other's mirror image; one's is near that of a window of the other; or their faces' hashes are near.
Whole pictures and faces are then held against their 256-bit hashes, which chance neighbours, of
whom there are millions among millions of portraits, do not pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from curation.dedup.windows import COUNT

# How many of the 256 bits may differ. Copies that were encoded, resized or filtered anew differ in
# at most 30, chance neighbours of 64 bits in 90 +- 10; trimmed copies lie between.
WIDE_RADIUS = 72
FACE_RADIUS = 8  # of the 64 bits of two faces
FACE_WIDE_RADIUS = 60


class Way(IntEnum):
    """How a candidate was found; the surest first."""

    WHOLE = 0
    MIRRORED = 1
    WINDOW = 2  # the first picture is like a window of the second
    FACE = 3


@dataclass(frozen=True)
class Hashed:
    """The hashes of N pictures. Faces are 0 where `has_face` is False."""

    phash: NDArray[np.uint64]
    mirrored: NDArray[np.uint64]
    wide: NDArray[np.uint64]  # (N, 4)
    has_face: NDArray[np.bool_]
    face: NDArray[np.uint64]
    face_wide: NDArray[np.uint64]  # (N, 4)


@dataclass(frozen=True)
class Radii:
    """How many of 64 bits may differ: of whole pictures, and of windows (-1: not looked at)."""

    whole: int
    window: int


# first, second, way, window (of the second picture, or -1), differing bits of 64
Candidates = NDArray[np.int64]


def find_candidates(
    hashed: Hashed,
    first_new: int,
    window_chunks: Iterable[tuple[NDArray[np.int64], NDArray[np.uint64]]],
    radii: Radii,
) -> Candidates:
    """Return every candidate pair with at least one picture from `first_new` on, (C, 5) int64.

    `window_chunks` yields positions, and the window hashes (M, windows) of the pictures there,
    a bounded number at a time. A pair may come by several ways; by one way it comes once.
    """
    found = [
        _whole(hashed, first_new, radii.whole),
        _mirrored(hashed, first_new, radii.whole),
        _faces(hashed, first_new),
    ]
    if radii.window >= 0:
        found += _windows(hashed, first_new, window_chunks, radii.window)
    return np.concatenate(found)


def _whole(hashed: Hashed, first_new: int, radius: int) -> Candidates:
    pairs = _grown(hashed.phash, hashed.wide, first_new, radius, WIDE_RADIUS)
    return _candidates(pairs[:, 0], pairs[:, 1], Way.WHOLE, pairs[:, 2])


def _faces(hashed: Hashed, first_new: int) -> Candidates:
    where = np.flatnonzero(hashed.has_face)
    new = int(np.searchsorted(where, first_new))
    pairs = _grown(hashed.face[where], hashed.face_wide[where], new, FACE_RADIUS, FACE_WIDE_RADIUS)
    return _candidates(where[pairs[:, 0]], where[pairs[:, 1]], Way.FACE, pairs[:, 2])


def _grown(
    hashes: NDArray[np.uint64],
    wide: NDArray[np.uint64],
    first_new: int,
    radius: int,
    wide_radius: int,
) -> NDArray[np.int64]:
    """Return the pairs of the new hashes with each other and with the old ones."""
    from curation.dedup.join import hamming_neighbours, hamming_pairs

    new, old = slice(first_new, None), slice(first_new)
    pairs = hamming_pairs(hashes[new], radius, wide=wide[new], wide_radius=wide_radius)
    pairs[:, :2] += first_new
    if first_new in (0, len(hashes)):
        return pairs
    across = hamming_neighbours(
        hashes[new],
        hashes[old],
        radius,
        new_wide=wide[new],
        old_wide=wide[old],
        wide_radius=wide_radius,
    )
    across[:, 1] += first_new
    return np.concatenate([across, pairs])


def _mirrored(hashed: Hashed, first_new: int, radius: int) -> Candidates:
    """Compare both ways: the mirror hash of one with the hash of the other may differ by a bit."""
    from curation.dedup.join import hamming_neighbours

    found = []
    for new, old in ((hashed.mirrored, hashed.phash), (hashed.phash, hashed.mirrored)):
        pairs = hamming_neighbours(new[first_new:], old, radius)
        one, two = pairs[:, 0], pairs[:, 1] + first_new
        found.append(
            _candidates(np.minimum(one, two), np.maximum(one, two), Way.MIRRORED, pairs[:, 2])
        )
    return _nearest(np.concatenate(found))


def _windows(
    hashed: Hashed,
    first_new: int,
    chunks: Iterable[tuple[NDArray[np.int64], NDArray[np.uint64]]],
    radius: int,
) -> Iterator[Candidates]:
    """Yield the new pictures that are like windows of any, and any that are like windows of new."""
    from curation.dedup.join import hamming_neighbours

    for positions, windows in chunks:
        for chosen, start in ((positions >= first_new, 0), (positions < first_new, first_new)):
            if not chosen.any():
                continue
            owners = np.repeat(positions[chosen], COUNT)
            near = hamming_neighbours(windows[chosen].ravel(), hashed.phash[start:], radius)
            whole, bits = near[:, 0] + start, near[:, 2]
            owner, window = owners[near[:, 1]], near[:, 1] % COUNT
            yield _nearest(_candidates(whole, owner, Way.WINDOW, bits, window))


def _candidates(
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    way: Way,
    bits: NDArray[np.int64],
    window: NDArray[np.int64] | None = None,
) -> Candidates:
    ways = np.full(len(first), int(way))
    columns = (first, second, ways, np.full(len(first), -1) if window is None else window, bits)
    rows: Candidates = np.column_stack(columns)[first != second]
    return rows


def _nearest(candidates: Candidates) -> Candidates:
    """Keep of each (first, second) the row with the fewest differing bits, then smallest window."""
    first, second, _, window, bits = candidates.T
    ordered = candidates[np.lexsort((window, bits, second, first))]
    opens = np.ones(len(ordered), dtype=bool)
    opens[1:] = (ordered[1:, :2] != ordered[:-1, :2]).any(axis=1)
    kept: Candidates = ordered[opens]
    return kept
