"""Ids as numbers: millions of ids are joined as arrays of 64-bit words, in a tenth of the memory.

An id is taken for its 128-bit key. Ids are hashes already, so two of ten million share a key with
a chance below 2e-25, as with the ids themselves (`curation.identity`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from curation.database.growing import Growing

Keys = NDArray[np.uint64]

# Odd constants with well-spread bits: fractions of the golden ratio and of the root of 3.
_FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBB67AE8584CAA73B)


def keys_of(ids: pa.Array | pa.ChunkedArray) -> tuple[Keys, Keys]:
    """Return two words per id, (N,) uint64 each; a missing id has the key of the empty text."""
    if isinstance(ids, pa.ChunkedArray):
        ids = ids.combine_chunks()
    words = _words(ids)
    one: Keys = np.zeros(len(ids), np.uint64)
    other: Keys = np.zeros(len(ids), np.uint64)
    for column in words.T:
        # Zeros only fill an id up to the widest of its batch, which must not change its key.
        there = column != 0
        one = np.where(there, _mixed((one ^ column) * _FIRST), one)
        other = np.where(there, _mixed((other + column) * _SECOND), other)
    return one, other


def _mixed(words: Keys) -> Keys:
    return words ^ (words >> np.uint64(29))


def _words(ids: pa.Array) -> Keys:
    """Return the bytes of each id, filled up with zeros, as (N, W) uint64."""
    ids = pc.fill_null(ids.cast(pa.large_string()), "")
    lengths = pc.binary_length(ids).to_numpy()
    widest = max(8, int(lengths.max(initial=0)))
    width = -(-widest // 8) * 8
    _, offsets, data = ids.buffers()
    starts = np.frombuffer(offsets, np.int64)[ids.offset : ids.offset + len(ids) + 1]
    content = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    if len(ids) and lengths.min() == width:  # the rule: all ids are of one length
        dense = content[starts[0] : starts[-1]].reshape(-1, width)
        return np.ascontiguousarray(dense).view(np.uint64)
    filled = np.zeros((len(ids), width), np.uint8)
    rows = np.repeat(np.arange(len(ids)), lengths)
    places = np.arange(len(rows)) - np.repeat(starts[:-1] - starts[0], lengths)
    filled[rows, places] = content[starts[0] : starts[-1]]
    return filled.view(np.uint64)


def places_in_order(ids: pa.Array) -> tuple[Keys, Keys]:
    """Return two words per id that are ordered as the ids are, by their first 16 characters."""
    words = _words(ids)[:, :2].byteswap()
    second = words[:, 1] if words.shape[1] > 1 else np.zeros(len(words), np.uint64)
    return words[:, 0], second


@dataclass(frozen=True)
class Lookup:
    """Finds the row of an id among `count` ids, each of which stands there once."""

    _ones: Keys  # ascending
    _others: Keys
    _rows: NDArray[np.int32]

    @classmethod
    def of(cls, ones: Keys, others: Keys) -> Lookup:
        """Make it from the keys of all rows, in their order."""
        order = np.argsort(ones, kind="stable").astype(np.int32)
        return cls(ones[order], others[order], order)

    def find(self, ids: pa.Array | pa.ChunkedArray) -> NDArray[np.int32]:
        """Return the row of each id, (N,) int32; -1 where there is none."""
        ones, others = keys_of(ids)
        return self.find_keys(ones, others)

    def find_keys(self, ones: Keys, others: Keys) -> NDArray[np.int32]:
        """Return the row of each key, (N,) int32; -1 where there is none."""
        found = np.full(len(ones), -1, np.int32)
        if not len(self._ones):
            return found
        # One after the other in the order of the table, which then comes from the cache.
        order = np.argsort(ones)
        places = np.empty(len(ones), np.int64)
        places[order] = np.searchsorted(self._ones, ones[order])
        left = np.arange(len(ones))
        while len(left):  # once, and again for those whose first word another id shares
            at = np.minimum(places[left], len(self._ones) - 1)
            same = (self._ones[at] == ones[left]) & (places[left] < len(self._ones))
            right = same & (self._others[at] == others[left])
            found[left[right]] = self._rows[at[right]]
            left = left[same & ~right]
            places[left] += 1
        return found


class KeysInParts:
    """Collects the keys of ids that come in parts, for a lookup among all of them."""

    def __init__(self) -> None:
        self._ones, self._others = Growing(np.uint64), Growing(np.uint64)

    def add(self, ids: pa.Array) -> None:
        """Append a part."""
        ones, others = keys_of(ids)
        self._ones.add(ones)
        self._others.add(others)

    def lookup(self) -> Lookup:
        """Return the lookup; nothing can be added any more."""
        return Lookup.of(self._ones.whole(), self._others.whole())
