"""`curate label-studio`: the workspace's own Label Studio."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from curation import console
from curation.cli.options import WorkspaceOption

if TYPE_CHECKING:
    from curation.moderation.server_install import Installation
    from curation.workspace import Workspace

app = console.app(
    "Install, start and stop the Label Studio in which the moderators vote.\n\n"
    "It runs on this machine only, with its own database in the workspace and its own packages "
    "in your cache folder. A server of your own is used instead when label_studio.url names one."
)


@app.command()
def install(workspace: WorkspaceOption = None) -> None:
    """Install Label Studio into a virtual environment of its own, in your cache folder.

    `curate label-studio up` does this too when it is needed. It takes one or two minutes and
    1 GB, once per user; label_studio.home (EVENFACE_LABEL_STUDIO__HOME) names another place.
    """
    place = _place(workspace)
    made = _install(place)
    typer.echo(f"Label Studio is {'now' if made else 'already'} installed in {place.home}")


@app.command()
def up(workspace: WorkspaceOption = None) -> None:
    """Start the workspace's Label Studio, and wait until it answers.

    Its address stays the same from start to start as long as the port is free. When it runs
    already, nothing happens.

    Example: `curate label-studio up && curate push`
    """
    from curation.errors import SettingsError
    from curation.moderation.picture_addresses import hosts_to_reach
    from curation.moderation.server import Server
    from curation.workspace import load_workspace

    opened = load_workspace(workspace)
    if opened.settings.label_studio.url:
        raise SettingsError(
            f"label_studio.url names {opened.settings.label_studio.url}, which this workspace "
            "uses; empty it to run a Label Studio of the workspace's own"
        )
    place = _place(workspace)
    _install(place)
    server = Server(opened.label_studio)
    pictures = opened.store.folder or opened.label_studio / "files"
    pictures.mkdir(parents=True, exist_ok=True)
    started = server.up(place, pictures, hosts_to_reach(opened))
    typer.echo(f"Label Studio {'is up' if started else 'was up already'}")
    _describe(server)


@app.command()
def status(workspace: WorkspaceOption = None) -> None:
    """Say where Label Studio answers and how to log in; exit with 1 when it does not answer."""
    from curation.moderation.campaign import OWN_SERVER, Campaign
    from curation.moderation.server import Server
    from curation.workspace import load_workspace

    opened = load_workspace(workspace)
    with Campaign(opened) as campaign:
        if campaign.server != OWN_SERVER:
            user = campaign.client.user_name()
            typer.echo(f"Label Studio answers at {campaign.server}; the key is that of {user}")
            return
    server = Server(opened.label_studio)
    if not server.answers():
        typer.echo("Label Studio is down; start it with `curate label-studio up`")
        raise typer.Exit(1)
    typer.echo("Label Studio is up")
    _describe(server)


@app.command()
def down(workspace: WorkspaceOption = None) -> None:
    """Stop the Label Studio that `up` started, and nothing else. What was answered stays."""
    from curation.moderation.server import Server
    from curation.workspace import load_workspace

    stopped = Server(load_workspace(workspace).label_studio).down()
    typer.echo("Label Studio is down" if stopped else "Label Studio was not running")


def _place(workspace: Path | None) -> Installation:
    """Return where Label Studio is installed; there need not be a workspace to know."""
    from curation.errors import WorkspaceError
    from curation.moderation.server_install import installation
    from curation.workspace import load_workspace

    try:
        opened: Workspace | None = load_workspace(workspace)
    except WorkspaceError:
        if workspace is not None:
            raise
        opened = None
    home = opened.settings.label_studio.home if opened else ""
    return installation(Path(home) if home else None)


def _install(place: Installation) -> bool:
    """Install with a progress bar; say nothing when nothing is to be done."""
    from curation.moderation import server_install

    if place.is_complete():
        return False
    with console.progress("packages") as bar:
        task = bar.add_task("installing Label Studio", total=None)
        return server_install.install(
            place,
            lambda doing, done, of: bar.update(
                task, description=doing, completed=done, total=of or None
            ),
        )


def _describe(server: object) -> None:
    from curation.moderation.server import Server

    assert isinstance(server, Server)
    running = server.running()
    if running is not None:
        typer.echo(
            f"  address   {running.url} (process {running.pid})\n"
            f"  user      {server.credentials().user}\n"
            f"  password  in {server.credentials_file}\n"
            f"  log       {server.log}"
        )
