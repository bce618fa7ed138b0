"""Moderators' figures on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import typer
from rich.table import Table

from curation import console
from curation.moderation.quality.intervals import Share
from curation.moderation.quality.report import ModeratorFigures, QualityReport, QuestionFigures
from curation.moderation.standing import SHOWN


def percent(one: Share, *, interval: bool = True) -> str:
    """Return a share as "93 % (88–96)"; nothing of nothing."""
    if one.value is None:
        return "–"
    return f"{one.value:.0%}" + (f" ({one.low:.0%}–{one.high:.0%})" if interval else "")


def number(value: float | None, digits: int = 0) -> str:
    """Return a number, or a dash where it is not known."""
    return "–" if value is None else f"{value:,.{digits}f}"


def print_moderators(report: QualityReport, bar: float) -> None:
    """Print the table of all moderators, α, and whom it is proposed to suspend."""
    if not report.moderators:
        typer.echo("nobody has voted on the present questions yet")
        return
    table = Table(pad_edge=False, padding=(0, 1, 0, 0))
    right = ("answers", "per hour", "s each", "agree", "gold", "by others")
    for name in ("moderator", *right, ""):
        table.add_column(name, justify="right" if name in right else "left", no_wrap=bool(name))
    for one in report.moderators:
        table.add_row(
            one.pseudonym[:SHOWN],
            f"{one.pace.answers:,}",
            number(one.pace.per_hour),
            number(one.pace.median_seconds, 1),
            percent(one.agreement, interval=False),
            percent(one.gold),
            percent(one.others),
            ", ".join(_remarks(one)),
        )
    console.out().print(table)
    alphas = ", ".join(f"{name} {number(value, 2)}" for name, value in report.alpha.items())
    typer.echo(
        f"{report.answers:,} answers to {report.faces:,} faces; Krippendorff's α of the votes that "
        f"count: {alphas or 'no votes'}"
    )
    for one in report.moderators:
        if one.is_proposed:
            reasons = "; ".join(found.detail for found in one.findings)
            typer.echo(f"proposed: curate moderators suspend {one.pseudonym[:SHOWN]}  ({reasons})")
    if any(one.is_proposed for one in report.moderators):
        typer.echo(f"the bar for accuracy is {bar:.0%} (moderation.accuracy_bar)")


def _remarks(one: ModeratorFigures) -> list[str]:
    remarks = [] if one.active else ["suspended"]
    remarks += dict.fromkeys(found.kind for found in one.findings)
    return remarks + (["worsening"] if one.drift and one.drift.is_worsening else [])


def print_moderator(
    one: ModeratorFigures, changes: Sequence[tuple[datetime, str, str, str]]
) -> None:
    """Print one moderator in detail."""
    pace = one.pace
    typer.echo(f"moderator {one.pseudonym} ({'active' if one.active else 'suspended'})")
    typer.echo(
        f"{pace.answers:,} answers in {pace.hours:.1f} h of {pace.sessions:,} sessions: "
        f"{number(pace.per_hour)} an hour, {number(pace.median_seconds, 1)} s each (median), "
        f"{pace.hasty:,} in under a second"
    )
    table = Table()
    for name in ("question", "votes", "agreement", "gold", "others", "together"):
        table.add_column(name, justify="left" if name == "question" else "right")
    for attribute, figures in one.questions.items():
        table.add_row(
            attribute,
            f"{figures.votes:,}",
            percent(figures.agreement, interval=False),
            *(percent(each) for each in (figures.gold, figures.others, figures.accuracy)),
        )
    console.out().print(table)
    for attribute, figures in one.questions.items():
        if figures.confusion.sum():
            console.out().print(_confusion(attribute, figures))
    if one.drift is not None:
        blocks = " ".join(percent(block, interval=False) for block in one.drift.blocks)
        typer.echo(f"over time, early to late: {blocks} (trend z {one.drift.z:+.1f})")
    for found in one.findings:
        typer.echo(f"speaks against: {found.detail}")
    for at, status, made_by, reason in changes:
        typer.echo(f"{at:%Y-%m-%d %H:%M} {status} ({made_by})" + (f": {reason}" if reason else ""))


def _confusion(attribute: str, figures: QuestionFigures) -> Table:
    table = Table(title=f"{attribute}: rows are right, columns what was said", title_justify="left")
    table.add_column("")
    for value in figures.values:
        table.add_column(value, justify="right")
    for value, row in zip(figures.values, figures.confusion.tolist(), strict=True):
        if sum(row):
            table.add_row(value, *(f"{count:,}" if count else "·" for count in row))
    return table
