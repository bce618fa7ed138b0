"""Weights instead of a draw: everything is kept, and what there is too little of counts for more.

Among all weights that meet the targets these are the nearest to 1, in the sense of
Σ available · (w log w - w + 1): those to which raking converges (W. E. Deming and F. F. Stephan,
"On a least squares adjustment of a sampled frequency table when the expected marginal totals are
known", Annals of Mathematical Statistics 11, 1940). They are found by Newton's method on the dual
instead of by scaling row after row, which bears floors, ceilings, fractional shares and bounds on
the weights, and converges in a few steps (J.-C. Deville, C.-E. Särndal and O. Sautory, "Generalized
raking procedures in survey sampling", Journal of the American Statistical Association 88, 1993).

A weight of 3 makes a photograph count three times in the loss, or come three times as often in the
sampler; the mean weight is 1. The price of weights is noise: 10,000 photographs of which a few
count for much teach as little as the *effective* number of equal ones,

    (Σ w)² / Σ w²    (L. Kish, "Survey Sampling", 1965).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from curation.balance.cells import Cells
from curation.balance.dual import Vector, limits_of, nearest
from curation.balance.programme import Share, least_highest_weight, least_slack_of_weights
from curation.balance.targets import Target
from curation.errors import EvenfaceError

LIMITS = (0.1, 10.0)  # of a weight, the mean being 1
MARGIN = 1e-6  # what shares give way beyond the least, so that there is room for the nearest


@dataclass(frozen=True, eq=False)
class Raked:
    """Weights, and how well they do.

    `weights` (C,) float64: what a photograph of each cell counts for, 1 in the mean; 0 in cells
    that the targets give no share. `shares` are the targets' rows, `kept` the same, moved to where
    they gave way. `effective` is Kish's number of photographs. `unmet` says in a sentence why not
    every target is met; it is empty where all are.
    """

    weights: Vector
    shares: tuple[Share, ...]
    kept: tuple[Share, ...]
    effective: float
    unmet: str


class Trimmed:
    """The distance Σ available · (w log w - w + 1), of weights between two bounds."""

    def __init__(self, lowest: float, highest: float) -> None:
        self.lowest, self.highest = lowest, highest
        self.ends = np.log(lowest), np.log(highest)

    def value(self, t: Vector) -> Vector:
        """Return Φ(t): exp(t), straight on outside of the bounds."""
        weight = self.factor(t)
        value: Vector = weight + weight * (t - np.clip(t, *self.ends))
        return value

    def factor(self, t: Vector) -> Vector:
        """Return the weight."""
        weight: Vector = np.exp(np.clip(t, *self.ends))
        return weight

    def curvature(self, t: Vector) -> Vector:
        """Return the weight inside of the bounds, 0 outside."""
        return np.where((t > self.ends[0]) & (t < self.ends[1]), self.factor(t), 0.0)


def weights(cells: Cells, targets: Sequence[Target], limits: tuple[float, float] = LIMITS) -> Raked:
    """Return what a photograph of each cell shall count for, so that all targets are met.

    Where no weights within `limits` (the lowest, the highest; the mean is 1) meet them, the targets
    give way by the smallest sum of deviations, and `unmet` says what stands in the way.

    Raises:
        EvenfaceError: the targets leave nothing to be weighed.
    """
    shares = [row for target in targets for row in target.rows(cells)]
    banned = np.zeros(len(cells), dtype=bool)
    for share in shares:
        if share.high == 0:
            banned |= share.of > 0
    inside = np.flatnonzero(~banned & (cells.available > 0))
    if not len(inside):
        raise EvenfaceError(
            f"the targets leave none of these {int(cells.available.sum()):,} candidates"
        )
    available = cells.available[inside].astype(np.float64)
    left = [_restricted(share, inside) for share in shares]
    unmet = _why_not(available, left, limits)
    kept = _loosened(available, left, limits) if unmet else left
    found = _rake(available, kept, limits)
    if found is None:
        raise EvenfaceError(
            f"no weights from {limits[0]:g} to {limits[1]:g} could be found; wider "
            "balance.weight_limits or a tolerance for the targets would leave them room"
        )
    full = np.zeros(len(cells))
    full[inside] = found
    return Raked(
        weights=full,
        shares=tuple(shares),
        kept=tuple(
            replace(share, low=moved.low, high=moved.high)
            for share, moved in zip(shares, kept, strict=True)
        ),
        effective=effective_number(available, found),
        unmet=unmet,
    )


def effective_number(available: NDArray[np.float64], weights: Vector) -> float:
    """Return (Σ w)² / Σ w² over the photographs: Kish's effective number of them."""
    squares = float(available @ weights**2)
    return float(available @ weights) ** 2 / squares if squares else 0.0


def _restricted(share: Share, inside: NDArray[np.int64]) -> Share:
    within = None if share.within is None else share.within[inside]
    return replace(share, of=share.of[inside], within=within)


def _rake(available: Vector, shares: Sequence[Share], limits: tuple[float, float]) -> Vector | None:
    total = float(available.sum())
    system = limits_of(len(available), shares, (), total)
    return nearest(available / total, system, Trimmed(*limits), np.zeros(len(system.ends)))


def _loosened(
    available: Vector, shares: Sequence[Share], limits: tuple[float, float]
) -> list[Share]:
    """Return the shares moved by the least with which there are weights within the limits."""
    slack, taken = least_slack_of_weights(available, shares, limits)
    moved = []
    for at, share in enumerate(shares):
        scope = float(taken.sum() if share.within is None else taken[share.within].sum())
        ratio = float(available.sum()) / scope if scope else 1.0
        below, above = slack[at] * ratio, slack[len(shares) + at] * ratio
        margin = MARGIN if share.low < share.high or below or above else 0.0
        low, high = share.low - below - margin, share.high + above + margin
        moved.append(replace(share, low=max(0.0, low), high=min(1.0, high)))
    return moved


def _why_not(available: Vector, shares: Sequence[Share], limits: tuple[float, float]) -> str:
    """Return why no weights within the limits meet the shares; nothing where some do."""
    needed = least_highest_weight(available, shares, limits[0])
    if needed is not None and needed <= limits[1]:
        return ""
    if needed is not None:
        return (
            f"the targets need weights up to {needed:.4g}, and balance.weight_limits allows none "
            f"above {limits[1]:g}"
        )
    for share in shares:
        if share.low > 0 and not share.of.any() and (share.within is None or share.within.any()):
            return f"there is no candidate for {share.target} {share.value}"
    if least_highest_weight(available, shares, 0.0) is not None:
        return (
            "the targets need weights nearer to 0 than balance.weight_limits allows, which is "
            f"{limits[0]:g}"
        )
    return "the targets contradict each other, so that no weights meet all of them"
