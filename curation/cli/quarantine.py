"""`curate quarantine`: pictures that a moderator called unsafe."""

from __future__ import annotations

from typing import Annotated

import typer

from curation import console
from curation.cli.options import WorkspaceOption

app = console.app(
    "Look after pictures that a moderator called unsafe.\n\n"
    "One such vote takes the picture and its copies out of every stage, and its task off Label "
    "Studio. What is unsafe indeed is removed with `curate erase`; what is not comes back with "
    "`release`."
)


@app.command("list")
def list_quarantined(workspace: WorkspaceOption = None) -> None:
    """List the faces in quarantine, the latest first: face, image, votes, since when.

    Pictures are not shown. `curate erase --image SHA256` removes one with all its copies.
    """
    from curation.moderation.quarantine import quarantined
    from curation.workspace import open_workspace

    with open_workspace(workspace).database.session() as session:
        found = quarantined(session)
    for one in found:
        typer.echo(
            f"{one.face_id}  image {one.image_id}  votes {one.votes}  "
            f"since {one.since:%Y-%m-%d %H:%M} UTC"
        )
    typer.echo(f"{len(found):,} faces are in quarantine", err=bool(found))


@app.command()
def release(
    faces: Annotated[
        list[str], typer.Argument(help="Faces to let out, as `list` names them.", metavar="FACE…")
    ],
    workspace: WorkspaceOption = None,
) -> None:
    """Overrule the votes on these faces; the next `curate push` puts them to moderators again.

    The votes are kept as refuted. Another moderator may call the picture unsafe again.

    Example: `curate quarantine release 0123456789abcdef0123456789abcdef`
    """
    from curation.moderation import quarantine
    from curation.workspace import open_workspace

    with open_workspace(workspace).database.session() as session:
        counts = quarantine.release(session, faces)
    typer.echo(f"{counts['released']:,} faces are out of quarantine; `curate push` asks about them")
