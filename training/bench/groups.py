"""The groups that figures are taken over: all samples, each value of an attribute, each pair.

Samples are sorted into *cells*, one for each combination of attributes that occurs. Every group is
a union of cells, so the sums of the (few) cells are enough for the sums of all groups.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from training.bench.bins import NO_BIN, AgeBins, BinRule
from training.bench.terms import true_bins

if TYPE_CHECKING:
    import pandas as pd

ATTRIBUTES = ("gender", "race", "age", "country")
FOLD = "fold"  # has groups of its own but is paired with nothing
NO_GROUP = -1
NAMED = ("age", FOLD)  # whose values say nothing without the attribute's name


@dataclass(frozen=True)
class Group:
    """Samples that agree in some attributes; () is all samples."""

    attributes: tuple[tuple[str, str], ...]  # (attribute, value), such as (("race", "Black"),)

    @cached_property
    def family(self) -> tuple[str, ...]:
        """Which attributes it is made by."""
        return tuple(name for name, _ in self.attributes)

    def __str__(self) -> str:
        words = (f"{name} {value}" if name in NAMED else value for name, value in self.attributes)
        return ", ".join(words) or "all"


@dataclass(frozen=True, eq=False)
class Grouping:
    """N samples in C cells, F families and G groups."""

    groups: list[Group]  # the first is all samples
    cell: NDArray[np.int64]  # (N,) the cell of each sample
    cell_groups: NDArray[np.int64]  # (C, F) the group of each cell in each family, or NO_GROUP

    def sample_groups(self, family: int) -> NDArray[np.int64]:
        """Return the group of each sample in one family, (N,), or NO_GROUP."""
        found: NDArray[np.int64] = self.cell_groups[self.cell, family]
        return found


def make_grouping(
    truth: pd.DataFrame, bins: AgeBins, attributes: tuple[str, ...] = (*ATTRIBUTES, FOLD)
) -> Grouping:
    """Group the samples of a truth table by those of the attributes that it knows.

    An attribute with one value only makes no group: it would be all samples again. Ages are
    grouped by the nearest bin, true intervals by the bin that holds them.
    """
    values = {name: _codes(truth, name, bins) for name in attributes}
    values = {name: known for name, known in values.items() if len(known[1]) > 1}
    paired = [name for name in values if name != FOLD]
    families = [(), *((name,) for name in values), *combinations(paired, 2)]
    if values:
        stacked = np.stack([codes for codes, _ in values.values()], axis=1)
        cells, cell = np.unique(stacked, axis=0, return_inverse=True)
    else:
        cells, cell = np.zeros((1, 0), dtype=np.int64), np.zeros(len(truth), dtype=np.int64)
    place = {name: column for column, name in enumerate(values)}
    groups: list[Group] = []
    cell_groups = np.full((len(cells), len(families)), NO_GROUP, dtype=np.int64)
    for family, names in enumerate(families):
        chosen = cells[:, [place[name] for name in names]]
        known = (chosen >= 0).all(axis=1)
        present, index = np.unique(chosen[known], axis=0, return_inverse=True)
        cell_groups[known, family] = index.reshape(-1) + len(groups)
        groups += [
            Group(tuple((name, values[name][1][row[at]]) for at, name in enumerate(names)))
            for row in present
        ]
    return Grouping(groups, cell.reshape(-1).astype(np.int64), cell_groups)


def _codes(
    truth: pd.DataFrame, attribute: str, bins: AgeBins
) -> tuple[NDArray[np.int64], list[str]]:
    """Return each sample's value as a number (N,), -1 where unknown, and the values' names."""
    import pandas as pd

    if attribute == "age":
        codes, names = true_bins(truth, bins, BinRule.nearest), list(bins.labels)
        present = np.unique(codes[codes != NO_BIN])
        return np.where(codes == NO_BIN, -1, np.searchsorted(present, codes)), [
            names[code] for code in present
        ]
    if attribute == "gender":
        female = truth["female"].to_numpy()
        codes = np.where(np.isnan(female), -1, 1 - np.nan_to_num(female)).astype(np.int64)
        both = all((codes == code).any() for code in (0, 1))
        return codes, ["female", "male"] if both else []
    found, uniques = pd.factorize(truth[attribute], sort=True)
    return found.astype(np.int64), [str(value) for value in uniques]
