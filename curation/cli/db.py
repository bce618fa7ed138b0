"""`curate db`: the version of the workspace's database."""

from __future__ import annotations

import typer

from curation import console
from curation.cli.options import WorkspaceOption

app = console.app("Bring the database to this version, or see which version it has.")


@app.command()
def upgrade(workspace: WorkspaceOption = None) -> None:
    """Make or update the tables of the database named in `database.url`.

    Safe to run at any time: it does nothing when the database is up to date, and refuses one
    that was made by a newer version.
    """
    from curation.database.migrate import current_revision
    from curation.database.migrate import upgrade as run_migrations
    from curation.workspace import load_workspace

    database = load_workspace(workspace).database
    before = current_revision(database)
    run_migrations(database)
    after = current_revision(database)
    step = f"is up to date at {after}" if before == after else f"went from {before} to {after}"
    typer.echo(f"{database} {step}")


@app.command()
def current(workspace: WorkspaceOption = None) -> None:
    """Print the revision the database has and the one this version of Evenface needs."""
    from curation.database.migrate import current_revision, head_revision
    from curation.workspace import load_workspace

    database = load_workspace(workspace).database
    typer.echo(f"{database} is at {current_revision(database)}, {head_revision()} is needed")
