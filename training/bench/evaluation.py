"""Every figure of every group, with its interval: from two tables to one `Evaluation`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from training.bench.bins import ADIENCE_BINS, AgeBins
from training.bench.catalog import METRICS, Kind, Metric, Ratio
from training.bench.curves import Curves
from training.bench.groups import ATTRIBUTES, FOLD, NO_GROUP, Group, Grouping, make_grouping
from training.bench.resampling import (
    LANES,
    count_subjects,
    draw_weights,
    group_areas,
    group_medians,
    group_sums,
    percentile_bounds,
)
from training.bench.terms import Terms, make_terms

if TYPE_CHECKING:
    import pandas as pd

Numbers = NDArray[np.float64]

RESAMPLES = 1000
AS_ERRORS = "/all"  # ends the key of a figure in which unanswered samples are errors
MIN_SUBJECTS = 30  # with fewer, an interval is marked as unreliable
MIN_SAMPLES = 30  # with fewer, a group is not called the worst


@dataclass(frozen=True)
class Settings:
    """How figures and intervals are taken."""

    resamples: int = RESAMPLES
    seed: int = 0
    min_subjects: int = MIN_SUBJECTS
    min_samples: int = MIN_SAMPLES


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval."""

    value: float
    low: float  # NaN where there is no interval
    high: float
    n: int  # samples that it was taken over
    subjects: int
    reliable: bool  # the interval rests on enough subjects
    excluded: int = 0  # samples that the formula cannot take


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The figures of G groups; `draws` hold each figure (first) and its resamples.

    `draws[key]` is (G, 1 + resamples) float32, with `key` a metric's name, or its name and
    "/all" for the figure with unanswered samples as errors.
    """

    grouping: Grouping
    settings: Settings
    draws: dict[str, NDArray[np.float32]]
    exact: dict[str, Numbers]  # (G,) the figures themselves in float64
    n: dict[str, NDArray[np.int64]]  # (G,)
    subjects: dict[str, NDArray[np.int64]]
    excluded: dict[str, NDArray[np.int64]]
    samples: NDArray[np.int64]  # (G,) of the group, answered or not
    unanswered: NDArray[np.int64]  # (G,)
    curves: Curves

    @property
    def groups(self) -> list[Group]:
        """The groups, all samples first."""
        return self.grouping.groups

    @cached_property
    def index(self) -> dict[Group, int]:
        """The place of each group."""
        return {group: place for place, group in enumerate(self.groups)}

    @cached_property
    def bounds(self) -> dict[str, Numbers]:
        """The ends of the intervals, (G, 2), by key: percentiles of the resamples."""
        return {key: percentile_bounds(draws[:, 1:]) for key, draws in self.draws.items()}

    def estimate(self, key: str, group: int = 0) -> Estimate | None:
        """Return the figure of a group; None where the metric does not exist for it."""
        if key not in self.draws or not self.n[key][group]:
            return None
        low, high = self.bounds[key][group]
        subjects = int(self.subjects[key][group])
        value = float(self.exact[key][group])
        if math.isnan(value):
            return None
        return Estimate(
            value=value,
            low=float(low),
            high=float(high),
            n=int(self.n[key][group]),
            subjects=subjects,
            reliable=subjects >= self.settings.min_subjects and math.isfinite(low),
            excluded=int(self.excluded[key][group]) if key in self.excluded else 0,
        )


def evaluate(
    truth: pd.DataFrame,
    predictions: pd.DataFrame,
    bins: AgeBins = ADIENCE_BINS,
    settings: Settings | None = None,
    attributes: tuple[str, ...] = (*ATTRIBUTES, FOLD),
) -> Evaluation:
    """Return all figures of a complete predictions table in the order of the truth table.

    Intervals are percentile bootstrap intervals of `settings.resamples` resamples of subjects,
    drawn from `settings.seed`: the same tables and settings give the same bits.
    """
    settings = settings or Settings()
    grouping = make_grouping(truth, bins, attributes)
    terms = make_terms(truth, predictions, bins)
    names, matrix = terms.matrix()
    subject, subjects = _subject_codes(truth)
    keys = list(_keys(names, matrix))
    resampler = _Resampler(grouping, terms, matrix, subject)
    group_count = len(grouping.groups)
    draws: dict[str, NDArray[np.float32]] = {
        key.name: np.empty((group_count, settings.resamples + 1), dtype=np.float32) for key in keys
    }
    exact: dict[str, Numbers] = {}
    totals = np.zeros((group_count, len(names)))
    curves = Curves(terms, subject, settings.resamples)
    done = 0
    for count, weights in draw_weights(subjects, settings.resamples, settings.seed):
        sums = resampler.sums(weights)
        for key in keys:
            values = resampler.values(key, names, weights)
            draws[key.name][:, done : done + count] = values[:, :count]
            if done == 0:
                exact[key.name] = values[:, 0].copy()
                totals[:] = sums[:, :, 0]
        curves.add(weights, done, count)
        done += count
    behind = {key.counts: None for key in keys}
    counted = _count_subjects(grouping, names, matrix, subject, list(behind))
    whole = totals.round().astype(np.int64)
    return Evaluation(
        grouping=grouping,
        settings=settings,
        draws=draws,
        exact=exact,
        n={key.name: whole[:, [names[name] for name in key.counts]].sum(axis=1) for key in keys},
        subjects={key.name: counted[key.counts] for key in keys},
        excluded={
            key.name: whole[:, names[key.metric.excluded]]
            for key in keys
            if key.metric.excluded in names
        },
        samples=whole[:, names["samples"]],
        unanswered=whole[:, names["unanswered"]]
        if "unanswered" in names
        else np.zeros(group_count, dtype=np.int64),
        curves=curves,
    )


@dataclass(frozen=True)
class _Key:
    """A metric in one of its two ways, and the columns that count the samples behind it."""

    name: str
    metric: Metric
    ratios: tuple[Ratio, ...]  # `answered` is what it is divided by
    counts: tuple[str, ...]


def _keys(names: dict[str, int], matrix: Numbers) -> Iterator[_Key]:
    """Yield the metrics that exist, and those of which samples were unanswered as errors too."""
    sizes = dict(zip(names, matrix.sum(axis=0), strict=True))

    def size(columns: tuple[str, ...]) -> float:
        return float(sum(sizes.get(name, 0.0) for name in columns))

    for metric in METRICS:
        if metric.kind is not Kind.ratio:
            counts = ("age_answered",) if metric.kind is Kind.median else ("share_answered",)
            if size(counts):
                yield _Key(metric.name, metric, (), counts)
            continue
        if all(size(ratio.answered) for ratio in metric.ratios):
            yield _key(metric.name, metric, metric.ratios, names)
            missing = any(size(r.known) != size(r.answered) for r in metric.ratios if r.known)
            if metric.shares and missing:
                as_errors = tuple(Ratio(ratio.over, ratio.known) for ratio in metric.ratios)
                yield _key(f"{metric.name}{AS_ERRORS}", metric, as_errors, names)


def _key(name: str, metric: Metric, ratios: tuple[Ratio, ...], names: dict[str, int]) -> _Key:
    counts = [column for ratio in ratios for column in ratio.answered if column in names]
    return _Key(name, metric, ratios, tuple(dict.fromkeys(counts)))


@dataclass(frozen=True, eq=False)
class _Ordered:
    """The samples of each group, rising by a value, one group after the other."""

    rows: NDArray[np.int64]
    start: NDArray[np.int64]  # (G + 1,)

    @classmethod
    def by(cls, values: Numbers, grouping: Grouping, skip: str = "") -> _Ordered:
        """Order samples by `values` (NaN: left out); groups of the attribute `skip` stay empty."""
        known = np.flatnonzero(np.isfinite(values))
        known = known[np.argsort(values[known], kind="stable")]
        rows, sizes = [], np.zeros(len(grouping.groups), dtype=np.int64)
        for family in range(grouping.cell_groups.shape[1]):
            group = grouping.sample_groups(family)[known]
            inside = group != NO_GROUP
            if inside.any() and skip in grouping.groups[group[inside][0]].family:
                continue
            rows.append(known[inside][np.argsort(group[inside], kind="stable")])
            sizes += np.bincount(group[inside], minlength=len(sizes))
        return cls(np.concatenate(rows), np.concatenate([[0], np.cumsum(sizes)]))


class _Resampler:
    """Holds the samples in the orders that the sums need, for one chunk of resamples at a time."""

    def __init__(
        self, grouping: Grouping, terms: Terms, matrix: Numbers, subject: NDArray[np.int64]
    ) -> None:
        order = np.argsort(grouping.cell, kind="stable")
        self._matrix, self._subject = matrix[order], subject[order]
        cells = np.arange(len(grouping.cell_groups) + 1)
        self._start = np.searchsorted(grouping.cell[order], cells)
        self._cell_groups = grouping.cell_groups
        group_count = len(grouping.groups)
        self._sums = np.empty((group_count, matrix.shape[1], LANES))
        self._lanes = np.empty((group_count, LANES))
        errors = _Ordered.by(terms.error, grouping)
        self._errors = (terms.error[errors.rows], subject[errors.rows], errors.start)
        scores = _Ordered.by(terms.score, grouping, skip="gender")
        self._scores = (
            terms.score[scores.rows],
            terms.female[scores.rows] == 1,
            subject[scores.rows],
            scores.start,
        )

    def sums(self, weights: NDArray[np.uint8]) -> Numbers:
        """Take the sums of every group and column, (G, K, LANES)."""
        group_sums(self._matrix, self._subject, self._start, self._cell_groups, weights, self._sums)
        return self._sums

    def values(self, key: _Key, names: dict[str, int], weights: NDArray[np.uint8]) -> Numbers:
        """Return a metric of every group in every lane, (G, LANES), from the last `sums`."""
        if key.metric.kind is Kind.median:
            drawn = np.ascontiguousarray(self._columns(key.counts, names))
            group_medians(*self._errors, weights, drawn, self._lanes)
            return self._lanes
        if key.metric.kind is Kind.area:
            group_areas(*self._scores, weights, self._lanes)
            return self._lanes
        total = np.zeros(self._lanes.shape)
        with np.errstate(invalid="ignore", divide="ignore"):
            for ratio in key.ratios:
                total += self._columns(ratio.over, names) / self._columns(ratio.answered, names)
        return total / len(key.ratios)

    def _columns(self, columns: tuple[str, ...], names: dict[str, int]) -> Numbers:
        total = np.zeros(self._lanes.shape)
        for name in columns:
            if name in names:
                total += self._sums[:, names[name]]
        return total


def _subject_codes(truth: pd.DataFrame) -> tuple[NDArray[np.int64], int]:
    import pandas as pd

    codes, uniques = pd.factorize(truth["subject"])
    return codes.astype(np.int64), len(uniques)


def _count_subjects(
    grouping: Grouping,
    names: dict[str, int],
    matrix: Numbers,
    subject: NDArray[np.int64],
    counts: list[tuple[str, ...]],
) -> dict[tuple[str, ...], NDArray[np.int64]]:
    """Return, per set of counting columns, the subjects behind the figures of each group, (G,)."""
    order = np.argsort(subject, kind="stable")
    flags = np.stack(
        [matrix[:, [names[name] for name in columns]].any(axis=1) for columns in counts], axis=1
    )[order]
    found = np.zeros((len(grouping.groups), len(counts)), dtype=np.int64)
    for family in range(grouping.cell_groups.shape[1]):
        count_subjects(flags, grouping.sample_groups(family)[order], subject[order], found)
    return {columns: found[:, place] for place, columns in enumerate(counts)}
