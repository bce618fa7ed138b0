"""A long column of few different words, as numbers."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


class Words:
    """Collects such a column in parts; the words are numbered in their order at the end."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._parts: list[NDArray[np.int16]] = []

    def add(self, column: pa.Array) -> None:
        """Append a part of the column."""
        self._parts.append(self._numbers(column))

    def put(self, rows: NDArray[np.integer], column: pa.Array) -> None:
        """Write words to rows that were appended before."""
        self._whole()[rows] = self._numbers(column)

    def keep(self, mask: NDArray[np.bool_]) -> None:
        """Leave out the rows where `mask` (N,) is false."""
        self._parts = [self._whole()[mask]]

    def words(self) -> list[str]:
        """Return the different words, sorted."""
        return sorted(self._known)

    def codes(self) -> NDArray[np.int16]:
        """Return the place of each row's word in `words()`, (N,) int16; -1 for none."""
        return np.asarray(self._in_order()[self._whole()], np.int16)

    def at(self, rows: NDArray[np.integer]) -> pa.Array:
        """Return the words of some rows as text; row -1 has none."""
        codes = np.where(rows < 0, -1, self._whole()[rows]) if self._parts else rows
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

    def _whole(self) -> NDArray[np.int16]:
        if len(self._parts) != 1:
            self._parts = [np.concatenate(self._parts)] if self._parts else [np.zeros(0, np.int16)]
        return self._parts[0]
