"""The plan: how many photographs each cell gives, the proof that no more can be taken, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from curation.balance.cells import Cells
from curation.balance.even import most_even
from curation.balance.programme import Minimum, Optimum, Share, largest, least_slack
from curation.balance.raking import LIMITS, MARGIN, Raked, weights
from curation.balance.rounding import WHOLE, missed_by, whole_photographs
from curation.balance.targets import Target
from curation.errors import EvenfaceError

# What a share may give way beyond the least, so that the solver's last bits do not shut the door.
EPSILON = 1e-9


@dataclass(frozen=True)
class Relaxed:
    """A share that could not be kept, and what it gave way to; all as shares of their scope."""

    target: str
    value: str
    low: float  # what was wanted
    high: float
    reached: float

    def __str__(self) -> str:
        """Say what was wanted and what there is: "country JP: 10 % wanted, 0 % reached"."""
        wanted = (
            f"{self.low:.3g}" if self.high == self.low else f"{self.low:.3g} to {self.high:.3g}"
        )
        return f"{self.target} {self.value}: a share of {wanted} wanted, {self.reached:.3g} reached"


@dataclass(frozen=True, eq=False)
class Plan:
    """How many photographs each cell gives.

    `taken` (C,) int64; `bound` is the total of the linear programme, which no dataset that keeps
    the targets exceeds; `prices` (C,) float64 by how much the bound grows per further candidate.
    `relaxed` are the targets that had to give way, by the least that is possible. Where everything
    is kept and weighed instead (`weigh`), `raked` tells the weights, and the bound is the total.
    """

    cells: Cells
    taken: NDArray[np.int64]
    bound: float
    prices: NDArray[np.float64]
    shares: tuple[Share, ...]
    relaxed: tuple[Relaxed, ...]
    minima: tuple[Minimum, ...] = ()
    exactly: int | None = None
    raked: Raked | None = None

    @property
    def weights(self) -> NDArray[np.float64]:
        """What a photograph of each cell counts for, (C,): 1, unless they are weighed."""
        return np.ones(len(self.cells)) if self.raked is None else self.raked.weights

    @property
    def total(self) -> int:
        """Photographs in the dataset."""
        return int(self.taken.sum())

    @property
    def gap(self) -> float:
        """What rounding to whole photographs cost, as a share of the bound."""
        return (self.bound - self.total) / self.bound if self.bound else 0.0

    @property
    def worst_deviation(self) -> float:
        """By how much the worst share is missed, as a share of the dataset; relaxed ones apart."""
        given_up = {(one.target, one.value) for one in self.relaxed}
        counted = self.taken * self.weights
        missed = [
            missed_by(counted, share)
            for share in self.shares
            if (share.target, share.value) not in given_up
        ]
        return max(missed, default=0.0) / self.total if self.total else 0.0

    def frame(self) -> pd.DataFrame:
        """Return one row per cell: its values, `available` and `planned`."""
        return self.cells.frame().assign(planned=self.taken)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON: the bound, how near the shares are, what gave way."""
        weighed = {} if self.raked is None else {"effective": round(self.raked.effective, 3)}
        return {
            "bound": round(self.bound, 6),
            "worst_deviation": self.worst_deviation,
            "relaxed": [asdict(one) for one in self.relaxed],
            **weighed,
        }


def make_plan(
    cells: Cells,
    targets: Sequence[Target],
    *,
    exactly: int | None = None,
    minima: Sequence[Minimum] = (),
) -> Plan:
    """Return the largest dataset that keeps all targets, or that of `exactly` so many.

    Where the targets leave no photograph to take (or not `exactly` so many), they give way by
    the smallest sum of deviations, and then the dataset is the largest with those.

    Raises:
        EvenfaceError: there are fewer candidates than `exactly` or the minima ask for.
    """
    shares = [row for target in targets for row in target.rows(cells)]
    best = largest(cells.available, shares, minima, exactly)
    slack = None
    if best is None or best.total < 1:
        slack = least_slack(cells.available, shares, minima, exactly)
        if slack is not None:
            slack = slack + EPSILON
            best = largest(cells.available, shares, minima, exactly, slack)
    if best is None or (slack is None and best.total < 1):
        raise EvenfaceError(_too_few(cells, minima, exactly))
    loosened = [] if slack is None else _loosened(shares, slack, best.taken)
    kept = _kept(shares, slack, best.taken)
    taken = whole_photographs(_corner(cells, kept, minima, exactly, best), kept, minima, exactly)
    return Plan(
        cells=cells,
        taken=taken,
        bound=best.total,
        prices=np.maximum(best.prices, 0.0),
        shares=tuple(shares),
        relaxed=tuple(loosened),
        minima=tuple(minima),
        exactly=exactly,
    )


