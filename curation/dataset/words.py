"""A long column of few different words, as numbers."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from curation.database.growing import Growing


class Words:
    """Collects such a column in parts; the words are numbered in their order at the end."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._codes = Growing(np.int16)

    def add(self, column: pa.Array) -> None:
        """Append a part of the column."""
        self._codes.add(self._numbers(column))

    def put(self, rows: NDArray[np.integer], column: pa.Array) -> None:
        """Write words to rows that were appended before."""
        self._codes.so_far()[rows] = self._numbers(column)

    def keep(self, mask: NDArray[np.bool_]) -> None:
        """Leave out the rows where `mask` (N,) is false."""
        left = self._codes.so_far()[mask]
        self._codes = Growing(np.int16)
        self._codes.add(left)

    def words(self) -> list[str]:
        """Return the different words, sorted."""
        return sorted(self._known)

    def codes(self) -> NDArray[np.int16]:
        """Return the place of each row's word in `words()`, (N,) int16; -1 for none."""
        return np.asarray(self._in_order()[self._codes.so_far()], np.int16)

    def at(self, rows: NDArray[np.integer]) -> pa.Array:
        """Return the words of some rows as text; row -1 has none."""
        codes = np.where(rows < 0, -1, self._codes.so_far()[rows]) if len(self._codes) else rows
        return pa.array(list(self._known), pa.string()).take(pa.array(codes, mask=codes < 0))

    def _numbers(self, column: pa.Array) -> NDArray[np.int16]:
        encoded = column.dictionary_encode()
        codes = [
            self._known.setdefault(word, len(self._known))
            for word in encoded.dictionary.to_pylist()
        ]
        indices = pc.fill_null(encoded.indices, len(codes)).to_numpy()
        numbers: NDArray[np.int16] = np.array([*codes, -1], np.int16)[indices]
        return numbers

    def _in_order(self) -> NDArray[np.int16]:
        place = {word: number for number, word in enumerate(self.words())}
        order: NDArray[np.int16] = np.array([*(place[word] for word in self._known), -1], np.int16)
        return order
