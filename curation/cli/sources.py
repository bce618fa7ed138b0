"""`curate sources`: where posts can come from."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Annotated

import typer

from curation import console
from curation.cli.options import WorkspaceOption

if TYPE_CHECKING:
    from curation.sources.overview import SourceStatus, Variable


def sources(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """List the sources of posts: what each reads, which variables it needs, its limits.

    Tokens are taken from the environment only; here stands whether they are set, never what they
    are. In a workspace it also says how much of the limits is used, such as Instagram's 30
    different hashtags in 7 days. Every source is a command of `curate ingest`.

    Example: `curate sources --json`
    """
    from curation.errors import WorkspaceError
    from curation.sources.memory import Memory
    from curation.sources.overview import overview
    from curation.workspace import find_workspace, open_workspace

    memory = None
    try:
        root = find_workspace(workspace)
    except WorkspaceError:
        if workspace is not None:
            raise
    else:
        memory = Memory(open_workspace(root).database)
    found = overview(memory, os.environ)
    if as_json:
        typer.echo(json.dumps([_as_json(source) for source in found], indent=2))
        return
    from rich.table import Table

    table = Table(title="sources of posts", title_justify="left", show_lines=True)
    for column in ("curate ingest", "reads", "access", "needs", "limits"):
        table.add_column(column)
    for source in found:
        needs = "\n".join(map(_need, source.variables)) or "nothing"
        limits = "\n".join((source.about.limits, *(f"used: {used}" for used in source.used)))
        table.add_row(source.kind, source.about.reads, source.about.access, needs, limits)
    console.out().print(table)
    if memory is None:
        typer.echo("What is used of the limits is known in a workspace only: `curate init DIR`.")


def _need(variable: Variable) -> str:
    state = "set" if variable.is_set else "not set"
    return f"{variable.name} ({'' if variable.required else 'if asked for, '}{state})"


def _as_json(source: SourceStatus) -> dict[str, object]:
    return {
        "kind": source.kind,
        "reads": source.about.reads,
        "access": source.about.access,
        "limits": source.about.limits,
        "variables": [
            {"name": v.name, "required": v.required, "set": v.is_set} for v in source.variables
        ],
        "ready": source.ready,
        "used": list(source.used),
    }