def weigh(cells: Cells, targets: Sequence[Target], limits: tuple[float, float] = LIMITS) -> Plan:
    """Return the plan that keeps every candidate, weighed so that all targets are met.

    Where no weights within `limits` meet them they give way by the smallest sum of deviations.

    Raises:
        EvenfaceError: the targets leave nothing to be weighed.
    """
    raked = weights(cells, targets, limits)
    taken = np.where(raked.weights > 0, cells.available, 0)
    counted = taken * raked.weights
    gave = []
    for share, kept in zip(raked.shares, raked.kept, strict=True):
        if max(share.low - kept.low, kept.high - share.high) > 10 * MARGIN:
            scope = _scope(share, counted)
            reached = float(share.of @ counted) / scope if scope else 0.0
            gave.append(Relaxed(share.target, share.value, share.low, share.high, reached))
    return Plan(
        cells=cells,
        taken=taken,
        bound=float(taken.sum()),
        prices=np.zeros(len(cells)),
        shares=raked.shares,
        relaxed=tuple(gave),
        raked=raked,
    )


def _corner(
    cells: Cells,
    shares: Sequence[Share],
    minima: Sequence[Minimum],
    exactly: int | None,
    best: Optimum,
) -> NDArray[np.float64]:
    """Return the most even optimum, (C,) float64, with whole photographs in all but a few cells.

    Each cell keeps its number or the next whole one, and the limits still hold: a corner of what
    is left to choose has no more fractions than there are limits.
    """
    even = most_even(cells.available, shares, minima, best)
    floor = np.floor(even + WHOLE).astype(np.int64)
    ceiling = np.minimum(np.ceil(even - WHOLE).astype(np.int64), cells.available)
    near = largest(ceiling, shares, minima, exactly, at_least=floor)
    return best.taken if near is None else near.taken


def _kept(
    shares: Sequence[Share], slack: NDArray[np.float64] | None, taken: NDArray[np.float64]
) -> list[Share]:
    """Return the shares with their limits moved to where they gave way."""
    if slack is None:
        return list(shares)
    total = float(taken.sum())
    kept = []
    for place, share in enumerate(shares):
        scope = _scope(share, taken)
        below, above = slack[place], slack[len(shares) + place]
        ratio = total / scope if scope else 1.0
        kept.append(
            Share(
                share.target,
                share.value,
                share.of,
                share.within,
                max(0.0, share.low - below * ratio),
                min(1.0, share.high + above * ratio),
            )
        )
    return kept


def _loosened(
    shares: Sequence[Share], slack: NDArray[np.float64], taken: NDArray[np.float64]
) -> list[Relaxed]:
    loosened = []
    for place, share in enumerate(shares):
        if max(slack[place], slack[len(shares) + place]) > 10 * EPSILON:
            scope = _scope(share, taken)
            reached = float(share.of @ taken) / scope if scope else 0.0
            loosened.append(Relaxed(share.target, share.value, share.low, share.high, reached))
    return loosened


def _scope(share: Share, taken: NDArray[np.float64]) -> float:
    return float(taken.sum() if share.within is None else taken[share.within].sum())


def _too_few(cells: Cells, minima: Sequence[Minimum], exactly: int | None) -> str:
    there = int(cells.available.sum())
    if exactly is not None and exactly > there:
        return f"a dataset of {exactly:,} was asked for, but there are only {there:,} candidates"
    for minimum in minima:
        found = int(minimum.of @ cells.available + 1e-6)
        if found < minimum.number:
            return (
                f"at least {minimum.number:,} photographs of {minimum.value} were asked for, "
                f"but there are only {found:,} candidates"
            )
    return f"no dataset can be drawn from these {there:,} candidates"
