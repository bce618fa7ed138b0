"""How old is the face: free guesses combined, each moderator's bias taken off.

Single guesses miss by years, some moderators guess everybody younger, and now and then a guess is
far out. So guesses are told apart by who made them, and far ones count less. On the scale

    u(age) = 40 · ln((age + 10) / 10)        (du is one year at 30, 0.4 at 5, 2 at 70)

on which people err about alike at all ages, moderator m's guess of a face of age a is

    u(guess) = u(a) + b_m + s_m · t        t from Student's distribution with n = 4 degrees

The biases b_m and spreads s_m are learnt together with the ages: annotators with bias and variance
of their own as in Raykar et al. (Learning from crowds, JMLR 11, 2010, section 3), the robust
distribution by EM over its scale mixture (Lange, Little & Taylor, Robust statistical modeling using
the t distribution, JASA 84, 1989), with the uncertainty of the ages kept in the E step by mean
field (Tipping & Lawrence, Neurocomputing 69, 2005): spreads taken about fitted ages alone would be
far too small, since few guesses share each age. For guess v of face f by m, with r = u - μ_f - b_m:

    w_v = (n + 1) / (n + (r² + V_f) / s_m²)
    V_f = 1 / Σ w_v / s_m²,    μ_f = V_f · Σ w_v (u_v - b_m) / s_m²
    b_m = Σ w_v (u_v - μ_f) / (Σ w_v + s_m² / τ²)
    s_m² = (k s₀² + Σ w_v (r² + V_f)) / (k + N_m)

The priors (τ, s₀ worth k guesses) keep a moderator with three guesses near the others. A bias that
all share cannot be seen in guesses; faces of known age (`known`) show it. With b and s learnt, the
age of a face is the median, and its interval the middle 95 %, of its exact posterior.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation.moderation.consensus.ballots import Floats, compiled

METHOD = "student-t"
OLDEST = 120.0  # years
DEGREES = 4.0  # n
BIAS_PRIOR = 5.0  # τ: most biases are smaller
SPREAD_PRIOR = 5.0  # s₀
SPREAD_GUESSES = 5.0  # k
MAX_ITERATIONS = 500
TOLERANCE = 1e-6  # of the largest move of a bias or spread
COVERAGE = 0.95
SCALE, OFFSET = 40.0, 10.0
GRID = np.linspace(0.0, SCALE * np.log((OLDEST + OFFSET) / OFFSET), 1025)  # of u, for posteriors


@dataclass(frozen=True)
class Guesses:
    """Guesses sorted by face, like `Ballots`; `ages` is float64, in years."""

    starts: NDArray[np.int64]
    moderators: NDArray[np.int32]
    ages: Floats
    moderator_count: int

    @property
    def face_count(self) -> int:
        """How many faces there are, with and without guesses."""
        return len(self.starts) - 1


@dataclass(frozen=True)
class AgeModel:
    """Each moderator's bias and spread, float64, in years at the age of 30; guesses, int64."""

    bias: Floats
    spread: Floats
    guesses: NDArray[np.int64]

    @classmethod
    def empty(cls, moderators: int) -> AgeModel:
        """Return what is believed before any guess."""
        number = np.zeros(moderators, np.int64)
        return cls(np.zeros(moderators), np.full(moderators, SPREAD_PRIOR), number)


@dataclass(frozen=True)
class Ages:
    """By face, float64, in years: the likeliest age, and its interval. NaN without guesses."""

    age: Floats
    low: Floats
    high: Floats


def guesses(
    faces: NDArray[np.integer[Any]],
    moderators: NDArray[np.integer[Any]],
    ages: Floats,
    *,
    face_count: int,
    moderator_count: int,
) -> Guesses:
    """Sort guesses by face. Raises ValueError where an age lies outside 0 to 120 years."""
    if len(ages) and not (ages.min() >= 0.0 and ages.max() <= OLDEST):
        raise ValueError(f"an age lies outside 0 to {OLDEST:.0f} years")
    order = np.argsort(faces, kind="stable")
    starts = np.zeros(face_count + 1, np.int64)
    np.cumsum(np.bincount(faces, minlength=face_count), out=starts[1:])
    return Guesses(
        starts, moderators[order].astype(np.int32), ages[order].astype(np.float64), moderator_count
    )


def to_scale(age: Floats) -> Floats:
    """Return u of ages in years."""
    return np.asarray(SCALE * np.log((age + OFFSET) / OFFSET))


def to_years(u: Floats) -> Floats:
    """Return the ages that have these u."""
    return np.asarray(OFFSET * np.exp(u / SCALE) - OFFSET)


