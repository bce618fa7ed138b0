"""`curate gold`: faces whose right answers are known, mixed in among the others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from curation import console
from curation.cli.options import WorkspaceOption

app = console.app(
    "Gold: faces whose right answers are known, by which moderators are measured.\n\n"
    "They grow from faces on which all agree, or come from a file, and are mixed in among the "
    "others by `curate pull`, at the rate moderation.gold_rate."
)


@app.callback(invoke_without_command=True, no_args_is_help=False)
def gold(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Gold: faces whose right answers are known, by which moderators are measured.

    Without a command: how many gold faces there are, and the share of answers that go to them.
    They grow from faces on which all agree, or come from a file, and are mixed in among the
    others at the rate moderation.gold_rate. To a moderator they look like any other face.

    Example: `curate gold`
    """
    if context.invoked_subcommand is not None:
        return
    from rich.table import Table

    from curation.moderation.campaign import Campaign
    from curation.moderation.gold_figures import read_gold_figures
    from curation.workspace import open_workspace

    opened = open_workspace(workspace)
    figures = read_gold_figures(opened.database, Campaign(opened).id)
    if as_json:
        typer.echo(json.dumps(figures.as_json(), indent=2))
        return
    if figures.by_answer:
        table = Table()
        for name in ("question", "answer", "ready", "open", "spent", "retired"):
            table.add_column(name, justify="left" if name in ("question", "answer") else "right")
        for (attribute, value), states in sorted(figures.by_answer.items()):
            counts = (str(states.get(state, 0)) for state in ("ready", "open", "spent", "retired"))
            table.add_row(attribute, value, *counts)
        console.out().print(table)
    share = figures.gold_answers / figures.answers if figures.answers else 0.0
    typer.echo(
        f"{figures.faces:,} gold faces; {figures.gold_answers:,} of {figures.answers:,} answers of "
        f"the present moderators went to them ({share:.1%}, wanted "
        f"{opened.settings.moderation.gold_rate:.1%})"
    )


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="CSV with face or image, and a column a question.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Take known answers from a CSV file: `face` (or `image`, a SHA-256) and questions as columns.

    An empty cell says that this answer is not known. What stands in the file goes before what
    grew from votes. Faces that were pushed already are used at once, others when they are.

    Example: `curate gold import known.csv`
    """
    from curation.moderation.gold_file import import_gold
    from curation.workspace import open_workspace

    opened = open_workspace(workspace)
    number = import_gold(opened.database, file, opened.settings.moderation)
    typer.echo(f"the right answers to {number:,} faces are known from {file}")


@app.command()
def mix(workspace: WorkspaceOption = None) -> None:
    """Grow gold from faces on which all agree, and open and close gold tasks, as `pull` does.

    Example: `curate gold mix`
    """
    from curation.cli.tending import mix_gold
    from curation.moderation.campaign import Campaign
    from curation.workspace import open_workspace

    with Campaign(open_workspace(workspace)) as campaign:
        if not mix_gold(campaign):
            typer.echo("gold: nothing to do")
