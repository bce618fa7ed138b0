"""Metrics of gender: 1 is female, 0 male."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from training.bench.metrics.figure import Figure, known_pairs, mean


def gender_accuracy(true: ArrayLike, predicted: ArrayLike) -> Figure:
    """Return the share of samples whose gender is predicted as it is."""
    truth, guess = known_pairs(true, predicted)
    return mean(truth == guess)


def recall(true: ArrayLike, predicted: ArrayLike, gender: float) -> Figure:
    """Return the share of the samples of `gender` (1 female, 0 male) predicted as such."""
    truth, guess = known_pairs(true, predicted)
    return mean(guess[truth == gender] == gender)


def balanced_accuracy(true: ArrayLike, predicted: ArrayLike) -> Figure:
    """Return the mean of the two recalls; NaN where one gender has no sample."""
    women, men = recall(true, predicted, 1.0), recall(true, predicted, 0.0)
    return Figure((women.value + men.value) / 2, women.n + men.n)


def area_under_curve(true: ArrayLike, probability: ArrayLike) -> Figure:
    """Return the area under the ROC curve of P(female); NaN where one gender has no sample.

    It is the probability that a random woman has the higher P(female) than a random man, ties
    counting half (J. Hanley and B. McNeil, Radiology 143(1), 1982).
    """
    truth, score = known_pairs(true, probability)
    women, men = np.sort(score[truth == 1]), np.sort(score[truth == 0])
    if not len(women) or not len(men):
        return Figure(math.nan, len(truth))
    below = np.searchsorted(men, women, side="left")
    not_above = np.searchsorted(men, women, side="right")
    pairs = len(women) * len(men)
    return Figure(float((below + not_above).sum() / (2 * pairs)), len(truth))


def brier_score(true: ArrayLike, probability: ArrayLike) -> Figure:
    """Return the mean of (P(female) - truth)² (G. Brier, Monthly Weather Review 78(1), 1950)."""
    truth, share = known_pairs(true, probability)
    return mean((share - truth) ** 2)
