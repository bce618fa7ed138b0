"""Which hashes lie within a radius of each other: exact, by comparing every pair."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Comparisons at once: 4 million take 32 MB for the differing bits.
BLOCK = 4_000_000


def earlier_neighbours(
    hashes: NDArray[np.uint64], start: int, stop: int, radius: int
) -> NDArray[np.int64]:
    """Return the pairs of hashes[start:stop] with each other and with all that come before.

    Two hashes are a pair when at most `radius` of their 64 bits differ. The result is (P, 3)
    int64: earlier position, later position, differing bits; sorted by later, then earlier. Over
    consecutive ranges every pair is reported exactly once, with the range of its later hash.
    Memory is bounded by `BLOCK` and the pairs found.
    """
    found = [np.empty((0, 3), dtype=np.int64)]
    later = np.arange(start, stop)
    width = max(1, BLOCK // max(1, len(later)))
    for left in range(0, stop, width):
        earlier = np.arange(left, min(left + width, stop))
        distances = np.bitwise_count(hashes[later, np.newaxis] ^ hashes[np.newaxis, earlier])
        rows, columns = np.nonzero(
            (distances <= radius) & (earlier[np.newaxis, :] < later[:, np.newaxis])
        )
        near = distances[rows, columns].astype(np.int64)
        found.append(np.column_stack([earlier[columns], later[rows], near]))
    pairs = np.concatenate(found)
    ordered: NDArray[np.int64] = pairs[np.lexsort((pairs[:, 0], pairs[:, 1]))]
    return ordered
