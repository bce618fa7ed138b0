"""`curate moderation`: how the campaign stands, on the terminal and as a page."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from curation import console
from curation.cli.options import WorkspaceOption

app = console.app(
    "See how the moderation of the pushed faces stands: what is decided, contested and open, how "
    "long it will take, and who votes how well."
)


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Show how many faces are decided, contested and open, at what rate, and for what cost.

    A face is contested when it has as many votes as are asked for and yet no verdict. Counted per
    question, country and claimed age. What has not been pulled yet is not counted.

    Example: `curate moderation status`
    """
    from curation.cli.moderation_tables import print_state
    from curation.moderation.view.state import read_state
    from curation.workspace import open_workspace

    state: dict[str, Any] = read_state(open_workspace(workspace))
    if as_json:
        typer.echo(json.dumps(state, indent=2))
    else:
        print_state(state)


@app.command()
def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = 0,
    workspace: WorkspaceOption = None,
) -> None:
    """Serve the same as a page that renews itself, with the contested faces, until Ctrl-C.

    It listens on this machine only, below an address that cannot be guessed. Combine it with
    `curate pull`, which brings the votes home.

    Example: `curate moderation serve --port 8811`
    """
    from curation.moderation.view.server import ViewServer
    from curation.workspace import open_workspace

    with ViewServer(open_workspace(workspace), port) as server:
        typer.echo(f"the campaign is at {server.url} (Ctrl-C ends it)")
        try:
            server.wait()
        except KeyboardInterrupt:
            typer.echo("", err=True)
