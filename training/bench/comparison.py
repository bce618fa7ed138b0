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
    alone = _figures(truth, tables[0], tables[0], bins_of=runs[0], settings=settings)
    pairs = [
        (
            _figures(truth, tables[0], table, bins_of=runs[0], settings=settings),
            _figures(truth, table, tables[0], bins_of=runs[0], settings=settings),
        )
        for table in tables[1:]
    ]
    rows = []
    for metric in METRICS:
        for key, title in (
            (metric.name, metric.title),
            (f"{metric.name}{AS_ERRORS}", f"{metric.title}, {ERRORS_TITLE}"),
        ):
            others = tuple(_difference(key, mine, theirs) for mine, theirs in pairs)
            first = _estimate(key, alone)
            if first is not None and (key in alone or any(key in theirs for _, theirs in pairs)):
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


def _figures(
    truth: pd.DataFrame,
    table: pd.DataFrame,
    beside: pd.DataFrame,
    bins_of: SavedRun,
    settings: Settings,
) -> dict[str, Evaluation]:
    """Return, by key, the evaluation that holds a predictor's figures beside another's."""
    paired = table.copy()
    for answer, columns in ANSWERS.items():
        paired.loc[beside[answer].isna(), list(columns)] = np.nan
    for name in table.columns:
        if name.startswith(QUANTILE_PREFIX) and name in beside:
            paired.loc[beside[name].isna(), name] = np.nan
    every = evaluate(truth, table, bins_of.bins, settings, attributes=())
    both = evaluate(truth, paired, bins_of.bins, settings, attributes=())
    return {
        **{key: every for key in every.draws if key.endswith(AS_ERRORS)},
        **{key: both for key in both.draws if not key.endswith(AS_ERRORS)},
    }


def _present(key: str, figures: dict[str, Evaluation]) -> str | None:
    """Return the key under which a predictor has this figure.

    Who answered every sample has no figure of its own with errors: it is the plain one.
    """
    plain = key.removesuffix(AS_ERRORS)
    return key if key in figures else plain if plain in figures else None


def _estimate(key: str, figures: dict[str, Evaluation]) -> Estimate | None:
    present = _present(key, figures)
    return None if present is None else figures[present].estimate(present)


def _difference(
    key: str, first: dict[str, Evaluation], other: dict[str, Evaluation]
) -> Difference | None:
    mine, theirs = _present(key, first), _present(key, other)
    own, estimate = _estimate(key, first), _estimate(key, other)
    if mine is None or theirs is None or own is None or estimate is None:
        return None
    draws = other[theirs].draws[theirs][:1] - first[mine].draws[mine][:1]
    ((low, high),) = percentile_bounds(draws[:, 1:])
    return Difference(estimate, estimate.value - own.value, float(low), float(high))


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
