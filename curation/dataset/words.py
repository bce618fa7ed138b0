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
        encoded = column.dictionary_encode()
        codes = [
            self._known.setdefault(word, len(self._known))
            for word in encoded.dictionary.to_pylist()
        ]
        indices = pc.fill_null(encoded.indices, len(codes)).to_numpy()
        self._parts.append(np.array([*codes, -1], np.int16)[indices])

    def words(self) -> list[str]:
        """Return the different words, sorted."""
        return sorted(self._known)

    def codes(self) -> NDArray[np.int16]:
        """Return the place of each row's word in `words()`, (N,) int16; -1 for none."""
        place = {word: number for number, word in enumerate(self.words())}
        in_order = np.array([*(place[word] for word in self._known), -1], np.int16)
        codes = np.concatenate(self._parts) if self._parts else np.zeros(0, np.int16)
        return np.asarray(in_order[codes], np.int16)

    def at(self, rows: NDArray[np.int32]) -> pa.Array:
        """Return the words of some rows as text; row -1 has none."""
        codes = np.append(self.codes(), np.int16(-1))[rows]
        return pa.array(self.words(), pa.string()).take(pa.array(codes, mask=codes < 0))
