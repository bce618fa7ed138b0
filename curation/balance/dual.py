"""Nearest points of a polyhedron, found from the other side: one unknown per limit, not per cell.

Wanted is the x that is nearest to the candidates, in the sense of a `Distance`, among all with

    rows @ x = ends (or ≥ ends),

x being available · w, w the factor of a cell. Of every distance here w follows from t = rowsᵀ y,
where y minimises the smooth convex dual  Σ available · Φ(t) - ends · y,  with y ≥ 0 where the limit
is an inequality and w = Φ'(t). It is solved by the proximal point algorithm (R. T. Rockafellar,
"Monotone operators and the proximal point algorithm", SIAM Journal on Control and Optimization 14,
1976), which bears limits that follow from each other, and each of its steps by Newton's method on
the active set (as X. Li, D. Sun and K.-C. Toh, "A highly efficient semismooth Newton augmented
Lagrangian method for solving Lasso problems", SIAM Journal on Optimization 28, 2018).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from threadpoolctl import ThreadpoolController

from curation.balance.programme import Minimum, Share

Vector = NDArray[np.float64]
GOOD = 1e-8  # by how much of the total a limit may be missed: about what the programme misses
PROXIMAL_STEPS = 14
NEWTON_STEPS = 80
LOOSEST = 1e12


class Distance(Protocol):
    """What makes a point near: Φ, its slope (the factor of a cell) and its curvature, of t."""

    def value(self, t: Vector) -> Vector:
        """Return Φ(t)."""

    def factor(self, t: Vector) -> Vector:
        """Return Φ'(t)."""

    def curvature(self, t: Vector) -> Vector:
        """Return Φ''(t), of either side at a kink."""


@dataclass(frozen=True, eq=False)
class Limits:
    """rows (L, C) @ x ≥ ends (L,), or = where `equal` (L,) bool; x in shares of the total."""

    rows: csr_array
    ends: Vector
    equal: NDArray[np.bool_]


def limits_of(
    count: int, shares: Sequence[Share], minima: Sequence[Minimum], total: float
) -> Limits:
    """Return what keeps shares and minima at a fixed total, which is the first limit."""
    rows: list[Vector] = [np.ones(count)]
    ends, equal = [1.0], [True]
    for share in shares:
        same = share.low == share.high
        for sign, edge, idle in ((1.0, share.low, 0.0), (-1.0, share.high, 1.0)):
            if edge == idle and not same:
                continue
            within = 0.0 if share.within is None else edge * share.within
            rows.append(sign * (share.of - within))
            ends.append(sign * edge if share.within is None else 0.0)
            equal.append(same)
            if same:
                break
    rows += [minimum.of for minimum in minima]
    ends += [minimum.number / total for minimum in minima]
    equal += [False] * len(minima)
    return Limits(csr_array(np.array(rows)), np.array(ends), np.array(equal))


def nearest(available: Vector, limits: Limits, distance: Distance, start: Vector) -> Vector | None:
    """Return the factors (C,) of the nearest point that keeps all limits, or None.

    Args:
        available: (C,) in shares of the total, above 0.
        limits: what is to be kept.
        distance: what makes a point near.
        start: (L,) a first guess of the dual's unknowns; noughts will do.

    None is returned where no point keeps the limits, and where it is not found.
    """
    filled = np.asarray((abs(limits.rows)).sum(axis=1)).ravel() > 0
    idle = limits.ends[~filled]
    if (np.where(limits.equal[~filled], np.abs(idle), idle) > GOOD).any():
        return None
    rows, ends, equal = limits.rows[filled], limits.ends[filled], limits.equal[filled]
    # Rows of length one: each limit counts alike, of however few cells it is.
    length = np.sqrt((rows**2) @ available)
    rows, ends = csr_array(rows / length[:, None]), ends / length
    problem = _Problem(available, rows, csr_array(rows.T), ends, equal, distance)
    y, loose = start[filled] * length, 1.0
    # The systems are small: more threads would only wait for each other.
    with _threads().limit(limits=1, user_api="blas"), np.errstate(over="ignore"):
        for _ in range(PROXIMAL_STEPS):
            y = problem.minimise(y, loose)
            factor = distance.factor(problem.across @ y)
            missed = ends - rows @ (available * factor)
            missed[~equal] = np.maximum(missed[~equal], 0.0)
            if not np.isfinite(missed).all():
                return None
            if np.abs(missed * length).max() < GOOD:
                return factor
            loose = min(loose * 10.0, LOOSEST)
    return None


@cache
def _threads() -> ThreadpoolController:
    return ThreadpoolController()


@dataclass(frozen=True, eq=False)
class _Look:
    """The dual of one proximal step at y: value, slope (L,) and t (C,)."""

    value: float
    slope: Vector
    t: Vector


@dataclass(frozen=True, eq=False)
class _Problem:
    available: Vector
    rows: csr_array
    across: csr_array  # the rows transposed
    ends: Vector
    equal: NDArray[np.bool_]
    distance: Distance

    def minimise(self, centre: Vector, loose: float) -> Vector:
        """Return the y that minimises the dual plus |y - centre|² / (2 loose)."""
        y, here = centre, self._look(centre, centre, loose)
        for _ in range(NEWTON_STEPS):
            held = ~self.equal & (y <= 0) & (here.slope > 0)
            if np.abs(here.slope[~held]).max(initial=0.0) < GOOD / 100:
                break
            moved = self._line_search(y, here, self._direction(here, held, loose), centre, loose)
            if moved is None:
                break
            y, here = moved
        return y

    def _look(self, y: Vector, centre: Vector, loose: float) -> _Look:
        t = self.across @ y
        away = y - centre
        value = self.available @ self.distance.value(t) - self.ends @ y
        slope = self.rows @ (self.available * self.distance.factor(t)) - self.ends
        return _Look(float(value + away @ away / (2 * loose)), slope + away / loose, t)

    def _direction(self, here: _Look, held: NDArray[np.bool_], loose: float) -> Vector:
        curvature = self.available * self.distance.curvature(here.t)
        move, bent = np.flatnonzero(~held), np.flatnonzero(curvature)
        part: Any = self.rows[move][:, bent]
        system = ((part * curvature[bent]) @ part.T).toarray()
        # The second addend keeps rounding from making it singular.
        system[np.diag_indices(len(move))] += 1 / loose + 1e-13 * (1 + system.diagonal())
        direction = np.zeros(len(held))
        direction[move] = -np.linalg.solve(system, here.slope[move])
        return direction

    def _line_search(
        self, y: Vector, here: _Look, direction: Vector, centre: Vector, loose: float
    ) -> tuple[Vector, _Look] | None:
        step = 1.0
        while step > 1e-12:
            tried = y + step * direction
            tried[~self.equal] = np.maximum(tried[~self.equal], 0.0)
            then = self._look(tried, centre, loose)
            falls = then.value <= here.value + 1e-4 * float(here.slope @ (tried - y))
            # Near the end the values differ by less than they are rounded to.
            flattens = np.abs(then.slope).max() < 0.5 * np.abs(here.slope).max()
            if falls or (flattens and self.equal.all()):
                return tried, then
            step /= 2
        return None
