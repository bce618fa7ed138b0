"""Options that several commands share, with one wording."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

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
EngineOption = Annotated[
    Literal["local", "ray"] | None,
    typer.Option(
        help="Where the work is done: on this machine, or on a Ray cluster (docs/ray.md); "
        "else `run.engine`.",
        show_default=False,
    ),
]
RayAddressOption = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="The cluster: auto (the one this machine belongs to), local (one for this run), or "
        "the host:port of its head; else `run.ray_address`.",
        show_default=False,
    ),
]
LimitOption = Annotated[
    int | None,
    typer.Option(min=1, help="Work on at most this many.", show_default=False),
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Say how much is ready, and do nothing.")
]
