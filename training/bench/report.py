"""Benchmark results for people and for programs: a table, and JSON."""

from __future__ import annotations

import json
import math
from pathlib import Path

from rich.console import Console
from rich.table import Table

from training.bench.metrics import AGE_BINS, BIN_RULE, Figure
from training.bench.run import METRICS, BenchResult
from training.files import write_atomically


def print_report(result: BenchResult, console: Console) -> None:
    """Print one table: a line per metric with its n, a column per predictor, the rules below."""
    data = ", ".join(f"{key} {value}" for key, value in result.data.items() if "sha256" not in key)
    table = Table(
        title=f"Protocol {result.protocol}: {data}; {result.samples:,} faces",
        caption=caption(result),
        caption_justify="left",
    )
    table.add_column("metric", no_wrap=True)
    table.add_column("n", justify="right", no_wrap=True)
    for row in result.rows:
        table.add_column(row.predictor, justify="right")
    for name, (title, _, _) in METRICS.items():
        cells = [row.figures.get(name) for row in result.rows]
        known = [figure for figure in cells if figure is not None]
        if known:
            table.add_row(title, f"{known[0].n:,}", *(cell(name, figure) for figure in cells))
    console.print(table)


def caption(result: BenchResult) -> str:
    """Return the rules that the figures follow."""
    bins = ", ".join(f"{low}-{high}" for low, high in AGE_BINS)
    excluded = max(row.figures["mape"].excluded for row in result.rows if "mape" in row.figures)
    return (
        f"Age bins {bins}; {BIN_RULE} rule: an age belongs to the bin nearest to it, between two "
        f"to the younger. MAPE leaves out ages of 0 (here {excluded:,})."
    )


def cell(name: str, figure: Figure | None) -> str:
    """Return the value of the metric `name` as text in its unit; "-" where there is none."""
    if figure is None or math.isnan(figure.value):
        return "-"
    _, unit, decimals = METRICS[name]
    value = figure.value * 100 if unit == "%" else figure.value
    return f"{value:.{decimals}f} {unit}"


def write_json(result: BenchResult, path: Path) -> None:
    """Write all figures and settings; the same result gives the same bytes."""
    content = json.dumps(result.as_dict(), indent=2, sort_keys=True, ensure_ascii=False)
    write_atomically(path, (content + "\n").encode())
