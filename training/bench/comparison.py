"""Two or more predictors on the very same faces, with intervals of the differences.

The same resamples of subjects are drawn for each, so what makes a resample hard is hard for all of
them, and cancels in the difference: its interval is narrower than those of the figures suggest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from curation.errors import InputError
from training.bench.bins import AgeBins
from training.bench.catalog import METRICS, Metric
from training.bench.evaluation import AS_ERRORS, Estimate, Evaluation, Settings, evaluate
from training.bench.predictions import QUANTILE_PREFIX
from training.bench.report.text import ERRORS_TITLE
from training.bench.resampling import percentile_bounds
from training.bench.run_files import SavedRun
from training.bench.truth import COLUMNS

if TYPE_CHECKING:
    import pandas as pd

# What a row must say for its columns to count: those of a predictor that says less are not
# compared with those of one that says more.
ANSWERS = {
    "gender": ("gender",),
    "female_probability": ("female_probability",),
    "age": ("age",),
    "log_age_mean": ("log_age_mean", "log_age_sigma", "log_age_gamma"),
    "age_low": ("age_low", "age_high"),
}


@dataclass(frozen=True)
class Difference:
    """A figure of another predictor minus that of the first; `low`, `high` its 95 % interval."""

    first: Estimate  # both over the samples that both answered
    estimate: Estimate
    value: float
    low: float
    high: float

    @property
    def certain(self) -> bool:
        """Whether the interval excludes 0."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Compared:
    """One metric: the first predictor's figure, and how each of the others differs."""

    metric: Metric
    title: str
    first: Estimate
    others: tuple[Difference | None, ...]


@dataclass(frozen=True)
class Comparison:
    """All metrics that exist for the first predictor."""

    names: tuple[str, ...]
    protocol: str
    samples: int
    subjects: int
    only_in_some: int  # samples that not all runs have
    settings: Settings
    rows: tuple[Compared, ...]


def compare(runs: Sequence[SavedRun], settings: Settings) -> Comparison:
    """Compare runs on the samples that all of them have.

    A figure is taken over the samples that both the first predictor and the other answered; the
    figures with unanswered samples as errors are taken over all.

    Raises:
        InputError: fewer than two runs, or they are of different test sets or label them
            differently.
    """
    if len(runs) < 2:
        raise InputError("name at least two runs to compare")
    truth, tables, left = _same_samples(runs)
    bins = runs[0].bins
    if any(run.bins != bins for run in runs):
        raise InputError("the runs have different age bins; run the benchmark again")
    alone = _figures(truth, tables[0], tables[0], bins, settings)
    pairs = [
        (
            _figures(truth, tables[0], table, bins, settings),
            _figures(truth, table, tables[0], bins, settings),
        )
        for table in tables[1:]
    ]
    silent = any(table["reason"].notna().any() for table in tables)
    rows = []
    for metric in METRICS:
        for key, title in (
            (metric.name, metric.title),
            (f"{metric.name}{AS_ERRORS}", f"{metric.title}, {ERRORS_TITLE}"),
        ):
            if key not in alone or (key.endswith(AS_ERRORS) and not silent):
                continue
            evaluation, own_key = alone[key]
            first = evaluation.estimate(own_key)
            if first is not None:
                others = tuple(_difference(key, mine, theirs) for mine, theirs in pairs)
                rows.append(Compared(metric, title, first, others))
    return Comparison(
        names=_names(runs),
        protocol=runs[0].protocol,
        samples=len(truth),
        subjects=int(truth["subject"].nunique()),
        only_in_some=left,
        settings=settings,
        rows=tuple(rows),
    )


Figures = dict[str, tuple[Evaluation, str]]  # key -> the evaluation that has it, its key there


def _figures(
    truth: pd.DataFrame,
    table: pd.DataFrame,
    beside: pd.DataFrame,
    bins: AgeBins,
    settings: Settings,
) -> Figures:
    """Return a predictor's figures beside another's: over the samples that both answered.

    Those with unanswered samples as errors are over all samples; who answered every one of them
    has no such figure of its own, so the plain one stands in.
    """
    paired = table.copy()
    for answer, columns in ANSWERS.items():
        paired.loc[beside[answer].isna(), list(columns)] = np.nan
    for name in table.columns:
        if name.startswith(QUANTILE_PREFIX) and name in beside:
            paired.loc[beside[name].isna(), name] = np.nan
    every = evaluate(truth, table, bins, settings, attributes=())
    both = evaluate(truth, paired, bins, settings, attributes=())
    figures: Figures = {}
    for metric in METRICS:
        if metric.name in both.draws:
            figures[metric.name] = (both, metric.name)
        as_errors = f"{metric.name}{AS_ERRORS}"
        if metric.shares and metric.name in every.draws:
            figures[as_errors] = (every, as_errors if as_errors in every.draws else metric.name)
    return figures


def _difference(key: str, first: Figures, other: Figures) -> Difference | None:
    if key not in first or key not in other:
        return None
    (mine, my_key), (theirs, their_key) = first[key], other[key]
    own, estimate = mine.estimate(my_key), theirs.estimate(their_key)
    if own is None or estimate is None:
        return None
    draws = theirs.draws[their_key][:1] - mine.draws[my_key][:1]
    ((low, high),) = percentile_bounds(draws[:, 1:])
    return Difference(own, estimate, estimate.value - own.value, float(low), float(high))


def _same_samples(runs: Sequence[SavedRun]) -> tuple[pd.DataFrame, list[pd.DataFrame], int]:
    """Return the truth and the predictions of the samples that all runs have."""
    import pandas as pd

    first = runs[0]
    shared = pd.Index(first.truth["sample_id"])
    everything = shared
    for run in runs[1:]:
        ids = pd.Index(run.truth["sample_id"])
        everything = everything.union(ids)
        shared = shared[shared.isin(ids)]
        if run.protocol != first.protocol or not len(shared):
            raise InputError(
                f"{run.path} ({run.protocol}) and {first.path} ({first.protocol}) are of "
                "different test sets; only runs on the same faces can be compared"
            )
    tables = []
    truth = first.truth.set_index("sample_id", drop=False).loc[shared].reset_index(drop=True)
    for run in runs:
        own = run.truth.set_index("sample_id", drop=False).loc[shared].reset_index(drop=True)
        columns = [name for name in COLUMNS if name != "fold"]
        differs = ~(own[columns].eq(truth[columns]) | (own[columns].isna() & truth[columns].isna()))
        wrong = differs.any(axis=1)
        if wrong.any():
            raise InputError(
                f"{run.path} and {first.path} label {int(wrong.sum()):,} of {len(truth):,} faces "
                f"differently, first {truth['sample_id'][wrong].iloc[0]}; run the benchmark again "
                "on one version of the labels"
            )
        indexed = run.predictions.set_index("sample_id", drop=False)
        tables.append(indexed.loc[shared].reset_index(drop=True))
    return truth, tables, len(everything) - len(shared)


def _names(runs: Sequence[SavedRun]) -> tuple[str, ...]:
    """Return the predictors' names, with their folders where two have one name."""
    names = [run.name for run in runs]
    return tuple(
        f"{run.name} ({run.path.name})" if names.count(run.name) > 1 else run.name for run in runs
    )
