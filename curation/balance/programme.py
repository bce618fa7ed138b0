"""The linear programme: the most photographs that can be taken while every share holds.

The numbers x of photographs taken from the cells, and their total N, are the unknowns:

    maximise N   subject to   N = Σ x,   0 ≤ x ≤ available,
    low·Σ(within·x) ≤ Σ(of·x) ≤ high·Σ(within·x)   for every share,
    Σ(of·x) ≥ number                               for every minimum.

The scope of most shares is the whole dataset, whose Σ(within·x) is N itself, so the rows stay
sparse. Everything is linear in x and N together, so the optimum is exact: no dataset that keeps the
shares is larger. Where they cannot be kept, the same programme in z = x / N and v = 1 / N, which is
linear too (A. Charnes and W. W. Cooper, "Programming with linear fractional functionals", Naval
Research Logistics Quarterly 9, 1962), finds the least by which they must give way. Solved by HiGHS
(Q. Huangfu and J. A. J. Hall, "Parallelizing the dual revised simplex method", Mathematical
Programming Computation 10, 2018) through scipy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import block_array, coo_array, csr_array, diags_array

from curation.errors import EvenfaceError

INFEASIBLE = 2  # scipy's status
# What a further candidate costs when the largest total with the fewest of them is looked for.
THRIFT = 1e-4


@dataclass(frozen=True, eq=False)
class Share:
    """One share to be kept: `low` ≤ Σ(of·x) / Σ(within·x) ≤ `high`.

    `of` (C,) float64 is what a photograph of each cell counts for: 1, 0, or the share of a
    country's people who are of one race. `within` (C,) bool are the cells that it is a share of,
    or None for all of them. `target` and `value` name it to people ("gender in IN", "female").
    """

    target: str
    value: str
    of: NDArray[np.float64]
    within: NDArray[np.bool_] | None
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Minimum:
    """At least `number` photographs; `of` (C,) float64 is what one of each cell counts for."""

    target: str
    value: str
    of: NDArray[np.float64]
    number: int


@dataclass(frozen=True, eq=False)
class Optimum:
    """The solution: photographs `taken` per cell, (C,) float64, and their `total`.

    `prices` (C,) float64: by how much the total would grow per further candidate of each cell, and
    below 0 by how much it would shrink per photograph taken of a cell that gives none.
    """

    taken: NDArray[np.float64]
    total: float
    prices: NDArray[np.float64]


def largest(
    available: NDArray[np.int64],
    shares: Sequence[Share],
    minima: Sequence[Minimum] = (),
    exactly: int | None = None,
    slack: NDArray[np.float64] | None = None,
    at_least: NDArray[np.int64] | None = None,
) -> Optimum | None:
    """Return the largest choice that keeps everything, or None where there is none.

    A choice of nothing keeps every share, so without minima there always is one, if only of total
    0. With `exactly` the total is that number. `slack` (2 S,) lets every share give way by so much
    of the total: first all lower limits, then all upper ones. From each cell at least `at_least`
    (C,) photographs are taken.
    """
    count = len(available)
    system = _inequalities(count, shares, minima)
    of_total = system.of_total - (0 if slack is None else np.r_[slack, np.zeros(len(minima))])
    bounds = np.zeros((count + 1, 2))
    bounds[:count, 0] = 0 if at_least is None else at_least
    bounds[:count, 1] = available
    bounds[count] = (0, np.inf) if exactly is None else exactly
    solved = _solve(
        cost=np.r_[np.zeros(count), -1.0],
        below=block_array([[system.of_cells, _column(of_total)]], format="csr"),
        limits=system.constant,
        equal=csr_array(np.r_[np.ones(count), -1.0][np.newaxis]),
        values=np.zeros(1),
        bounds=bounds,
    )
    if solved is None:
        return None
    return Optimum(
        taken=np.clip(solved.x[:count], 0, available),
        total=float(solved.x[count]),
        prices=-np.asarray(solved.upper.marginals + solved.lower.marginals)[:count],
    )


def largest_with_more(
    available: NDArray[np.int64],
    shares: Sequence[Share],
    more: NDArray[np.bool_],
    minima: Sequence[Minimum] = (),
) -> tuple[float, NDArray[np.float64]]:
    """Return the largest total if the cells `more`, (C,) bool, had as many candidates as wanted.

    Also returns how many further candidates of each cell, (C,) float64, that takes: of the ways to
    reach the total one with the fewest. A cell is offered at most as many as the whole pool holds,
    so that the total is finite.
    """
    count, cells = len(available), np.flatnonzero(more)
    system = _inequalities(count, shares, minima)
    matrix = block_array(
        [[system.of_cells, system.of_cells[:, cells], _column(system.of_total)]], format="csr"
    )
    unknowns = count + len(cells)
    bounds = np.zeros((unknowns + 1, 2))
    bounds[:count, 1] = available
    bounds[count:unknowns, 1] = available.sum()
    bounds[-1, 1] = np.inf
    solved = _solve(
        cost=np.r_[np.zeros(count), np.full(len(cells), THRIFT), -1.0],
        below=matrix,
        limits=system.constant,
        equal=csr_array(np.r_[np.ones(unknowns), -1.0][np.newaxis]),
        values=np.zeros(1),
        bounds=bounds,
    )
    extra = np.zeros(count)
    if solved is None:
        return 0.0, extra
    extra[cells] = solved.x[count:unknowns]
    return float(solved.x[-1]), extra


def least_slack(
    available: NDArray[np.int64],
    shares: Sequence[Share],
    minima: Sequence[Minimum] = (),
    exactly: int | None = None,
) -> NDArray[np.float64] | None:
    """Return the smallest sum of deviations with which a choice exists: (2 S,), as `largest` takes.

    None where even giving way does not help, because a minimum or `exactly` asks for more
    photographs than there are.
    """
    count, limits = len(available), 2 * len(shares)
    system = _inequalities(count, shares, minima)
    # Unknowns: z (C,), slack (2 S,), v = 1 / N. The total of z is 1.
    gives = coo_array(
        (-np.ones(limits), (np.arange(limits), np.arange(limits))),
        shape=(limits + len(minima), limits),
    )
    kept: list[Any] = [system.of_cells, gives, _column(-system.constant)]
    supply: list[Any] = [diags_array(np.ones(count)), None, _column(-available.astype(np.float64))]
    bounds = np.tile([0.0, np.inf], (count + limits + 1, 1))
    if exactly is not None:
        bounds[-1] = 1.0 / exactly
    solved = _solve(
        cost=np.r_[np.zeros(count), np.ones(limits), 0.0],
        below=block_array([kept, supply], format="csr"),
        limits=np.r_[-system.of_total, np.zeros(count)],
        equal=csr_array(np.r_[np.ones(count), np.zeros(limits + 1)][np.newaxis]),
        values=np.ones(1),
        bounds=bounds,
    )
    return None if solved is None else np.asarray(solved.x[count : count + limits])


def least_slack_of_weights(
    available: NDArray[np.float64], shares: Sequence[Share], limits: tuple[float, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the smallest sum of deviations with which weights of mean 1 exist within `limits`.

    Returns (2 S,), in shares of all photographs as `largest` takes them, and the weighed
    photographs per cell (C,) that miss the shares by no more.
    """
    count, rows, total = len(available), 2 * len(shares), float(available.sum())
    system = _inequalities(count, shares, ())
    gives = coo_array((-np.ones(rows), (np.arange(rows), np.arange(rows))), shape=(rows, rows))
    bounds = np.tile([0.0, np.inf], (count + rows, 1))
    bounds[:count] = np.outer(available, limits) / total
    solved = _solve(
        cost=np.r_[np.zeros(count), np.ones(rows)],
        below=block_array([[system.of_cells, gives]], format="csr"),
        limits=-system.of_total,
        equal=csr_array(np.r_[np.ones(count), np.zeros(rows)][np.newaxis]),
        values=np.ones(1),
        bounds=bounds,
    )
    if solved is None:
        raise EvenfaceError(
            f"no weights from {limits[0]:g} to {limits[1]:g} have a mean of 1; see "
            "balance.weight_limits"
        )
    return np.asarray(solved.x[count:]), np.asarray(solved.x[:count]) * total


