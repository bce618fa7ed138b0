"""`curate status`: the funnel."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from curation import console
from curation.cli.options import WorkspaceOption


def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Show the funnel: what there is, and what was set aside at which stage for which reason.

    Nothing disappears in silence: every photograph that did not come through is counted here.

    Example: `curate status --json`
    """
    from curation.funnel import read_funnel
    from curation.workspace import open_workspace

    with open_workspace(workspace).database.session() as session:
        funnel = read_funnel(session)
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "present": funnel.present,
                    "set_aside": [
                        {"stage": stage, "reason": reason, "count": number}
                        for (stage, reason), number in funnel.set_aside.items()
                    ],
                    "to_retry": [
                        {"reason": reason, "count": number, "due": due.isoformat()}
                        for reason, number, due in funnel.to_retry
                    ],
                    "datasets": [
                        {
                            "name": name,
                            "version": number,
                            "patch": patch,
                            "candidates": pool,
                            "samples": taken,
                        }
                        for name, number, patch, pool, taken in funnel.datasets
                    ],
                    "erasures": funnel.erasures,
                },
                indent=2,
            )
        )
        return
    from rich.table import Table

    present = Table(title="what there is", title_justify="left")
    present.add_column("thing")
    present.add_column("number", justify="right")
    for thing, number in funnel.present.items():
        present.add_row(thing, f"{number:,}")
    for name, number, patch, pool, taken in funnel.datasets:
        version = f"{number}.{patch}" if patch else f"{number}"
        present.add_row(f"samples in {name} v{version} (of {pool:,} candidates)", f"{taken:,}")
    again = Table(title="media to be tried again", title_justify="left")
    again.add_column("reason")
    again.add_column("number", justify="right")
    again.add_column("the first one is due")
    for reason, number, due in funnel.to_retry:
        again.add_row(reason, f"{number:,}", f"{due:%Y-%m-%d %H:%M} UTC")
    aside = Table(title="what was set aside", title_justify="left")
    aside.add_column("stage")
    aside.add_column("reason")
    aside.add_column("number", justify="right")
    for (stage, reason), number in funnel.set_aside.items():
        aside.add_row(stage, reason, f"{number:,}")
    console.out().print(present)
    if funnel.to_retry:
        console.out().print(again)
    if funnel.set_aside:
        console.out().print(aside)
    else:
        typer.echo("nothing was set aside")
    if funnel.erasures["open"]:
        typer.echo(
            f"erasures that have not reached everything: {funnel.erasures['open']:,}; "
            "`curate erase --status` says why"
        )
