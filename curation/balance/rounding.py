"""Whole photographs: the linear programme's fractions rounded so that the shares still hold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from curation.balance.programme import Minimum, Share

WHOLE = 1e-6  # nearer to a whole number than this is that number
# What a share missed by m photographs costs while rounding: m to this power, so that the worst
# counts most.
POWER = 4


def whole_photographs(
    taken: NDArray[np.float64],
    shares: Sequence[Share],
    minima: Sequence[Minimum] = (),
    exactly: int | None = None,
) -> NDArray[np.int64]:
    """Return whole numbers, (C,) int64, each the fraction below or above in `taken` (C,) float64.

    A vertex of the programme has no more fractional cells than it has rows, so little is at stake.
    Every cell is floored; then, as long as that brings the shares nearer, one cell gets its
    photograph back, gives it up again, or swaps it with another, whichever brings most. The total
    never exceeds that of `taken` (with `exactly`, it is that), so a share is in the end missed by
    about one photograph at the most: a third of 100 photographs is 33 or 34.
    """
    floor = np.floor(taken + WHOLE).astype(np.int64)
    open_cells = np.flatnonzero(taken - floor > WHOLE)
    if not len(open_cells):
        return floor
    total = exactly if exactly is not None else int(np.floor(taken.sum() + WHOLE))
    up = _round_up(floor, taken, open_cells, _limits(shares, minima, len(floor)), total)
    floor[open_cells] += up
    return floor


def missed_by(taken: NDArray[np.int64] | NDArray[np.float64], share: Share) -> float:
    """Return by how many photographs `share` is missed; 0 where it holds."""
    of = float(share.of @ taken)
    scope = float(taken.sum() if share.within is None else taken[share.within].sum())
    return max(0.0, share.low * scope - of, of - share.high * scope)


def _limits(
    shares: Sequence[Share], minima: Sequence[Minimum], count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return rows (L, C) and ends (L,): rows @ photographs ≤ ends is what has to hold."""
    rows = []
    for share in shares:
        within = np.ones(count) if share.within is None else share.within.astype(np.float64)
        if share.low > 0:
            rows.append(share.low * within - share.of)
        if share.high < 1:
            rows.append(share.of - share.high * within)
    ends = [0.0] * len(rows)
    for minimum in minima:
        rows.append(-minimum.of)
        ends.append(-float(minimum.number))
    return np.array(rows).reshape(-1, count), np.array(ends)


def _round_up(
    floor: NDArray[np.int64],
    taken: NDArray[np.float64],
    open_cells: NDArray[np.int64],
    limits: tuple[NDArray[np.float64], NDArray[np.float64]],
    total: int,
) -> NDArray[np.int64]:
    rows, ends = limits
    over = rows @ floor - ends  # photographs above each limit
    steps = rows[:, open_cells]  # (L, F): what one photograph more changes
    up = np.zeros(len(open_cells), dtype=np.int64)
    left = total - int(floor.sum())
    # The largest fractions first: they lost most.
    first = np.argsort(floor[open_cells] - taken[open_cells], kind="stable")[:left]
    up[first] = 1
    over = over + steps[:, first].sum(axis=1)
    while True:
        ups, downs = np.flatnonzero(up), np.flatnonzero(up == 0)
        if not len(ups) or not len(downs):
            return up
        # (U, D): the cost after each swap of a cell that is up with one that is down.
        swapped = np.stack(
            [_cost(over[:, None] - steps[:, [cell]] + steps[:, downs]) for cell in ups]
        )
        best = int(np.argmin(swapped))
        if swapped.flat[best] >= _cost(over[:, None])[0] * (1 - 1e-9):
            return up
        out, back = ups[best // len(downs)], downs[best % len(downs)]
        up[out], up[back] = 0, 1
        over = over - steps[:, out] + steps[:, back]


def _cost(over: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (N,) costs of N states, the columns of `over` (L, N)."""
    missed = np.maximum(over, 0.0)
    cost: NDArray[np.float64] = (missed**POWER).sum(axis=0)
    return cost
