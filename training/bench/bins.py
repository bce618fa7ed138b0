"""Age bins, and the two rules by which an age belongs to one.

*nearest bin*: every age belongs to the bin whose limits, as printed, are nearest to it; halfway
between two it belongs to the younger. No age is ever without a bin.

*interval*: an age belongs to a bin only if it falls into it: the age, rounded to a whole year
(half a year to the younger), is at least the lower limit and at most the upper. An age between two
bins belongs to none. Bins without gaps give the same under both rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

NO_BIN = -1


class BinRule(StrEnum):
    """How an age finds its bin."""

    interval = "interval"
    nearest = "nearest bin"


@dataclass(frozen=True)
class AgeBins:
    """Bins in rising order; limits are whole years, both ends included."""

    name: str
    limits: tuple[tuple[int, int], ...]

    def __len__(self) -> int:
        return len(self.limits)

    @property
    def labels(self) -> tuple[str, ...]:
        """Each bin as text: "25-32"; the last of open bins ("70-130") is "70+"."""
        return tuple(f"{low}+" if high >= 130 else f"{low}-{high}" for low, high in self.limits)

    def assign(self, ages: ArrayLike, rule: BinRule = BinRule.nearest) -> NDArray[np.int64]:
        """Return the index of each age's bin, of the ages' shape; `NO_BIN` where it has none.

        Ages in years; NaN has no bin under either rule.
        """
        years = np.asarray(ages, dtype=np.float64)
        known = np.isfinite(years)
        value = np.where(known, years, 0.0)[..., np.newaxis]
        low = np.array([limits[0] for limits in self.limits])
        high = np.array([limits[1] for limits in self.limits])
        if rule is BinRule.interval:
            whole = np.ceil(value - 0.5)
            inside = (low <= whole) & (whole <= high)
            found = np.where(inside.any(axis=-1), inside.argmax(axis=-1), NO_BIN)
        else:
            distance = np.maximum(low - value, 0) + np.maximum(value - high, 0)
            found = distance.argmin(axis=-1)  # the first of equals
        return np.where(known, found, NO_BIN).astype(np.int64)

    def assign_intervals(self, low: ArrayLike, high: ArrayLike) -> NDArray[np.int64]:
        """Return the bin of true ages that are known as intervals (both ends included).

        An interval belongs to the bin that holds all of it; `NO_BIN` where none does.
        """
        first = np.asarray(low, dtype=np.float64)[..., np.newaxis]
        last = np.asarray(high, dtype=np.float64)[..., np.newaxis]
        ends = np.array(self.limits)
        inside = (ends[:, 0] <= first) & (last <= ends[:, 1])
        return np.where(inside.any(axis=-1), inside.argmax(axis=-1), NO_BIN).astype(np.int64)


# E. Eidinger, R. Enbar and T. Hassner, "Age and gender estimation of unfiltered faces", IEEE TIFS
# 9(12), 2014. The gaps between them belong to no bin.
ADIENCE_BINS = AgeBins(
    "Adience", ((0, 2), (4, 6), (8, 12), (15, 20), (25, 32), (38, 43), (48, 53), (60, 100))
)
# K. Kärkkäinen and J. Joo, "FairFace: face attribute dataset for balanced race, gender, and age
# for bias measurement and mitigation", WACV 2021.
FAIRFACE_BINS = AgeBins(
    "FairFace",
    ((0, 2), (3, 9), (10, 19), (20, 29), (30, 39), (40, 49), (50, 59), (60, 69), (70, 130)),
)
