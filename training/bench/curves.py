"""Calibration over all samples: of the age distributions and of P(female), with intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.bench.resampling import LANES, group_sums, percentile_bounds
from training.bench.terms import Terms

Numbers = NDArray[np.float64]

PIT_BINS = 20
SHARE_BINS = 10


@dataclass(frozen=True, eq=False)
class Curve:
    """Observed shares (P,) at predicted ones, each with its interval and its samples."""

    predicted: Numbers  # (P,) 0 … 1
    observed: Numbers  # (P,)
    bounds: Numbers  # (P, 2)
    n: NDArray[np.int64]  # (P,)


class Curves:
    """Collects what calibration curves need, chunk by chunk of resamples.

    Ages: how many true ages fall into each twentieth of their predicted distribution. Gender: the
    samples in each tenth of P(female), their mean P(female) and how many of them are women.
    """

    def __init__(self, terms: Terms, subject: NDArray[np.int64], resamples: int) -> None:
        self._subject = subject
        self._matrix = np.ascontiguousarray(
            np.concatenate([_pit_columns(terms.pit), _share_columns(terms)], axis=1)
        )
        columns = self._matrix.shape[1]
        self._cell_start = np.array([0, len(terms)], dtype=np.int64)
        self._sums = np.empty((1, columns, LANES))
        self._draws = np.empty((columns, resamples + 1))

    def add(self, weights: NDArray[np.uint8], done: int, count: int) -> None:
        """Take the sums of the next `count` resamples."""
        one_group = np.zeros((1, 1), dtype=np.int64)
        group_sums(self._matrix, self._subject, self._cell_start, one_group, weights, self._sums)
        self._draws[:, done : done + count] = self._sums[0, :, :count]

    def age(self) -> Curve | None:
        """Return the share of true ages below each 5 % quantile; None without distributions."""
        counts = self._draws[:PIT_BINS]
        if not counts[:, 0].any():
            return None
        total = counts.sum(axis=0)
        with np.errstate(invalid="ignore"):
            shares = np.cumsum(counts, axis=0)[:-1] / total
        levels = np.arange(1, PIT_BINS) / PIT_BINS
        n = np.full(len(levels), round(float(total[0])), dtype=np.int64)
        return Curve(levels, shares[:, 0], _bounds(shares), n)

    def gender(self) -> Curve | None:
        """Return the share of women in each tenth of P(female); None without probabilities."""
        counts, said, women = np.split(self._draws[PIT_BINS:], 3)
        present = counts[:, 0] > 0
        if not present.any():
            return None
        with np.errstate(invalid="ignore"):
            shares = women[present] / counts[present]
        return Curve(
            predicted=said[present, 0] / counts[present, 0],
            observed=shares[:, 0],
            bounds=_bounds(shares),
            n=counts[present, 0].round().astype(np.int64),
        )


def _bounds(shares: Numbers) -> Numbers:
    return percentile_bounds(shares[:, 1:].astype(np.float32))


def _pit_columns(pit: Numbers) -> Numbers:
    known = np.isfinite(pit)
    # The quantile belongs to the bin below it: a true age on it is not above it.
    place = np.clip(np.ceil(np.where(known, pit, 0.5) * PIT_BINS).astype(np.int64) - 1, 0, None)
    return _one_hot(place, known, PIT_BINS)


def _share_columns(terms: Terms) -> Numbers:
    known = np.isfinite(terms.score)
    share = np.where(known, terms.score, 0.0)
    place = np.minimum((share * SHARE_BINS).astype(np.int64), SHARE_BINS - 1)
    count = _one_hot(place, known, SHARE_BINS)
    women = np.where(terms.female == 1, 1.0, 0.0)
    return np.concatenate([count, count * share[:, None], count * women[:, None]], axis=1)


def _one_hot(place: NDArray[np.int64], known: NDArray[np.bool_], size: int) -> Numbers:
    columns = np.zeros((len(place), size))
    columns[np.flatnonzero(known), place[known]] = 1.0
    return columns
