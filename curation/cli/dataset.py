"""`curate dataset`: look after released versions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from curation import console
from curation.cli.options import WorkspaceOption

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

FAILURE = 1

app = console.app("Look after the released versions of a dataset.")


@app.callback()
def group() -> None:
    """Look after the released versions of a dataset."""


@app.command()
def verify(
    name: Annotated[str, typer.Argument(help="Name of the dataset, for example faces.")],
    version: Annotated[
        str | None,
        typer.Argument(help="A version such as v3 or 3.1; else all.", show_default=False),
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Check every byte of a dataset, and that nothing erased is left in it.

    Every file is held against its SHA-256 in dataset.json, every crop against the index and the
    manifest, every label against its row; and no sample may be of an erased face, photograph,
    post, address or author, or look like an erased crop. What is wrong is named, and the exit
    code is 1.

    Example: `curate dataset verify faces v3`
    """
    from curation.privacy.leftovers import released, verify_released
    from curation.workspace import open_workspace

    opened = open_workspace(workspace)
    wrong = 0
    for one in released(opened, name, version):
        with console.progress("samples") as bar:
            found = verify_released(
                opened, one, partial(_show, bar, bar.add_task(f"verify v{one.label}", total=None))
            )
        for problem in found.problems:
            typer.echo(f"{name} v{one.label}: {problem}")
        wrong += len(found.problems)
        if not found.problems:
            typer.echo(
                f"{name} v{one.label} is sound: {found.samples:,} samples, {found.files:,} files, "
                "nothing erased is left"
            )
    if wrong:
        typer.echo(f"error: {wrong:,} things are wrong with {name}", err=True)
        raise typer.Exit(FAILURE)


def _show(bar: Progress, task: TaskID, done: int, total: int) -> None:
    bar.update(task, completed=done, total=total)
