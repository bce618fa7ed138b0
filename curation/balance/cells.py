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

    def places(self, frame: pd.DataFrame) -> NDArray[np.int64]:
        """Return the cell of each row of `frame`, (N,) int64; -1 for a row of no cell."""
        names = list(self.attributes)
        index = pd.MultiIndex.from_frame(self.frame()[names])
        rows = pd.MultiIndex.from_frame(_as_text(frame[names]))
        return np.asarray(index.get_indexer(rows), dtype=np.int64)

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
    names = list(attributes)
    filled = _as_text(counts[names])
    added = counts[number].groupby([filled[name] for name in names], sort=True).sum()
    added = added[added > 0]
    index = added.index if len(names) > 1 else pd.MultiIndex.from_arrays([added.index], names=names)
    values, codes = [], []
    for place in range(len(names)):
        code, known = pd.factorize(index.get_level_values(place), sort=True)
        values.append(tuple(str(value) for value in known))
        codes.append(code)
    return Cells(
        attributes=tuple(names),
        values=tuple(values),
        codes=np.column_stack(codes).astype(np.int64) if codes else np.empty((0, 0), np.int64),
        available=added.to_numpy(dtype=np.int64),
    )


def _as_text(frame: pd.DataFrame) -> pd.DataFrame:
    known = frame.notna()
    return frame.astype(object).where(known, UNKNOWN).astype(str)
