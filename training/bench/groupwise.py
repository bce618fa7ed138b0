"""What groups tell: the worst of them, and the gaps between the best and the worst."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.bench.catalog import BY_NAME, Best, Metric
from training.bench.evaluation import Estimate, Evaluation
from training.bench.groups import Group
from training.bench.resampling import percentile_bounds

# What a reader asks of groups first; every metric of every group is in the JSON.
HEADLINES = (
    "gender_accuracy", "mae", "one_off_bin_nearest", "one_off_bin_interval", "crps", "coverage_80",
)  # fmt: skip


@dataclass(frozen=True)
class GroupFigure:
    """A figure of one group."""

    group: Group
    estimate: Estimate


@dataclass(frozen=True)
class Gap:
    """The worst and the best group of one family, as they are in the sample, and the difference.

    `low` and `high` are the ends of the 95 % interval of worst - best for this very pair, from
    the same resamples. Picking the extremes of many groups overstates a gap: the more groups and
    the smaller, the more.
    """

    family: tuple[str, ...]
    worst: GroupFigure
    best: GroupFigure
    difference: float
    low: float
    high: float
    groups: int  # how many were large enough to be compared


def badness(metric: Metric, value: float) -> float:
    """Return how bad a value is: the larger the worse."""
    if metric.best is Best.high:
        return -value
    return abs(value - metric.target) if metric.best is Best.near else value


def ranked(
    evaluation: Evaluation, name: str, family: tuple[str, ...] | None = None
) -> list[GroupFigure]:
    """Return the groups of at least `settings.min_samples` samples, the worst first.

    Of one family, or of all single attributes and pairs.
    """
    metric = BY_NAME[name]
    found = []
    for place, group in enumerate(evaluation.groups):
        if not group.family or (family is not None and group.family != family):
            continue
        estimate = evaluation.estimate(name, place)
        if estimate is not None and estimate.n >= evaluation.settings.min_samples:
            found.append(GroupFigure(group, estimate))
    return sorted(found, key=lambda figure: -badness(metric, figure.estimate.value))


def gaps(evaluation: Evaluation, name: str) -> list[Gap]:
    """Return the gap of each family that has at least two groups large enough."""
    families = dict.fromkeys(group.family for group in evaluation.groups if group.family)
    found = []
    for family in families:
        order = ranked(evaluation, name, family)
        if len(order) < 2:
            continue
        worst, best = order[0], order[-1]
        pair = [evaluation.index[figure.group] for figure in (worst, best)]
        draws = evaluation.draws[name][pair]
        ((low, high),) = percentile_bounds(np.diff(draws[::-1, 1:], axis=0))
        found.append(
            Gap(
                family=family,
                worst=worst,
                best=best,
                difference=worst.estimate.value - best.estimate.value,
                low=float(low),
                high=float(high),
                groups=len(order),
            )
        )
    return found
