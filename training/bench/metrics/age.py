"""Metrics of age as a point, in years."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from training.bench.metrics.figure import Figure, known_pairs, mean


def mean_absolute_error(true: ArrayLike, predicted: ArrayLike) -> Figure:
    """Return the mean of |predicted - true| in years (MAE)."""
    truth, guess = known_pairs(true, predicted)
    return mean(np.abs(guess - truth))


def median_absolute_error(true: ArrayLike, predicted: ArrayLike) -> Figure:
    """Return the median of |predicted - true| in years."""
    truth, guess = known_pairs(true, predicted)
    middle = float(np.median(np.abs(guess - truth))) if len(truth) else math.nan
    return Figure(middle, len(truth))


def mean_absolute_percentage_error(true: ArrayLike, predicted: ArrayLike) -> Figure:
    """Return the mean of |predicted - true| / true as a share (MAPE).

    An age of 0 has no percentage: such samples are excluded and counted.
    """
    truth, guess = known_pairs(true, predicted)
    positive = truth > 0
    errors = np.abs(guess - truth)[positive] / truth[positive]
    return mean(errors, excluded=int((~positive).sum()))


def cumulative_score(true: ArrayLike, predicted: ArrayLike, years: float) -> Figure:
    """Return CS@k: the share of samples whose error is at most k = `years`.

    X. Geng, Z.-H. Zhou and K. Smith-Miles, "Automatic age estimation based on facial aging
    patterns", IEEE PAMI 29(12), 2007.
    """
    truth, guess = known_pairs(true, predicted)
    return mean(np.abs(guess - truth) <= years)


def bias(true: ArrayLike, predicted: ArrayLike) -> Figure:
    """Return the mean of predicted - true in years: above 0, people are taken for older."""
    truth, guess = known_pairs(true, predicted)
    return mean(guess - truth)


def interval_distance(low: ArrayLike, high: ArrayLike, predicted: ArrayLike) -> Figure:
    """Return the mean distance in years from the point to the true interval; 0 inside it.

    What is left of the absolute error where the truth is only known as an interval.
    """
    lower, guess = known_pairs(low, predicted)
    upper, _ = known_pairs(high, predicted)
    return mean(np.maximum(lower - guess, 0) + np.maximum(guess - upper, 0))
