"""A benchmark result as Markdown, to be pasted into a note."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from training.bench.catalog import BY_NAME
from training.bench.groupwise import HEADLINES, gaps
from training.bench.report import beside, text
from training.bench.run import BenchResult


def as_markdown(result: BenchResult) -> str:
    """Return the figures, gaps and published rows of a run as Markdown tables."""
    return "\n".join(_lines(result)) + "\n"


def _lines(result: BenchResult) -> Iterator[str]:
    yield f"# {result.model.name} on {result.test_set.protocol}"
    yield ""
    yield f"{text.title(result)}. {text.denominators(result)}"
    yield ""
    blind = [] if result.blind is None else [result.blind.name]
    rows = [
        [
            row.title,
            text.with_unit(row.estimate.value, row.metric),
            text.interval(row.estimate, row.metric),
            f"{row.estimate.n:,}",
            *(
                []
                if result.blind is None
                else [
                    text.NOTHING
                    if row.blind is None or row.as_errors
                    else text.with_unit(row.blind.value, row.metric)
                ]
            ),
        ]
        for section in text.rows(result).values()
        for row in section
    ]
    yield from table(["metric", result.model.name, "95 % interval", "n", *blind], rows)
    yield ""
    for sentence in [*text.rules(result), *result.notes]:
        yield sentence
        yield ""
    found = [
        [
            BY_NAME[name].title,
            " × ".join(gap.family),
            f"{gap.worst.group} {text.with_unit(gap.worst.estimate.value, BY_NAME[name])}",
            f"{gap.best.group} {text.with_unit(gap.best.estimate.value, BY_NAME[name])}",
            text.number(gap.difference, BY_NAME[name]),
            f"{text.number(gap.low, BY_NAME[name])} … {text.number(gap.high, BY_NAME[name])}",
        ]
        for name in HEADLINES
        for gap in gaps(result.model.evaluation, name)
    ]
    if found:
        yield "## Gaps between the worst and the best group"
        yield ""
        yield f"Groups of at least {result.model.evaluation.settings.min_samples} faces."
        yield ""
        yield from table(["metric", "by", "worst", "best", "gap", "95 % interval"], found)
        yield ""
    if lines := beside.same_protocol(result):
        yield "## Published on the same protocol"
        yield ""
        yield from table(
            list(beside.HEADINGS),
            [[line.system, *line.cells, line.bin_rule, line.source] for line in lines],
        )


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    yield _row(headings)
    yield _row(["---"] * len(headings))
    for row in rows:
        yield _row(row)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
