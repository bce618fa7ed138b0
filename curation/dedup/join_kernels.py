"""The loops of the Hamming join, compiled: rearranging bits, sorting into buckets, comparing them.

All of them let go of the interpreter's lock, so that threads run them side by side. numba keeps
the machine code on disk beside this file or in the user's cache folder: only the first run on a
machine compiles.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

Function = TypeVar("Function", bound=Callable[..., Any])
compiled = cast(Callable[[Function], Function], numba.njit(nogil=True, cache=True))
builtin = cast(Callable[[Callable[..., Any]], Callable[..., int]], intrinsic)

# A pair in one number: later << 35 | earlier << 7 | bits, so that sorting pairs sorts numbers.
POSITION_BITS = 28
DISTANCE_BITS = 7
LATER_SHIFT = POSITION_BITS + DISTANCE_BITS
CHUNK = 256  # hashes whose nearest is looked for at once: it is near so rarely that this is faster

Hashes = NDArray[np.uint64]
# The hashes bucket by bucket, their positions, and where each bucket starts.
Buckets = tuple[NDArray[np.uint64], NDArray[np.int32], NDArray[np.int64]]


@builtin
def popcount(typing_context: Any, value: Any) -> Any:
    """Count the set bits of a uint64: one instruction of the processor."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        counter = builder.module.declare_intrinsic("llvm.ctpop", [ir.IntType(64)])
        return builder.call(counter, arguments)

    return types.int64(types.uint64), code


@compiled
def rearrange(hashes: Hashes, order: NDArray[np.int64]) -> Hashes:
    """Move bit `order[k]` of every hash to place k, both counted from the least significant."""
    moved = np.zeros(len(hashes), np.uint64)
    for place in range(64):
        source, target = np.uint64(order[place]), np.uint64(place)
        for i in range(len(hashes)):
            moved[i] |= ((hashes[i] >> source) & np.uint64(1)) << target
    return moved


@compiled
def key_counts(hashes: Hashes, shift: int, width: int) -> NDArray[np.int64]:
    """Count how many hashes have each value of the `width` bits from `shift` on."""
    counts = np.zeros(1 << width, np.int64)
    mask = np.uint64((1 << width) - 1)
    for i in range(len(hashes)):
        counts[np.int64((hashes[i] >> np.uint64(shift)) & mask)] += 1
    return counts


@compiled
def sort_into_buckets(hashes: Hashes, shift: int, width: int, counts: NDArray[np.int64]) -> Buckets:
    """Sort by the `width` bits from `shift` on, of whose values there are these `counts`."""
    starts = np.zeros(len(counts) + 1, np.int64)
    for key in range(len(counts)):
        starts[key + 1] = starts[key] + counts[key]
    free = starts[:-1].copy()
    mask = np.uint64((1 << width) - 1)
    ordered = np.empty(len(hashes), np.uint64)
    positions = np.empty(len(hashes), np.int32)
    for i in range(len(hashes)):
        bucket = np.int64((hashes[i] >> np.uint64(shift)) & mask)
        ordered[free[bucket]] = hashes[i]
        positions[free[bucket]] = i
        free[bucket] += 1
    return ordered, positions, starts


@compiled
def nearest(value: np.uint64, hashes: Hashes) -> int:
    """Return in how many bits the nearest hash differs: without a branch, several at a time."""
    least = 64
    for i in range(len(hashes)):
        least = min(least, popcount(value ^ hashes[i]))
    return least


@compiled
def reported_before(differing: np.uint64, masks: Hashes, thresholds: NDArray[np.int64]) -> bool:
    """Return whether an earlier part, by its bits and threshold, finds a pair with this XOR."""
    found = False
    for part in range(len(masks)):
        found |= popcount(differing & masks[part]) <= thresholds[part]
    return found


@compiled
def far(one: Hashes, other: Hashes, radius: int) -> bool:
    """Return whether two wide hashes differ in more than `radius` bits."""
    bits = 0
    for word in range(len(one)):
        bits += popcount(one[word] ^ other[word])
    return bits > radius


@compiled
def compare_buckets(
    mine: Buckets,
    theirs: Buckets,
    start: int,
    stop: int,
    flips: NDArray[np.int64],
    itself: bool,
    radius: int,
    earlier_masks: Hashes,
    earlier_thresholds: NDArray[np.int64],
    my_wide: NDArray[np.uint64],
    their_wide: NDArray[np.uint64],
    wide_radius: int,
) -> NDArray[np.int64]:
    """Return the pairs, packed, of my buckets start:stop with their buckets key ^ flip.

    Of a join of a set with itself (`itself`) only buckets that follow, and in the same bucket only
    hashes that follow, are looked at: each two meet once. A pair that an earlier part, given by
    its bits and threshold, reports too is left out. The wide hashes, where there are any, must lie
    within `wide_radius` as well. The packed pair has my position where the later one belongs.
    """
    my_hashes, my_positions, my_starts = mine
    their_hashes, their_positions, their_starts = theirs
    found = np.empty(1024, np.int64)
    number = 0
    has_wide = my_wide.shape[1] > 0
    for key in range(start, stop):
        first, last = my_starts[key], my_starts[key + 1]
        if first == last:
            continue
        for flip in flips:
            other = key ^ flip
            if itself and other < key:
                continue
            left, right = their_starts[other], their_starts[other + 1]
            if left == right:
                continue
            same_bucket = itself and other == key
            for i in range(first, last):
                value = my_hashes[i]
                begin = i + 1 if same_bucket else left
                for low in range(begin, right, CHUNK):
                    high = min(low + CHUNK, right)
                    if nearest(value, their_hashes[low:high]) > radius:
                        continue
                    for j in range(low, high):
                        differing = value ^ their_hashes[j]
                        bits = popcount(differing)
                        if bits > radius:
                            continue
                        if reported_before(differing, earlier_masks, earlier_thresholds):
                            continue
                        me, them = np.int64(my_positions[i]), np.int64(their_positions[j])
                        if has_wide and far(my_wide[me], their_wide[them], wide_radius):
                            continue
                        if number == len(found):
                            longer = np.empty(2 * number, np.int64)
                            longer[:number] = found
                            found = longer
                        if itself and me < them:
                            me, them = them, me
                        found[number] = (me << LATER_SHIFT) | (them << DISTANCE_BITS) | bits
                        number += 1
    return found[:number].copy()
