"""`curate init`: a new workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def init(
    folder: Annotated[Path, typer.Argument(help="The folder; it is made when it is not there.")],
) -> None:
    """Make a workspace: settings, a secret, an image store and a database.

    Everything that `curate` knows and keeps is in this folder, so a copy of it is a backup.
    The settings in its evenface.toml are all written out with their defaults; PostgreSQL takes
    one line there (or EVENFACE_DATABASE__URL) and `curate db upgrade`.

    Example: `curate init faces && cd faces`
    """
    from curation.workspace import create_workspace

    workspace = create_workspace(folder)
    typer.echo(
        f"{workspace.root} is ready: settings in evenface.toml, database {workspace.database}\n"
        f"next: cd {folder} && curate ingest folder PHOTOS   (or: curate ingest manifest POSTS.csv)"
    )
