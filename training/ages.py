"""Ages in years, and their logarithm log(age + γ), in which the network thinks.

An error of two years weighs more on a child than on a pensioner; in log(age + γ) both are about
as likely. γ (years) keeps newborns finite. The network gives a normal distribution over
log(age + γ), so the age itself follows a shifted log-normal distribution, whose quantiles are
the transformed quantiles of the normal one.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def log_age(age: ArrayLike, gamma: float) -> Floats:
    """Return log(age + γ) in log-years, of any shape; ages in years, ≥ 0; NaN stays NaN."""
    value: Floats = np.log(np.asarray(age, dtype=np.float64) + gamma)
    return value


def age_from_log(value: ArrayLike, gamma: float) -> Floats:
    """Return the age in years whose log(age + γ) is `value`; never below 0."""
    age: Floats = np.maximum(np.exp(np.asarray(value, dtype=np.float64)) - gamma, 0.0)
    return age


def median_age(mean: ArrayLike, gamma: float) -> Floats:
    """Return the median age in years of the distribution with that mean of log(age + γ).

    Quantiles pass through monotone maps, so the median is exp(μ) - γ; it minimises the expected
    absolute error.
    """
    return age_from_log(mean, gamma)


def age_interval(mean: ArrayLike, sigma: ArrayLike, gamma: float, coverage: float = 0.8) -> Floats:
    """Return the central interval (..., 2) in years that holds `coverage` of the probability.

    `mean` and `sigma` are those of log(age + γ), of one shape. The ends are the transformed
    normal quantiles μ ± z·σ with z = Φ⁻¹((1 + coverage) / 2).
    """
    z = NormalDist().inv_cdf((1.0 + coverage) / 2.0)
    center = np.asarray(mean, dtype=np.float64)
    half_width = z * np.asarray(sigma, dtype=np.float64)
    return np.stack(
        [age_from_log(center - half_width, gamma), age_from_log(center + half_width, gamma)],
        axis=-1,
    )