def fit(made: Guesses, *, known: Floats | None = None, start: AgeModel | None = None) -> AgeModel:
    """Learn biases and spreads; `known` has a face's age in years, NaN where it is not known."""
    model = start or AgeModel.empty(made.moderator_count)
    bias, variance = model.bias.copy(), model.spread**2
    ages = np.full(made.face_count, np.nan) if known is None else to_scale(known)
    number = np.bincount(made.moderators, minlength=made.moderator_count)
    _learn(
        made.starts,
        made.moderators,
        to_scale(made.ages),
        ages,
        number.astype(np.float64),
        bias,
        variance,
        MAX_ITERATIONS,
        TOLERANCE,
    )
    return AgeModel(bias, np.sqrt(variance), number.astype(np.int64))


def estimate(made: Guesses, model: AgeModel) -> Ages:
    """Return the ages of the faces under a known model, all ages alike beforehand."""
    found = np.full((made.face_count, 3), np.nan)
    levels = np.array([0.5, (1 - COVERAGE) / 2, (1 + COVERAGE) / 2])
    _quantiles(
        made.starts,
        made.moderators,
        to_scale(made.ages),
        model.bias,
        model.spread,
        # Alike by years, not by u: a step of u stands for more years the older one is.
        np.log(GRID[1] - GRID[0]) + GRID / SCALE,
        GRID,
        levels,
        found,
    )
    years = to_years(found)
    return Ages(years[:, 0], years[:, 1], years[:, 2])


@compiled
def _learn(
    starts: NDArray[np.int64],
    moderators: NDArray[np.int32],
    u: Floats,
    known: Floats,
    number: Floats,
    bias: Floats,
    variance: Floats,
    max_iterations: int,
    tolerance: float,
) -> int:
    faces = len(starts) - 1
    mean = np.zeros(faces)
    spread = np.zeros(faces)
    weights = np.ones(len(u))
    for iteration in range(max_iterations):
        for face in range(faces):
            if not np.isnan(known[face]):
                mean[face] = known[face]
                spread[face] = 0.0
                continue
            precision = 0.0
            total = 0.0
            for vote in range(starts[face], starts[face + 1]):
                weight = weights[vote] / variance[moderators[vote]]
                precision += weight
                total += weight * (u[vote] - bias[moderators[vote]])
            if precision > 0.0:
                mean[face] = total / precision
                spread[face] = 1.0 / precision
        pull = np.zeros(len(bias))
        weighed = np.zeros(len(bias))
        for face in range(faces):
            for vote in range(starts[face], starts[face + 1]):
                moderator = moderators[vote]
                residual = u[vote] - mean[face] - bias[moderator]
                square = residual * residual + spread[face]
                weights[vote] = (DEGREES + 1.0) / (DEGREES + square / variance[moderator])
                pull[moderator] += weights[vote] * (u[vote] - mean[face])
                weighed[moderator] += weights[vote]
        moved = 0.0
        for moderator in range(len(bias)):
            new = pull[moderator] / (weighed[moderator] + variance[moderator] / BIAS_PRIOR**2)
            moved = max(moved, abs(new - bias[moderator]))
            bias[moderator] = new
        squares = np.full(len(bias), SPREAD_GUESSES * SPREAD_PRIOR**2)
        for face in range(faces):
            for vote in range(starts[face], starts[face + 1]):
                moderator = moderators[vote]
                residual = u[vote] - mean[face] - bias[moderator]
                squares[moderator] += weights[vote] * (residual * residual + spread[face])
        for moderator in range(len(bias)):
            new = squares[moderator] / (SPREAD_GUESSES + number[moderator])
            moved = max(moved, abs(np.sqrt(new) - np.sqrt(variance[moderator])))
            variance[moderator] = new
        if moved < tolerance:
            return iteration + 1
    return max_iterations


@compiled
def _quantiles(
    starts: NDArray[np.int64],
    moderators: NDArray[np.int32],
    u: Floats,
    bias: Floats,
    spread: Floats,
    log_prior: Floats,
    grid: Floats,
    levels: Floats,
    found: Floats,
) -> None:
    points = len(grid)
    log_density = np.empty(points)
    below = np.empty(points)
    for face in range(len(starts) - 1):
        if starts[face] == starts[face + 1]:
            continue
        for point in range(points):
            log_density[point] = log_prior[point]
            for vote in range(starts[face], starts[face + 1]):
                moderator = moderators[vote]
                residual = (u[vote] - bias[moderator] - grid[point]) / spread[moderator]
                log_density[point] -= (DEGREES + 1.0) / 2 * np.log1p(residual**2 / DEGREES)
        most = log_density.max()
        total = 0.0
        for point in range(points):
            total += np.exp(log_density[point] - most)
            below[point] = total
        for level in range(len(levels)):
            point = np.searchsorted(below, levels[level] * total)
            found[face, level] = grid[min(point, points - 1)]
