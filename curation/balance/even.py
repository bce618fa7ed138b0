"""Of all largest datasets the most even one: whose candidates' chances differ least.

The linear programme has many optima: targets say how many women a country gives and how many
people of 20 to 29 there are, not how many women of 20 to 29 come from where, and the solver stops
at a corner, where most cells are taken whole or not at all. Among all x of the same total that keep
the targets this picks

    minimise ½ Σ x² / available,

where the rates x / available, a candidate's chance to be taken, differ least: their variance over
the candidates is smallest. It is unique, so neither the order of the rows nor the solver's path
plays a part, and what no target speaks of stays in proportion to the candidates.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from curation.balance.dual import Limits, Vector, limits_of, nearest
from curation.balance.programme import Minimum, Optimum, Share

PRICED = 1e-7  # a price above this fixes its cell in all optima


class Rates:
    """The distance ½ Σ x² / available, of rates from 0 to 1."""

    def value(self, t: Vector) -> Vector:
        """Return Φ(t): ½ t², straight on outside of 0 to 1."""
        rate = self.factor(t)
        return rate * (t - rate / 2)

    def factor(self, t: Vector) -> Vector:
        """Return the rate."""
        return np.clip(t, 0.0, 1.0)

    def curvature(self, t: Vector) -> Vector:
        """Return 1 inside of 0 to 1."""
        return ((t > 0) & (t < 1)).astype(np.float64)


def most_even(
    available: NDArray[np.int64],
    shares: Sequence[Share],
    minima: Sequence[Minimum],
    optimum: Optimum,
) -> Vector:
    """Return the most even photographs per cell, (C,) float64, of the same total as `optimum`.

    In the rare case that it is not found the photographs of `optimum` itself are returned.
    """
    taken = optimum.taken.copy()
    # What has a price is the same in all optima: there is all of it, or nothing.
    taken[optimum.prices > PRICED] = available[optimum.prices > PRICED]
    taken[optimum.prices < -PRICED] = 0.0
    free = np.flatnonzero((np.abs(optimum.prices) <= PRICED) & (available > 0))
    if not len(free) or optimum.total <= 0:
        return optimum.taken
    limits = limits_of(len(taken), shares, minima, optimum.total)
    fixed = taken.copy()
    fixed[free] = 0.0
    ends = limits.ends - limits.rows @ (fixed / optimum.total)
    left = Limits(csr_array(limits.rows[:, free]), ends, limits.equal)
    start = np.zeros(len(ends))
    start[0] = ends[0] * optimum.total / available[free].sum()
    rates = nearest(available[free] / optimum.total, left, Rates(), start)
    if rates is None:
        return optimum.taken
    taken[free] = available[free] * rates
    return taken
