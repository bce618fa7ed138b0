"""Accuracies of age bins under a named rule (see `training.bench.bins`)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from training.bench.bins import ADIENCE_BINS, NO_BIN, AgeBins, BinRule
from training.bench.metrics.figure import Figure, known_pairs, mean


def exact_bin_accuracy(
    true: ArrayLike,
    predicted: ArrayLike,
    bins: AgeBins = ADIENCE_BINS,
    rule: BinRule = BinRule.nearest,
) -> Figure:
    """Return the share of samples predicted into their own age bin.

    Under the interval rule a true age between two bins has no bin: it is excluded and counted; a
    predicted age without a bin is wrong.
    """
    truth, guess, excluded = _binned(true, predicted, bins, rule)
    return mean(truth == guess, excluded)


def one_off_accuracy(
    true: ArrayLike,
    predicted: ArrayLike,
    bins: AgeBins = ADIENCE_BINS,
    rule: BinRule = BinRule.nearest,
) -> Figure:
    """Return the share predicted into their own age bin or one beside it, as above."""
    truth, guess, excluded = _binned(true, predicted, bins, rule)
    return mean((np.abs(truth - guess) <= 1) & (guess != NO_BIN), excluded)


def _binned(
    true: ArrayLike, predicted: ArrayLike, bins: AgeBins, rule: BinRule
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    truth, guess = known_pairs(true, predicted)
    own, said = bins.assign(truth, rule), bins.assign(guess, rule)
    held = own != NO_BIN
    return own[held], said[held], int((~held).sum())
