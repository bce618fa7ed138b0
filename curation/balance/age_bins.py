"""Bins of age in whole years: written as 13-19, 20 or 60+, parsed, held apart, refined."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from curation.errors import SettingsError

OLDEST = 130  # years; beyond what any label may say
_WRITTEN = re.compile(r"\s*(\d{1,3})\s*(?:(?:-|–|to)\s*(\d{1,3})|(\+))?\s*")


@dataclass(frozen=True, order=True)
class AgeBin:
    """Ages from `first` to `last` years, both included: from the birthday to the next but one."""

    first: int
    last: int

    def __str__(self) -> str:
        if self.last >= OLDEST:
            return f"{self.first}+"
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


def parse_bin(written: str) -> AgeBin:
    """Return the bin that is written as "13-19", "20" or "60+".

    Raises:
        SettingsError: it is written otherwise, or ends before it begins.
    """
    found = _WRITTEN.fullmatch(written)
    if not found:
        raise SettingsError(f"{written!r} is no age bin; write 13-19, 20 or 60+")
    first = int(found[1])
    last = OLDEST if found[3] else int(found[2] or first)
    if last < first or first > OLDEST:
        raise SettingsError(f"the age bin {written} ends before it begins")
    return AgeBin(first, last)


def parse_bins(written: Iterable[str]) -> list[AgeBin]:
    """Return the bins in the order of age.

    Raises:
        SettingsError: one cannot be read, or two overlap.
    """
    bins = sorted(parse_bin(text) for text in written)
    for one, other in pairwise(bins):
        if other.first <= one.last:
            raise SettingsError(f"the age bins {one} and {other} overlap")
    return bins


def refine(bins: Iterable[AgeBin]) -> list[AgeBin]:
    """Return the coarsest bins, from 0 to the oldest, of which each of `bins` is made up."""
    edges = {0, OLDEST + 1}
    for one in bins:
        edges |= {one.first, min(one.last, OLDEST) + 1}
    return [AgeBin(first, end - 1) for first, end in pairwise(sorted(edges))]


def bin_labels(ages: ArrayLike, bins: Sequence[AgeBin]) -> NDArray[np.str_]:
    """Return the label of the bin, (N,) text, that each age (N,) in years falls into.

    `bins` follow each other without gaps, as `refine` gives them. An age of 12.9 is 12 years old.
    """
    labels: NDArray[np.str_] = np.array([str(one) for one in bins])[bin_codes(ages, bins)]
    return labels


def bin_codes(ages: ArrayLike, bins: Sequence[AgeBin]) -> NDArray[np.int64]:
    """Return the place, (N,) int64, of the bin that each age (N,) in years falls into."""
    years = np.asarray(ages)
    # Bins begin at birthdays, so an age lies beyond the same ones as the whole years of it do.
    starts = np.array([one.first for one in bins], np.result_type(years, np.float32))
    places: NDArray[np.int64] = np.searchsorted(starts, years, side="right")
    places -= 1
    return np.maximum(places, 0, out=places)
