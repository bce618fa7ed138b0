"""Options that several commands share, with one wording."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

WorkspaceOption = Annotated[
    Path | None,
    typer.Option(
        "--workspace",
        "-w",
        help="The workspace; else $EVENFACE_WORKSPACE, else the folder you are in.",
        show_default=False,
    ),
]
WorkersOption = Annotated[
    int,
    typer.Option(min=0, help="Worker processes; 0 takes `run.workers`, else one per core."),
]
LimitOption = Annotated[
    int | None,
    typer.Option(min=1, help="Work on at most this many.", show_default=False),
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Say how much is ready, and do nothing.")
]
