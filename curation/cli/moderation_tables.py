"""How a campaign stands, on the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer
from rich.table import Table

from curation import console
from curation.moderation.standing import SHOWN

COUNTRIES = 12


def print_state(state: Mapping[str, Any]) -> None:
    """Print the figures of a campaign (`curation.moderation.view.state`)."""
    faces = state["faces"]
    if not faces["all"]:
        typer.echo("no face was put to the moderators yet; run `curate push`")
        return
    table = Table()
    for name in ("", "faces", "decided", "contested", "open"):
        table.add_column(name, justify="right" if name else "left")
    _add(table, "all", faces)
    for title in ("questions", "countries", "ages"):
        table.add_section()
        table.add_row(f"[bold]{title}[/bold]")
        rows = list(state[title].items())
        for name, tally in rows[:COUNTRIES] if title == "countries" else rows:
            _add(table, f"  {name}", tally)
        if title == "countries" and len(rows) > COUNTRIES:
            table.add_row(f"  … and {len(rows) - COUNTRIES} more (--json has all)")
    console.out().print(table)
    typer.echo(_pace(state))
    if state["cost"]:
        cost = state["cost"]
        typer.echo(
            f"cost: {cost['spent']:,.2f} {cost['currency']} so far, "
            f"{cost['to_come']:,.2f} {cost['currency']} to come"
        )
    if state["waiting_for_verdicts"]:
        typer.echo(f"{state['waiting_for_verdicts']:,} faces wait for `curate pull` to judge them")
    quality = state["quality"]
    _print_moderators(quality)


def _add(table: Table, name: str, tally: Mapping[str, int]) -> None:
    decided = f"{tally['decided']:,}"
    if tally["all"]:
        decided += f" ({tally['decided'] / tally['all']:.0%})"
    table.add_row(
        name, f"{tally['all']:,}", decided, f"{tally['contested']:,}", f"{tally['open']:,}"
    )


def _pace(state: Mapping[str, Any]) -> str:
    line = f"{state['answers']:,} answers"
    if state["suspended_answers"]:
        line += f", of which {state['suspended_answers']:,} of suspended moderators do not count"
    if state["answers_per_decided_face"]:
        line += f"; {state['answers_per_decided_face']:.2f} per decided face"
    rate, left = state["answers_per_hour"], state["hours_left"]
    if left == 0:
        return line + "; nothing is left to answer"
    line += f"; {state['answers_to_come']:,} to come"
    if rate is None:
        return line + ", and no answer in the last 24 h"
    return line + f": {left:,.1f} h at {rate:,.0f} an hour"


def _print_moderators(quality: Mapping[str, Any]) -> None:
    people = quality["moderators"]
    if not people:
        typer.echo("nobody has voted yet")
        return
    active = sum(one["status"] == "active" for one in people)
    alphas = ", ".join(
        f"{name} {value:.2f}" for name, value in quality["alpha"].items() if value is not None
    )
    typer.echo(
        f"moderators: {active} active, {len(people) - active} suspended; Krippendorff's α: "
        f"{alphas or 'not defined yet'} (`curate moderators` shows each)"
    )
    for one in people:
        if one["proposed"]:
            reasons = ", ".join(dict.fromkeys(found["kind"] for found in one["findings"]))
            shown = one["moderator"][:SHOWN]
            typer.echo(f"proposed: curate moderators suspend {shown}  ({reasons})")
