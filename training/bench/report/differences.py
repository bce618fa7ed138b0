"""A comparison on the screen and as JSON."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from training.bench.catalog import Best, Metric
from training.bench.comparison import Comparison, Difference
from training.bench.report.plain import plain_estimate, rounded
from training.bench.report.text import NOTHING, number, with_unit


def print_comparison(comparison: Comparison, console: Console) -> None:
    """Print each figure of the first predictor, those of the others, and the differences."""
    first, *others = comparison.names
    table = Table(
        title=f"{comparison.protocol}: {comparison.samples:,} faces of {comparison.subjects:,} "
        "subjects",
        title_justify="left",
    )
    table.add_column("metric")
    table.add_column(first, justify="right")
    for name in others:
        table.add_column(name, justify="right")
        table.add_column("difference (95 % interval)", justify="right", no_wrap=True)
        table.add_column("n", justify="right", no_wrap=True)
    for row in comparison.rows:
        cells = [row.title, with_unit(row.first.value, row.metric)]
        for other in row.others:
            cells += _cells(other, row.metric)
        table.add_row(*cells)
    console.print(table)
    console.print(
        f"A difference is the other minus {first}, over the faces that both answered (n); * its "
        "interval excludes 0. "
        f"{comparison.settings.resamples:,} resamples of subjects, seed {comparison.settings.seed}."
    )
    if comparison.only_in_some:
        console.print(f"{comparison.only_in_some:,} faces are not in all runs and were left out.")


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


def _cells(other: Difference | None, metric: Metric) -> list[str]:
    if other is None:
        return [NOTHING, NOTHING, NOTHING]
    sign = "+" if other.value > 0 else ""
    ends = ""
    if math.isfinite(other.low):
        ends = f" ({number(other.low, metric)} … {number(other.high, metric)})"
    star = f" * {_verdict(other, metric)}" if other.certain else ""
    return [
        with_unit(other.estimate.value, metric),
        f"{sign}{number(other.value, metric)}{ends}{star}",
        f"{other.estimate.n:,}",
    ]


def _verdict(other: Difference, metric: Metric) -> str:
    """Return which of the two is better, where the metric has a better side."""
    if metric.best in (Best.high, Best.low):
        return "better" if (other.value > 0) == (metric.best is Best.high) else "worse"
    if metric.best is Best.near:
        now = abs(other.estimate.value - metric.target)
        before = abs(other.estimate.value - other.value - metric.target)
        return "nearer" if now < before else "farther"
    return ""
