"""Which hashes lie within a radius of each other: exact, and fast enough for millions.

Multi-index hashing (M. Norouzi, A. Punjani and D. Fleet, "Fast exact search in Hamming space with
multi-index hashing", IEEE PAMI 36(6), 2014) with thresholds by the general pigeonhole principle
(`curation.dedup.join_plan`): the 64 bits are divided into parts, the hashes are sorted into
buckets by their bits in one part after the other, and only hashes in buckets near each other are
compared. Buckets are symmetric, so each two meet once in a part; a pair that qualifies in several
parts is reported by the first of them. Memory is about 40 bytes per hash, and the pairs found.

Equal hashes are collapsed first: one default avatar may occur 100,000 times, which would be five
billion pairs. Each later one is paired with the first of its equals only, and no other hash is
paired with it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from numpy.typing import NDArray

from curation.dedup.join_kernels import (
    DISTANCE_BITS,
    LATER_SHIFT,
    POSITION_BITS,
    Buckets,
    Hashes,
    compare_buckets,
    key_counts,
    rearrange,
    sort_into_buckets,
)
from curation.dedup.join_plan import Part, choose_plan
from curation.engines import available_cores

MOST_HASHES = 1 << POSITION_BITS
SHARES = 64  # of the work of one part, so that no thread waits long for the last one

Pairs = NDArray[np.int64]
Wide = NDArray[np.uint64]


def hamming_pairs(
    hashes: Hashes, radius: int, *, wide: Wide | None = None, wide_radius: int = 256
) -> Pairs:
    """Return the pairs of `hashes`, (N,) uint64, that differ in at most `radius` of their 64 bits.

    The result is (P, 3) int64: earlier position, later position, differing bits; sorted by later,
    then earlier; every pair once. Of equal hashes each later one is paired with the first only,
    and stands in no other pair. With `wide`, (N, k) uint64, hashes of 64 k bits of the same
    pictures, only those pairs are returned whose wide ones differ in at most `wide_radius` bits:
    they are tested as they are found, and take no memory if they fail. Equal are then those that
    are equal in both.
    """
    first, repeats = _collapse(hashes, wide)
    values = hashes[first]
    rows = None if wide is None else np.ascontiguousarray(wide[first])
    pairs = _unpack(_join(values, values, radius, rows, rows, wide_radius, itself=True))
    pairs[:, :2] = first[pairs[:, :2]]
    return _in_order(np.concatenate([pairs, repeats]))


def hamming_neighbours(
    new: Hashes,
    old: Hashes,
    radius: int,
    *,
    new_wide: Wide | None = None,
    old_wide: Wide | None = None,
    wide_radius: int = 256,
) -> Pairs:
    """Return which of the `old` hashes lie within `radius` bits of each of the `new` ones.

    The result is (P, 3) int64: position in `old`, position in `new`, differing bits; sorted by
    new, then old. Of equal old hashes only the first is reported; nothing is compared within
    `old` or within `new`. Wide hashes as in `hamming_pairs`.
    """
    first, _ = _collapse(old, old_wide)
    old_rows = None if old_wide is None else np.ascontiguousarray(old_wide[first])
    pairs = _unpack(_join(new, old[first], radius, new_wide, old_rows, wide_radius, itself=False))
    pairs[:, 0] = first[pairs[:, 0]]
    return _in_order(pairs)


def _collapse(hashes: Hashes, wide: Wide | None) -> tuple[NDArray[np.int64], Pairs]:
    """Return the first position of each value, in order, and each later equal with its first."""
    if len(hashes) > MOST_HASHES:
        raise ValueError(f"{len(hashes):,} hashes, at most {MOST_HASHES:,} are compared at once")
    values = hashes if wide is None else _fingerprints(hashes, wide)
    order = np.argsort(values)  # in any order among equals: faster than keeping theirs
    ordered = values[order]
    opens = np.empty(len(values), dtype=bool)
    opens[:1] = True
    np.not_equal(ordered[1:], ordered[:-1], out=opens[1:])
    first = np.minimum.reduceat(order, np.flatnonzero(opens)) if len(order) else order
    leaders = first[np.cumsum(opens) - 1]
    later = order != leaders
    repeats = np.column_stack([leaders[later], order[later], np.zeros(later.sum(), np.int64)])
    return np.sort(first), repeats


def _fingerprints(hashes: Hashes, wide: Wide) -> Hashes:
    """Return one number for hash and wide hash together: equal for equals, else hardly ever.

    A false match of two different ones (1 in 10^6 for millions) only makes a pair too many, which
    whoever looks at the pictures finds out.
    """
    mixed = hashes.copy()
    for column in wide.T:
        mixed ^= mixed >> np.uint64(29)
        mixed *= np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= column
    mixed ^= mixed >> np.uint64(32)
    return mixed * np.uint64(0x94D049BB133111EB)


def _join(
    mine: Hashes,
    theirs: Hashes,
    radius: int,
    my_wide: Wide | None,
    their_wide: Wide | None,
    wide_radius: int,
    *,
    itself: bool,
) -> Pairs:
    """Return the packed pairs of my hashes with theirs; both free of equals."""
    if not len(mine) or not len(theirs):
        return np.empty(0, dtype=np.int64)
    none = np.empty((0, 0), dtype=np.uint64)
    plan = choose_plan(mine, theirs, radius)
    my_bits = rearrange(mine, plan.order)
    their_bits = my_bits if itself else rearrange(theirs, plan.order)
    found: list[Pairs] = []
    with ThreadPoolExecutor(available_cores()) as pool:
        for number, part in enumerate(plan.parts):
            theirs_sorted = _buckets(their_bits, part)
            mine_sorted = theirs_sorted if itself else _buckets(my_bits, part)
            work = partial(
                compare_buckets,
                mine_sorted,
                theirs_sorted,
                flips=part.flips(),
                itself=itself,
                radius=radius,
                earlier_masks=np.array([p.mask for p in plan.parts[:number]], dtype=np.uint64),
                earlier_thresholds=np.array(
                    [p.threshold for p in plan.parts[:number]], dtype=np.int64
                ),
                my_wide=none if my_wide is None else my_wide,
                their_wide=none if their_wide is None else their_wide,
                wide_radius=wide_radius,
            )
            found += pool.map(work, *_shares(mine_sorted[2]))
    return np.concatenate(found)


def _buckets(hashes: Hashes, part: Part) -> Buckets:
    counts = key_counts(hashes, part.shift, part.width)
    return sort_into_buckets(hashes, part.shift, part.width, counts)


def _shares(starts: NDArray[np.int64]) -> tuple[list[int], list[int]]:
    """Divide buckets into ranges with about equally many hashes; return their starts and stops."""
    wanted = np.linspace(0, starts[-1], SHARES + 1)[1:-1]
    cuts = np.unique([0, *np.searchsorted(starts, wanted), len(starts) - 1]).tolist()
    return cuts[:-1], cuts[1:]


def _unpack(packed: NDArray[np.int64]) -> Pairs:
    position = (1 << POSITION_BITS) - 1
    bits = packed & ((1 << DISTANCE_BITS) - 1)
    return np.column_stack([packed >> DISTANCE_BITS & position, packed >> LATER_SHIFT, bits])


def _in_order(pairs: Pairs) -> Pairs:
    """Sort by the later, then by the earlier position: as one number, which is much faster."""
    earlier, later, bits = pairs.T
    return _unpack(np.sort(later << LATER_SHIFT | earlier << DISTANCE_BITS | bits))
