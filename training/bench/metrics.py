"""Metrics as pure functions of arrays: (N,) true, (N,) predicted -> a figure with its n.

A sample whose true label is unknown (NaN) is left out of the figure and out of its n. Ages are
years; genders are 1 for female and 0 for male. A figure over no sample at all is NaN.

The age bins are the eight of Adience (Eidinger, Enbar and Hassner 2014), whose gaps belong to no
bin. The rule used here is named "nearest bin": every age, true or predicted, belongs to the bin
whose limits, as printed in `AGE_BINS`, are nearest; halfway between two, to the younger one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from training.bench.bins import ADIENCE_BINS

AGE_BINS = ADIENCE_BINS.limits
BIN_RULE = "nearest bin"


@dataclass(frozen=True)
class Figure:
    """A value, and over how many samples it was taken."""

    value: float
    n: int
    excluded: int = 0  # samples whose label is known but which the formula cannot take


def gender_accuracy(true: ArrayLike, predicted: ArrayLike) -> Figure:
    """Return the share of samples whose gender is predicted as it is."""
    truth, guess = _known(true, predicted)
    return _mean(truth == guess)


def mean_absolute_error(true: ArrayLike, predicted: ArrayLike) -> Figure:
    """Return the mean of |predicted - true| in years (MAE)."""
    truth, guess = _known(true, predicted)
    return _mean(np.abs(guess - truth))


def mean_absolute_percentage_error(true: ArrayLike, predicted: ArrayLike) -> Figure:
    """Return the mean of |predicted - true| / true as a share (MAPE).

    An age of 0 has no percentage: such samples are excluded and counted.
    """
    truth, guess = _known(true, predicted)
    positive = truth > 0
    figure = _mean(np.abs(guess - truth)[positive] / truth[positive])
    return Figure(figure.value, figure.n, excluded=int((~positive).sum()))


def exact_bin_accuracy(true: ArrayLike, predicted: ArrayLike) -> Figure:
    """Return the share of samples predicted into their own age bin (nearest bin rule)."""
    truth, guess = _known(true, predicted)
    return _mean(nearest_bin(truth) == nearest_bin(guess))


def one_off_accuracy(true: ArrayLike, predicted: ArrayLike) -> Figure:
    """Return the share predicted into their own age bin or one beside it (nearest bin rule)."""
    truth, guess = _known(true, predicted)
    return _mean(np.abs(nearest_bin(truth) - nearest_bin(guess)) <= 1)


def interval_coverage(true: ArrayLike, intervals: ArrayLike) -> Figure:
    """Return the share of true ages inside their intervals (N, 2), ends included."""
    truth = np.asarray(true, dtype=np.float64)
    ends = np.asarray(intervals, dtype=np.float64).reshape(-1, 2)
    known = np.isfinite(truth)
    truth, ends = truth[known], ends[known]
    return _mean((ends[:, 0] <= truth) & (truth <= ends[:, 1]))


def nearest_bin(ages: ArrayLike) -> NDArray[np.int64]:
    """Return the index in `AGE_BINS` of each age in years: the nearest bin, ties to the younger."""
    return ADIENCE_BINS.assign(ages)


def _known(true: ArrayLike, predicted: ArrayLike) -> tuple[NDArray[np.float64], ...]:
    truth = np.asarray(true, dtype=np.float64)
    guess = np.asarray(predicted, dtype=np.float64)
    if truth.shape != guess.shape:
        raise ValueError(f"{truth.shape} true values but {guess.shape} predicted ones")
    known = np.isfinite(truth)
    return truth[known], guess[known]


def _mean(values: NDArray[np.bool_] | NDArray[np.floating]) -> Figure:
    return Figure(float(values.mean()) if len(values) else math.nan, len(values))
