"""A value with the number of samples behind it, and how pairs of labels become one."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Figure:
    """A value, and over how many samples it was taken."""

    value: float
    n: int
    excluded: int = 0  # samples whose label is known but which the formula cannot take


def known_pairs(true: ArrayLike, predicted: ArrayLike) -> tuple[Numbers, Numbers]:
    """Return the pairs of which both are known (not NaN), as float64.

    Raises:
        ValueError: the arrays do not pair up.
    """
    truth = np.asarray(true, dtype=np.float64)
    guess = np.asarray(predicted, dtype=np.float64)
    if truth.shape != guess.shape:
        raise ValueError(f"{truth.shape} true values but {guess.shape} predicted ones")
    known = np.isfinite(truth) & np.isfinite(guess)
    return truth[known], guess[known]


def mean(values: NDArray[np.bool_] | NDArray[np.floating], excluded: int = 0) -> Figure:
    """Return the mean of `values` (N,) with its n; NaN of none."""
    return Figure(float(values.mean()) if len(values) else math.nan, len(values), excluded)
