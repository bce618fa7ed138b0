"""Metrics of age as a distribution: log(age + γ) is normal with mean μ and deviation σ.

The age X = e^Z - γ, Z ~ N(μ, σ²), then has a shifted log-normal distribution on (-γ, ∞).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_ndtr, ndtr, ndtri

from training.bench.metrics.figure import Figure, mean

Numbers = NDArray[np.float64]

OLDEST = 130.0  # years; ends of intervals are held between 0 and this
LARGEST_CRPS = OLDEST  # years: the most that ages between 0 and OLDEST can cost


def log_age_nll(age: ArrayLike, mu: ArrayLike, sigma: ArrayLike, gamma: ArrayLike) -> Numbers:
    """Return the negative log-likelihood of each age, in nats, per year of age.

    The density of X at y is φ(z) / (σ·(y + γ)) with z = (log(y + γ) - μ) / σ; the last factor is
    the derivative of the logarithm, so models with different γ, or with distributions over years,
    can be compared. NaN where y + γ is not positive.
    """
    log_age, mean_, deviation = _log_age(age, mu, sigma, gamma)
    z = (log_age - mean_) / deviation
    values: Numbers = 0.5 * np.log(2 * np.pi) + np.log(deviation) + log_age + 0.5 * z**2
    return values


def log_age_crps(age: ArrayLike, mu: ArrayLike, sigma: ArrayLike, gamma: ArrayLike) -> Numbers:
    """Return the continuous ranked probability score of each age, in years, in closed form.

    CRPS(F, y) = ∫ (F(x) - 1[x ≥ y])² dx = E|X - y| - ½·E|X - X'| (T. Gneiting and A. Raftery,
    JASA 102, 2007, eq. 21). Shifting X and y by γ together changes neither term, so X + γ may be
    taken as log-normal and y + γ as the outcome t. With ω = (log t - μ) / σ and Φ the normal
    distribution function, E|X + γ - t| = t·(2Φ(ω) - 1) + 2·e^(μ+σ²/2)·(½ - Φ(ω - σ)), because
    E[e^Z; Z ≤ log t] = e^(μ+σ²/2)·Φ(ω - σ); and ½·E|X - X'| = e^(μ+σ²/2)·(2Φ(σ/√2) - 1), as
    E[max(X, X')] = 2·e^(μ+σ²/2)·Φ(σ/√2). Together:

        CRPS = t·(2Φ(ω) - 1) - 2·e^(μ+σ²/2)·(Φ(ω - σ) + Φ(σ/√2) - 1)

    (S. Baran and S. Lerch, Q. J. R. Meteorol. Soc. 141, 2015). As
    1 - Φ(σ/√2) = Φ(-σ/√2), the bracket is a difference of two tails, each taken in logarithms
    together with its factor, so that a large σ does not overflow early. For a point
    forecast (σ → 0) it is the absolute error. The score of one age is held to 130 years, the most
    that ages between 0 and 130 can cost: else one σ gone wild would be all of a mean. NaN where
    y + γ is not positive.
    """
    log_age, mean_, deviation = _log_age(age, mu, sigma, gamma)
    omega = (log_age - mean_) / deviation
    log_mean = mean_ + 0.5 * deviation**2
    with np.errstate(over="ignore", invalid="ignore"):
        below = np.exp(log_mean + log_ndtr(omega - deviation))
        apart = np.exp(log_mean + log_ndtr(-deviation / np.sqrt(2)))
        score = np.exp(log_age) * (2 * ndtr(omega) - 1) + 2 * (apart - below)
    wild = ~np.isfinite(score) & np.isfinite(omega)
    values: Numbers = np.where(wild, LARGEST_CRPS, np.minimum(score, LARGEST_CRPS))
    return values


def log_age_pit(age: ArrayLike, mu: ArrayLike, sigma: ArrayLike, gamma: ArrayLike) -> Numbers:
    """Return the predicted probability of an age up to the true one (probability integral
    transform), 0 … 1: uniform where the distributions are calibrated.
    """
    log_age, mean_, deviation = _log_age(age, mu, sigma, gamma)
    values: Numbers = ndtr((log_age - mean_) / deviation)
    return values


def log_age_quantile(share: float, mu: ArrayLike, sigma: ArrayLike, gamma: ArrayLike) -> Numbers:
    """Return the age, in years, that is not exceeded with probability `share`; 0 … 130."""
    shift = np.asarray(gamma, dtype=np.float64)
    value = np.asarray(mu, dtype=np.float64) + ndtri(share) * np.asarray(sigma, dtype=np.float64)
    ages = np.exp(np.minimum(value, np.log(OLDEST + shift))) - shift
    held: Numbers = np.maximum(ages, 0.0)
    return held


def interval_coverage(true: ArrayLike, intervals: ArrayLike) -> Figure:
    """Return the share of true ages inside their intervals (N, 2), ends included."""
    truth, ends = _known_intervals(true, intervals)
    return mean((ends[:, 0] <= truth) & (truth <= ends[:, 1]))


def interval_width(true: ArrayLike, intervals: ArrayLike) -> Figure:
    """Return the mean width in years of the intervals (N, 2) of samples with a known age."""
    _, ends = _known_intervals(true, intervals)
    return mean(ends[:, 1] - ends[:, 0])


def calibration_curve(pit: ArrayLike, levels: ArrayLike) -> Numbers:
    """Return, for each level p, the share of samples whose true age lies below the p-quantile.

    On the diagonal (share = p) the distributions are calibrated (T. Gneiting, F. Balabdaoui and
    A. Raftery, J. R. Stat. Soc. B 69(2), 2007).
    """
    values = np.asarray(pit, dtype=np.float64)
    values = np.sort(values[np.isfinite(values)])
    found = np.searchsorted(values, np.asarray(levels, dtype=np.float64), side="right")
    return found / len(values) if len(values) else np.full(len(found), np.nan)


def _log_age(
    age: ArrayLike, mu: ArrayLike, sigma: ArrayLike, gamma: ArrayLike
) -> tuple[Numbers, Numbers, Numbers]:
    total = np.asarray(age, dtype=np.float64) + np.asarray(gamma, dtype=np.float64)
    log_age = np.log(np.where(total > 0, total, np.nan))
    return log_age, np.asarray(mu, dtype=np.float64), np.asarray(sigma, dtype=np.float64)


def _known_intervals(true: ArrayLike, intervals: ArrayLike) -> tuple[Numbers, Numbers]:
    truth = np.asarray(true, dtype=np.float64)
    ends = np.asarray(intervals, dtype=np.float64).reshape(-1, 2)
    known = np.isfinite(truth) & np.isfinite(ends).all(axis=1)
    return truth[known], ends[known]
