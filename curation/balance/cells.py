"""Cells: how many candidates there are of each combination of attributes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

UNKNOWN = ""  # the value of an attribute that a candidate does not have


@dataclass(frozen=True, eq=False)
class Cells:
    """A table of C cells over K attributes, each with its number of candidates.

    `values[k]` are the values of attribute k, sorted; `codes` (C, K) int64 index them;
    `available` (C,) int64 counts candidates. Cells without a candidate are left out.
    """

    attributes: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    codes: NDArray[np.int64]
    available: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of cells."""
        return len(self.available)

    def where(self, **wanted: str) -> NDArray[np.bool_]:
        """Return which cells, (C,) bool, have all of these attribute values."""
        found = np.ones(len(self), dtype=bool)
        for attribute, value in wanted.items():
            place = self.attributes.index(attribute)
            known = self.values[place]
            code = known.index(value) if value in known else -1
            found &= self.codes[:, place] == code
        return found

    def column(self, attribute: str) -> list[str]:
        """Return the value of one attribute in each cell."""
        place = self.attributes.index(attribute)
        return [self.values[place][code] for code in self.codes[:, place]]

    def frame(self) -> pd.DataFrame:
        """Return one row per cell: a text column per attribute, and `available`."""
        columns: dict[str, object] = {name: self.column(name) for name in self.attributes}
        return pd.DataFrame(columns | {"available": self.available})


def cells_of(counts: pd.DataFrame, attributes: Sequence[str], number: str = "number") -> Cells:
    """Add up counts into cells.

    Args:
        counts: rows with a column per attribute (text, or missing) and the column `number`, as a
            GROUP BY gives them; rows of the same cell are added.
        attributes: which columns make a cell.
        number: the column that counts.
    """
    return _cut(counts, attributes, counts[number].to_numpy(dtype=np.int64))[0]


def cut(candidates: pd.DataFrame, attributes: Sequence[str]) -> tuple[Cells, NDArray[np.int64]]:
    """Return the cells of candidates, one per row, and the cell of each of them, (N,) int64.

    The columns are text, or missing; categorical ones of few values are the fastest.
    """
    return _cut(candidates, attributes, np.ones(len(candidates), dtype=np.int64))


def _cut(
    frame: pd.DataFrame, attributes: Sequence[str], numbers: NDArray[np.int64]
) -> tuple[Cells, NDArray[np.int64]]:
    number: NDArray[np.int64] = np.zeros(len(frame), dtype=np.int64)
    texts = []
    for name in attributes:
        codes, values = _coded(frame[name])
        texts.append(values)
        number *= len(values)
        number += codes
    shape = tuple(map(len, texts))
    places, known = pd.factorize(number, sort=True)
    available = np.zeros(len(known), dtype=np.int64)
    np.add.at(available, places, numbers)
    filled = available > 0
    codes = np.column_stack(np.unravel_index(known[filled], shape)).astype(np.int64)
    kept, used = _without_idle(codes, texts)
    at = np.where(filled, np.cumsum(filled) - 1, -1)
    return Cells(tuple(attributes), used, kept, available[filled]), at[places]


def _coded(column: pd.Series) -> tuple[NDArray[np.int64], list[str]]:
    """Return the code of each row and the values that the codes mean, sorted as text."""
    codes, found = pd.factorize(column, use_na_sentinel=True)
    texts = [*(str(value) for value in found), UNKNOWN]  # -1 is the last
    values = sorted(set(texts))
    place = {value: at for at, value in enumerate(values)}
    return np.array([place[text] for text in texts], dtype=np.int64)[codes], values


def _without_idle(
    codes: NDArray[np.int64], values: Sequence[Sequence[str]]
) -> tuple[NDArray[np.int64], tuple[tuple[str, ...], ...]]:
    """Leave out the values that no cell has."""
    kept, left = codes.copy(), []
    for place, texts in enumerate(values):
        used, kept[:, place] = np.unique(codes[:, place], return_inverse=True)
        left.append(tuple(texts[code] for code in used))
    return kept, tuple(left)
