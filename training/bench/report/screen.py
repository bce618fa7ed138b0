"""Benchmark results on the screen."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from training.bench.catalog import BY_NAME
from training.bench.groupwise import gaps
from training.bench.report import beside, text
from training.bench.run import BenchResult

SHOWN = ("gender_accuracy", "mae", "one_off_bin_nearest")  # of the headlines, on a screen


def print_report(result: BenchResult, console: Console) -> None:
    """Print the figures with their intervals, the gaps between groups, and what is published."""
    console.print(_figures(result))
    for sentence in text.rules(result):
        console.print(sentence)
    if (table := _gaps(result)) is not None:
        console.print(table)
    if lines := beside.same_protocol(result):
        console.print(lines_table("Published on the same protocol", lines))
    for note in result.notes:
        console.print(note)


def print_apart(result: BenchResult | None, console: Console) -> None:
    """Print the published figures of other protocols, a table for each."""
    tables = beside.apart(result)
    console.print("Published on other protocols: not comparable with the figures above.")
    for title, lines in tables.items():
        console.print(lines_table(title, lines))


def lines_table(title: str, lines: list[beside.Line]) -> Table:
    """Return published lines as a table without the columns in which nothing stands."""
    columns = range(len(lines[0].cells))
    used = [place for place in columns if any(one.cells[place] != text.NOTHING for one in lines)]
    rules = any(line.bin_rule for line in lines)
    table = Table(title=title, title_justify="left")
    table.add_column("system", no_wrap=True)
    for place in used:
        table.add_column(beside.HEADINGS[1 + place], justify="right", no_wrap=True)
    if rules:
        table.add_column("bin rule")
    shared = len({line.source for line in lines}) == 1  # then it is said once, below
    if shared:
        table.caption, table.caption_justify = lines[0].source, "left"
    else:
        table.add_column("source")
    for line in lines:
        cells = [line.cells[place] for place in used]
        table.add_row(
            line.system, *cells, *([line.bin_rule] if rules else []),
            *([] if shared else [line.source]),
            style="bold" if line.ours else "",
        )  # fmt: skip
    return table


def _figures(result: BenchResult) -> Table:
    table = Table(
        title=f"{result.model.name}. {text.title(result)}\n{text.denominators(result)}",
        title_justify="left",
    )
    table.add_column("metric", no_wrap=True)
    table.add_column("figure", justify="right", no_wrap=True)
    table.add_column("95 % interval", justify="right", no_wrap=True)
    table.add_column("n", justify="right", no_wrap=True)
    if result.blind is not None:
        table.add_column(result.blind.name, justify="right")
    for rows in text.rows(result).values():
        for row in rows:
            blind = [] if result.blind is None else [_blind(row)]
            estimate = row.estimate
            table.add_row(
                f"  {text.ERRORS_TITLE}" if row.as_errors else row.title,
                text.with_unit(estimate.value, row.metric),
                text.interval(estimate, row.metric),
                f"{estimate.n:,}",
                *blind,
            )
        table.add_section()
    return table


def _blind(row: text.Row) -> str:
    if row.blind is None or row.as_errors:
        return text.NOTHING
    return text.number(row.blind.value, row.metric)


def _gaps(result: BenchResult) -> Table | None:
    evaluation = result.model.evaluation
    table = Table(
        title=(
            "Gaps between the worst and the best group of at least "
            f"{evaluation.settings.min_samples} faces"
        ),
        title_justify="left",
    )
    for heading in ("metric", "by", "worst", "best"):
        table.add_column(heading)
    table.add_column("gap", justify="right", no_wrap=True)
    table.add_column("95 % interval", justify="right", no_wrap=True)
    for name in SHOWN:
        metric = BY_NAME[name]
        for gap in gaps(evaluation, name):
            if len(gap.family) > 1:
                continue  # pairs are in the JSON and on the page
            table.add_row(
                metric.title,
                gap.family[0],
                f"{gap.worst.group} {text.with_unit(gap.worst.estimate.value, metric)}",
                f"{gap.best.group} {text.with_unit(gap.best.estimate.value, metric)}",
                text.number(gap.difference, metric),
                f"{text.number(gap.low, metric)} … {text.number(gap.high, metric)}",
            )
        table.add_section()
    return table if table.row_count else None
