"""`curate optouts`: refuse people and pictures before they come, in bulk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from curation import console
from curation.cli.erase import YesOption, carry_out, conclude, finish_open
from curation.cli.options import WorkspaceOption

app = console.app(
    "Refuse authors, addresses and photographs, whether they are here already or may come later."
)


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV file of opt-outs.")],
    yes: YesOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Take in a CSV of opt-outs: erase what is here of them, and refuse it from now on.

    Columns, all optional: author (KIND:ID), url (of a post or picture), sha256 (of a photograph),
    image (a file beside the CSV, with the photograph or a copy), request (your reference; each has
    a receipt of its own). What was imported before is left alone, so the file of a public form can
    grow and be imported every night.

    Example: `curate optouts import optouts.csv --yes`, where optouts.csv holds

        author,url,image,request
        mastodon:@anna@example.social,,,F-101
        ,https://example.org/p/17,,F-102
        ,,uploads/103.jpg,F-103
    """
    from curation.privacy.erasure import nothing_else_running
    from curation.privacy.optouts import read_optouts
    from curation.workspace import open_workspace

    opened = open_workspace(workspace)
    requests = read_optouts(opened, file, lambda text: typer.echo(f"notice: {text}", err=True))
    with nothing_else_running(opened):
        told = finish_open(opened)
        for request, wishes in requests.items():
            typer.echo(f"request {request or 'without a reference'}:")
            told += carry_out(opened, wishes, request, ask=not yes)
    conclude(told)


@app.command("list")
def list_counts(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Count what is refused, by kind. Nothing says of whom: only keyed hashes are kept.

    Example: `curate optouts list`
    """
    from curation.privacy.erasure import tombstone_counts
    from curation.workspace import open_workspace

    with open_workspace(workspace).database.session() as session:
        counts = tombstone_counts(session)
    if as_json:
        typer.echo(json.dumps(counts, indent=2))
        return
    if not counts:
        typer.echo("nothing is refused here")
        return
    from rich.table import Table

    table = Table(title="refused, if it comes", title_justify="left")
    table.add_column("kind")
    table.add_column("number", justify="right")
    for kind, number in counts.items():
        table.add_row(kind, f"{number:,}")
    console.out().print(table)
