"""A run beside the published figures of the same protocol, row by row, for all kinds of report."""

from __future__ import annotations

from dataclasses import dataclass

from training.bench.catalog import BY_NAME
from training.bench.evaluation import AS_ERRORS, Evaluation
from training.bench.published import FIGURES, Published, by_test_set, published_figures
from training.bench.report.text import NOTHING, number
from training.bench.run import BenchResult

# Our two rules of bins fill the same two columns, a line each.
OURS = (
    ("nearest bin", {"exact_bin": "exact_bin_nearest", "one_off_bin": "one_off_bin_nearest"}),
    ("interval", {"exact_bin": "exact_bin_interval", "one_off_bin": "one_off_bin_interval"}),
)
HEADINGS = ("system", *FIGURES.values(), "bin rule", "source")


@dataclass(frozen=True)
class Line:
    """One line: a system, its figures as text in the order of `FIGURES`, rule and source."""

    system: str
    cells: tuple[str, ...]
    bin_rule: str
    source: str
    ours: bool = False


def same_protocol(result: BenchResult) -> list[Line]:
    """Return our lines and the published ones of the same protocol; [] where none is published."""
    test_set = result.test_set
    rows = [
        row
        for row in published_figures(test_set.protocol)
        if row.same_protocol(test_set.protocol, test_set.variant)
    ]
    if not rows:
        return []
    lines = [_ours(result, rule, keys) for rule, keys in OURS]
    return [*lines, *(published_line(row) for row in rows)]


def apart(result: BenchResult | None = None) -> dict[str, list[Line]]:
    """Return the published lines of other protocols by test set and source."""
    rows = published_figures()
    if result is not None:
        test_set = result.test_set
        rows = [row for row in rows if not row.same_protocol(test_set.protocol, test_set.variant)]
    return titled(rows)


def titled(rows: list[Published]) -> dict[str, list[Line]]:
    """Return the lines of published rows under a title for each test set, variant and source."""
    tables = {}
    for (test_set, variant, origin), group in by_test_set(rows).items():
        title = f"{test_set} ({variant})" if variant else test_set
        tables[f"{title}: {origin}"] = [published_line(row) for row in group]
    return tables


def published_line(row: Published) -> Line:
    """Return a published row as a line."""
    cells = tuple(row.figures.get(name, NOTHING) for name in FIGURES)
    return Line(row.system, cells, row.bin_rule, f"{row.origin}; {row.remarks}")


def _ours(result: BenchResult, rule: str, keys: dict[str, str]) -> Line:
    evaluation = result.model.evaluation
    cells = tuple(_cell(evaluation, keys.get(name, name)) for name in FIGURES)
    return Line(result.model.name, cells, rule, "this run", ours=True)


def _cell(evaluation: Evaluation, name: str) -> str:
    """Return a figure; where samples are unanswered, the one with them as errors after a slash."""
    estimate = evaluation.estimate(name)
    if estimate is None:
        return NOTHING
    text = number(estimate.value, BY_NAME[name])
    as_errors = evaluation.estimate(f"{name}{AS_ERRORS}")
    return text if as_errors is None else f"{text} / {number(as_errors.value, BY_NAME[name])}"
