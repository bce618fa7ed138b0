"""A comparison on the screen and as JSON."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from training.bench.catalog import Best, Metric
from training.bench.comparison import Comparison, Difference
from training.bench.report.plain import plain_estimate, rounded
from training.bench.report.text import ERRORS_TITLE, NOTHING, number


def print_comparison(comparison: Comparison, console: Console) -> None:
    """Print each figure of the first predictor, those of the others, and the differences."""
    first, *others = comparison.names
    console.print(
        f"{comparison.protocol}: {comparison.samples:,} faces of {comparison.subjects:,} subjects"
    )
    for place, name in enumerate(others):
        console.print(_table(comparison, place, name))
    console.print(
        f"A difference is the other minus {first}, both over the faces that both answered (n); "
        "* its interval excludes 0. "
        f"{comparison.settings.resamples:,} resamples of subjects, seed {comparison.settings.seed}."
    )
    if comparison.only_in_some:
        console.print(f"{comparison.only_in_some:,} faces are not in all runs and were left out.")


def _table(comparison: Comparison, place: int, name: str) -> Table:
    table = Table(
        title=f"other: {name}; first: {comparison.names[0]}", title_justify="left", box=SIMPLE_HEAD,
        pad_edge=False, padding=(0, 1, 0, 0),
    )  # fmt: skip
    table.add_column("metric")
    for heading in ("first", "other", "difference"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("95 % interval", justify="right", no_wrap=True)
    table.add_column("n", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for row in comparison.rows:
        other, metric = row.others[place], row.metric
        if other is None:
            continue
        errors = row.title.endswith(ERRORS_TITLE)
        sign = "+" if other.value > 0 else ""
        known = math.isfinite(other.low)
        table.add_row(
            f"  {ERRORS_TITLE}" if errors else row.title,
            number(other.first.value, metric),
            number(other.estimate.value, metric),
            f"{sign}{number(other.value, metric)}",
            f"{number(other.low, metric)} … {number(other.high, metric)}" if known else NOTHING,
            f"{other.estimate.n:,}",
            f"* {_verdict(other, metric)}" if other.certain else "",
        )
    return table


def as_plain(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as plain values; differences are other minus first."""
    return {
        "format": "evenface comparison 1",
        "predictors": list(comparison.names),
        "protocol": comparison.protocol,
        "samples": comparison.samples,
        "subjects": comparison.subjects,
        "only_in_some": comparison.only_in_some,
        "settings": asdict(comparison.settings),
        "metrics": [
            {
                "metric": row.metric.name,
                "title": row.title,
                "first": plain_estimate(row.first),
                "others": [
                    None
                    if other is None
                    else {
                        "first": plain_estimate(other.first),
                        "figure": plain_estimate(other.estimate),
                        "difference": rounded(other.value),
                        "low": rounded(other.low),
                        "high": rounded(other.high),
                    }
                    for other in row.others
                ],
            }
            for row in comparison.rows
        ],
    }


def _verdict(other: Difference, metric: Metric) -> str:
    """Return which of the two is better, where the metric has a better side."""
    if metric.best in (Best.high, Best.low):
        return "better" if (other.value > 0) == (metric.best is Best.high) else "worse"
    if metric.best is Best.near:
        now = abs(other.estimate.value - metric.target)
        before = abs(other.estimate.value - other.value - metric.target)
        return "nearer" if now < before else "farther"
    return ""