def least_highest_weight(
    available: NDArray[np.float64], shares: Sequence[Share], lowest: float
) -> float | None:
    """Return the smallest bound above with which weights of mean 1 keep the shares, or None.

    `lowest` is their bound below. (With 0 it is all candidates over the largest total: the draw
    and the weights are two answers to one question.)
    """
    count, total = len(available), float(available.sum())
    system = _inequalities(count, shares, ())
    supply: list[Any] = [diags_array(np.ones(count)), _column(-available / total)]
    bounds = np.tile([0.0, np.inf], (count + 1, 1))
    bounds[:count, 0] = lowest * available / total
    solved = _solve(
        cost=np.r_[np.zeros(count), 1.0],
        below=block_array([[system.of_cells, None], supply], format="csr"),
        limits=np.r_[-system.of_total, np.zeros(count)],
        equal=csr_array(np.r_[np.ones(count), 0.0][np.newaxis]),
        values=np.ones(1),
        bounds=bounds,
    )
    return None if solved is None else float(solved.x[-1])


@dataclass(frozen=True, eq=False)
class _System:
    """of_cells·x + of_total·N ≤ constant: all lower limits, all upper ones, the minima."""

    of_cells: csr_array
    of_total: NDArray[np.float64]
    constant: NDArray[np.float64]


def _inequalities(count: int, shares: Sequence[Share], minima: Sequence[Minimum]) -> _System:
    cells: list[NDArray[np.float64]] = []
    places: list[NDArray[np.int64]] = []
    of_total = np.zeros(2 * len(shares) + len(minima))
    constant = np.zeros(len(of_total))

    def put(weights: NDArray[np.float64]) -> None:
        filled = np.flatnonzero(weights)
        cells.append(weights[filled])
        places.append(filled)

    for sign, limit in ((-1.0, "low"), (1.0, "high")):
        for share in shares:
            edge = getattr(share, limit)
            if share.within is None:
                of_total[len(cells)] = -sign * edge
                put(sign * share.of)
            else:
                put(sign * (share.of - edge * share.within))
    for minimum in minima:
        constant[len(cells)] = -minimum.number
        put(-minimum.of)
    ends = np.cumsum([0, *(len(part) for part in places)])
    data = np.concatenate([*cells, np.empty(0)])
    columns = np.concatenate([*places, np.empty(0, np.int64)]).astype(np.int64)
    matrix = csr_array((data, columns, ends), shape=(len(of_total), count))
    return _System(matrix, of_total, constant)


def _column(values: NDArray[np.float64]) -> csr_array:
    return csr_array(values[:, np.newaxis])


def _solve(
    cost: Any,
    below: Any,
    limits: NDArray[np.float64],
    equal: Any,
    values: NDArray[np.float64],
    bounds: NDArray[np.float64],
) -> Any:
    solved: Any = linprog(  # type: ignore[call-overload]  # its stubs know dense matrices only
        cost, A_ub=below, b_ub=limits, A_eq=equal, b_eq=values, bounds=bounds, method="highs"
    )
    if solved.status == INFEASIBLE:
        return None
    if not solved.success:
        raise EvenfaceError(f"the balance plan cannot be solved: {solved.message}")
    return solved
