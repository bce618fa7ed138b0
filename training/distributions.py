"""What a network says about an age: a distribution, and the points that are best read off it.

Which point is best depends on how errors are counted. Of all points a the expected |X - a| is
least at the median, the expected square at the mean, and the expected |X - a| / X, which MAPE
counts, at the median of the distribution that weighs each age by 1 / age: its derivative,
E[sign(a - X) / X], is zero where both sides of a carry equal weight. MAPE leaves out the age 0,
and the youngest recorded age after it is one year, so that the weighted median is taken over ages
from `YOUNGEST` on; without a smallest age the weight near 0 would have no bound.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_ndtr, ndtr, ndtri

from training.ages import age_from_log
from training.choices import Estimate as Estimate

Floats = NDArray[np.float64]

YOUNGEST = 1.0  # years; the smallest age that has a percentage error
NODES = 1025  # of the numerical integral, over
REACH = 9.0  # standard deviations
CHUNK = 4096  # distributions at a time


class AgeDistribution(ABC):
    """N distributions over ages in years; every method returns float64 of shape (N,) or (N, 2)."""

    @abstractmethod
    def __len__(self) -> int:
        """Return N."""

    @abstractmethod
    def quantile(self, share: float) -> Floats:
        """Return the ages (N,) that are not exceeded with probability `share`, 0 < share < 1."""

    @abstractmethod
    def probability_below(self, ages: ArrayLike) -> Floats:
        """Return the probability (N,) of an age up to `ages`, (N,) or one number."""

    @abstractmethod
    def mean(self) -> Floats:
        """Return the expected ages (N,)."""

    @abstractmethod
    def mape_best(self) -> Floats:
        """Return the ages (N,) with the least expected relative error, at least `YOUNGEST`."""

    @abstractmethod
    def log_moments(self, gamma: float) -> tuple[Floats, Floats]:
        """Return mean and standard deviation of log(age + γ), each (N,), log-years."""

    def median(self) -> Floats:
        """Return the medians (N,), the points with the least expected absolute error."""
        return self.quantile(0.5)

    def mae_best(self) -> Floats:
        """Return the points (N,) with the least expected absolute error: the medians."""
        return self.median()

    def interval(self, coverage: float = 0.8) -> Floats:
        """Return the central intervals (N, 2) that hold `coverage` of the probability."""
        ends = [self.quantile(0.5 - coverage / 2), self.quantile(0.5 + coverage / 2)]
        return np.stack(ends, axis=-1)

    def estimate(self, which: Estimate) -> Floats:
        """Return the points (N,) of that kind."""
        if which is Estimate.mean:
            return self.mean()
        return self.mape_best() if which is Estimate.mape else self.median()


@dataclass(frozen=True, eq=False)
class ShiftedLogNormal(AgeDistribution):
    """log(X + γ) is normal with means μ and deviations σ, (N,) each; what lies below 0 counts as 0.

    The MAPE-best point in closed form where γ = 0: weighing the density of Z = log X by
    1 / X = e^(-Z) turns N(μ, σ²) into N(μ - σ², σ²), for φ((z - μ)/σ)·e^(-z) is a constant times
    φ((z - μ + σ²)/σ); its median is

        exp(μ - σ²).

    With γ > 0, the weight 1 / (e^z - γ) falls by e^z / (e^z - γ) = 1 + γ/a per unit of log,
    where a is the age at z. Taken as constant around the point itself this shifts the mean by
    that factor times σ², and

        a ≈ exp(μ - σ²·(1 + γ/a)) - γ,

    about exp(μ - σ²) - γ for ages well above γ. `mape_best` does not rely on it: it integrates
    the weighted density numerically; `mape_best_closed` is the formula.
    """

    mu: Floats
    sigma: Floats
    gamma: float

    def __len__(self) -> int:
        return len(self.mu)

    def quantile(self, share: float) -> Floats:
        """Return exp(μ + σ·Φ⁻¹(share)) - γ: quantiles pass through monotone maps."""
        return age_from_log(self.mu + self.sigma * ndtri(share), self.gamma)

    def probability_below(self, ages: ArrayLike) -> Floats:
        """Return Φ((log(age + γ) - μ) / σ), and 0 below the age 0."""
        age = np.asarray(ages, dtype=np.float64)
        z = (np.log(np.maximum(age, 0.0) + self.gamma) - self.mu) / self.sigma
        value: Floats = np.where(age < 0, 0.0, ndtr(z))
        return value

    def mean(self) -> Floats:
        """Return E[max(X, 0)] = e^(μ+σ²/2)·Φ(σ - c) - γ·Φ(-c), with c = (log γ - μ) / σ."""
        if self.gamma == 0:
            return np.asarray(np.exp(self.mu + 0.5 * self.sigma**2))
        cut = (np.log(self.gamma) - self.mu) / self.sigma
        above = np.exp(self.mu + 0.5 * self.sigma**2 + log_ndtr(self.sigma - cut))
        return np.asarray(above - self.gamma * ndtr(-cut))

    def mape_best(self) -> Floats:
        """Return the median of the density weighed by 1 / age over ages from `YOUNGEST` on."""
        found = np.empty(len(self))
        for start in range(0, len(self), CHUNK):
            part = slice(start, start + CHUNK)
            found[part] = _weighted_median(self.mu[part], self.sigma[part], self.gamma)
        return found

    def mape_best_closed(self, steps: int = 60) -> Floats:
        """Return exp(μ - σ²·(1 + γ/a)) - γ, iterated to its fixed point a; exact for γ = 0."""
        age = np.maximum(np.exp(self.mu - self.sigma**2) - self.gamma, YOUNGEST)
        for _ in range(steps):
            shifted = np.exp(self.mu - self.sigma**2 * (1 + self.gamma / age)) - self.gamma
            age = np.maximum(0.5 * (age + shifted), YOUNGEST)
        return age

    def log_moments(self, gamma: float) -> tuple[Floats, Floats]:
        """Return μ and σ themselves for the γ of the distribution.

        Raises:
            ValueError: another γ is asked for.
        """
        if gamma != self.gamma:
            raise ValueError(f"the distribution is one of log(age + {self.gamma:g})")
        return self.mu, self.sigma


def _weighted_median(mu: Floats, sigma: Floats, gamma: float) -> Floats:
    """Solve ∫ f(x)/x dx from `YOUNGEST` to a = half of the whole, by the trapezoidal rule.

    The variable is u = (log(x + γ) - μ) / σ, whose density is φ(u); the nodes begin exactly at
    `YOUNGEST`, where the integrand jumps.
    """
    first = np.clip((np.log(YOUNGEST + gamma) - mu) / sigma, -REACH, None)
    # Beyond the peak a normal tail falls e-fold within 1/u deviations, before it over REACH.
    last = np.maximum(REACH, first + REACH)
    share = np.linspace(0.0, 1.0, NODES)
    u = first[:, None] + (last - first)[:, None] * share
    age = np.maximum(np.exp(mu[:, None] + sigma[:, None] * u) - gamma, YOUNGEST)
    peak = np.maximum(first, 0.0)[:, None]
    density = np.exp(0.5 * (peak**2 - u**2)) / age
    steps = 0.5 * (density[:, 1:] + density[:, :-1])
    below = np.concatenate([np.zeros((len(mu), 1)), np.cumsum(steps, axis=1)], axis=1)
    half = 0.5 * below[:, -1]
    node = np.clip((below <= half[:, None]).sum(axis=1) - 1, 0, NODES - 2)
    rows = np.arange(len(mu))
    into = (half - below[rows, node]) / steps[rows, node]
    return age_from_log(mu + sigma * (u[rows, node] + into * (u[rows, 1] - u[rows, 0])), gamma)


@dataclass(frozen=True, eq=False)
class AgeHistogram(AgeDistribution):
    """K adjoining bins with probabilities (N, K), evenly spread inside each bin.

    `edges` are K + 1 rising ages in years, the first at least 0.
    """

    probabilities: Floats
    edges: Floats

    def __len__(self) -> int:
        return len(self.probabilities)

    @property
    def centres(self) -> Floats:
        """The middles of the bins, (K,), years."""
        return (self.edges[1:] + self.edges[:-1]) / 2

    def quantile(self, share: float) -> Floats:
        """Return the ages where the piecewise linear distribution function reaches `share`."""
        node, into = self._reach(self.probabilities, share)
        return self.edges[node] + into * (self.edges[node + 1] - self.edges[node])

    def probability_below(self, ages: ArrayLike) -> Floats:
        """Return the distribution function at `ages`."""
        age = np.broadcast_to(np.asarray(ages, dtype=np.float64), (len(self),))
        inside = (age[:, None] - self.edges[:-1]) / np.diff(self.edges)
        return np.asarray((self.probabilities * np.clip(inside, 0.0, 1.0)).sum(axis=1))

    def mean(self) -> Floats:
        """Return Σ p·centre."""
        return np.asarray(self.probabilities @ self.centres)

    def mape_best(self) -> Floats:
        """Return the median of the density weighed by 1 / age, exactly.

        A bin from l to h carries p·log(h/l) / (h - l), and a share s of that ends at l·(h/l)^s.
        """
        edges = np.maximum(self.edges, YOUNGEST)
        ratio = np.log(edges[1:] / edges[:-1])
        node, into = self._reach(self.probabilities * ratio / np.diff(self.edges), 0.5)
        return np.asarray(edges[node] * np.exp(into * ratio[node]))

    def log_moments(self, gamma: float) -> tuple[Floats, Floats]:
        """Return mean and deviation of log(age + γ), each bin's age taken at its middle."""
        values = np.log(self.centres + gamma)
        mean = self.probabilities @ values
        variance = self.probabilities @ values**2 - mean**2
        return mean, np.sqrt(np.maximum(variance, 1e-12))

    def _reach(self, weights: Floats, share: float) -> tuple[NDArray[np.int64], Floats]:
        """Return the bin, and how far into it, where the running sum reaches that share."""
        below = np.cumsum(weights, axis=1)
        wanted = share * below[:, -1:]
        node = np.minimum((below < wanted).sum(axis=1), weights.shape[1] - 1)
        rows = np.arange(len(weights))
        carried = weights[rows, node]
        before = below[rows, node] - carried
        with np.errstate(invalid="ignore", divide="ignore"):
            into = (wanted[:, 0] - before) / carried
        return node, np.clip(np.nan_to_num(into, nan=0.5), 0.0, 1.0)
