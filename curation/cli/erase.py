"""`curate erase`: remove a person, post or photograph everywhere, and keep it out."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from curation import console
from curation.cli.options import WorkspaceOption
from curation.errors import UsageError

if TYPE_CHECKING:
    from curation.privacy.erasure import Told
    from curation.privacy.targets import Targets
    from curation.privacy.wishes import Wishes
    from curation.workspace import Workspace

FROM_INPUT = "-"
FAILURE = 1

RequestOption = Annotated[
    str | None,
    typer.Option(
        help="Your reference of the request, for the receipt; no names.", show_default=False
    ),
]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask first.")]


def erase(
    author: Annotated[
        list[str] | None,
        typer.Option(help="An author, KIND:ID in clear; - reads them from standard input."),
    ] = None,
    post: Annotated[
        list[str] | None,
        typer.Option(help="A post, by address or by the source's id; - reads standard input."),
    ] = None,
    image: Annotated[
        list[str] | None,
        typer.Option(help="A photograph: its SHA-256, or a file with it or a copy; - as above."),
    ] = None,
    face: Annotated[
        list[str] | None,
        typer.Option(help="A face by its id (`sample_id` in manifests), with its photograph."),
    ] = None,
    moderator: Annotated[
        list[str] | None,
        typer.Option(help="A moderator by e-mail address, with all answers; - as above."),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(help="The source whose post ids these are.", show_default=False),
    ] = None,
    request: RequestOption = None,
    yes: YesOption = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List what would be removed, and do nothing.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Finish erasures that were left open, and no more.")
    ] = False,
    status: Annotated[
        bool, typer.Option("--status", help="List the erasures and what is still open of them.")
    ] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Remove a person, post, photograph or moderator everywhere, and block the return.

    Posts, photographs with all their copies, crops, labels, votes, verdicts, Label Studio tasks and
    the samples of released datasets go; each version concerned gets a new patch (v3 becomes v3.1).
    Authors, addresses and photographs are refused from then on, even if they were never here.
    A receipt in receipts/ says what was removed where, without naming it. What is listed is removed
    only after you agree.

    What you type may stay in your shell's history. Give - instead, and the ids on standard
    input, one a line.

    Killed or stopped, the same command or `curate erase --resume` finishes. What cannot be reached
    (a Label Studio that is down) is named, the exit code is 1, and the erasure stays open.

    Example: `curate erase --author - --request 2026-17 --yes < ids.txt`
    """
    from curation.privacy.erasure import nothing_else_running
    from curation.workspace import open_workspace

    opened = open_workspace(workspace)
    if status:
        print_status(opened)
        return
    wishes = _wishes(opened, source, author, post, image, face, moderator, yes or dry_run)
    if not wishes and not resume:
        raise UsageError(
            "say what to erase: --author, --post, --image, --face or --moderator "
            "(`curate erase --help` shows how)"
        )
    if dry_run:
        _list(opened, find(opened, wishes))
        return
    with nothing_else_running(opened):
        told = finish_open(opened)
        if wishes:
            told += carry_out(opened, wishes, request, ask=not yes)
        elif not told:
            typer.echo("no erasure is open")
    conclude(told)


def carry_out(
    workspace: Workspace, wishes: Wishes, request: str | None, *, ask: bool
) -> list[Told]:
    """Find, list, ask, erase; return what became of it (nothing where all was erased before)."""
    from curation.privacy.erasure import erase as erase_targets
    from curation.privacy.erasure import erased_before

    targets = find(workspace, wishes)
    with workspace.database.session() as session:
        done_before = erased_before(session, workspace.secret, wishes, targets)
    if done_before:
        typer.echo("all of it was erased before; nothing is left to do")
        return []
    _list(workspace, targets)
    if ask and not typer.confirm("Remove all this for good, and refuse it from now on?"):
        typer.echo("nothing was removed")
        return []
    with console.progress("steps") as bar:
        task = bar.add_task("erase", total=None)
        return [
            erase_targets(
                workspace,
                wishes,
                targets,
                request,
                lambda done, total: bar.update(task, completed=done, total=total),
            )
        ]


def find(workspace: Workspace, wishes: Wishes) -> Targets:
    """Find everything that is meant, with a progress bar over the pictures compared."""
    from curation.privacy.targets import find_targets

    with console.progress("pictures") as bar:
        task = bar.add_task("look for copies", total=None)
        return find_targets(
            workspace,
            wishes,
            lambda done, total: bar.update(task, completed=done, total=total),
        )


def finish_open(workspace: Workspace) -> list[Told]:
    """Go on with erasures that were left open."""
    from curation.privacy.erasure import finish, open_erasures

    with workspace.database.session() as session:
        waiting = open_erasures(session)
    for erasure in waiting:
        typer.echo(f"erasure {erasure} was left open; going on with it", err=True)
    return [finish(workspace, erasure) for erasure in waiting]


def conclude(told: Sequence[Told]) -> None:
    """Print what became of the erasures; exit with 1 where one is still open."""
    for one in told:
        typer.echo(f"{one.receipt['sentence']}\nreceipt: receipts/{one.erasure_id}.json")
        for problem in one.problems:
            typer.echo(f"not reached: {problem}", err=True)
    left = [one for one in told if one.problems]
    if left:
        typer.echo(
            f"error: {len(left)} erasure{'s are' if len(left) > 1 else ' is'} still open; when "
            "what is named above can be reached, run `curate erase --resume`",
            err=True,
        )
        raise typer.Exit(FAILURE)


def print_status(workspace: Workspace) -> None:
    """Print all erasures, the open ones with what they wait for."""
    from rich.table import Table
    from sqlalchemy import select

    from curation.database.models import Erasure, ErasureWork

    with workspace.database.session() as session:
        rows = session.execute(
            select(Erasure.id, Erasure.request, Erasure.state, Erasure.created_at).order_by(
                Erasure.created_at
            )
        ).all()
        waiting = session.execute(
            select(ErasureWork.erasure_id, ErasureWork.kind, ErasureWork.problem).where(
                ErasureWork.done.is_(False)
            )
        ).all()
    if not rows:
        typer.echo("nothing was ever erased here")
        return
    table = Table(title="erasures", title_justify="left")
    for column in ("erasure", "request", "begun", "state"):
        table.add_column(column)
    for row in rows:
        table.add_row(row.id, row.request or "", f"{row.created_at:%Y-%m-%d %H:%M}", row.state)
    console.out().print(table)
    for left in waiting:
        typer.echo(f"{left.erasure_id} waits for {left.kind}: {left.problem or 'its turn comes'}")
    if any(row.state == "open" for row in rows):
        typer.echo("`curate erase --resume` goes on with what is open")


def _wishes(
    workspace: Workspace,
    source: str | None,
    author: list[str] | None,
    post: list[str] | None,
    image: list[str] | None,
    face: list[str] | None,
    moderator: list[str] | None,
    unasked: bool,
) -> Wishes:
    from curation.privacy.wishes import Reader

    reader = Reader(workspace, source)
    given = (
        (reader.author, author),
        (reader.post, post),
        (reader.image, image),
        (reader.face, face),
        (reader.moderator, moderator),
    )
    if sum((values or []).count(FROM_INPUT) for _, values in given) > 1:
        raise UsageError("only one option can be read from standard input")
    for take, values in given:
        for value in values or ():
            for text in _lines(unasked) if value == FROM_INPUT else (value,):
                take(text)
    for notice in reader.notices:
        typer.echo(f"notice: {notice}", err=True)
    return reader.wishes


def _lines(unasked: bool) -> list[str]:
    if not unasked and not sys.stdin.isatty():
        raise UsageError(
            "standard input holds the ids, so nobody can be asked there: look at it with --dry-run "
            "first, then give --yes"
        )
    return [line.strip() for line in sys.stdin if line.strip()]


def _list(workspace: Workspace, targets: Targets) -> None:
    from rich.table import Table

    from curation.privacy.targets import counted, versions_of

    with workspace.database.session() as session:
        rows = counted(session, targets)
        versions = versions_of(session, targets.faces)
    if not targets:
        typer.echo("nothing of it is here; it will be refused if it comes")
        return
    table = Table(title="to be removed", title_justify="left")
    table.add_column("table")
    table.add_column("rows", justify="right")
    for name, number in rows.items():
        table.add_row(name, f"{number:,}")
    console.out().print(table)
    for label, number in versions.items():
        typer.echo(f"{label} loses {number:,} samples and is replaced by a new patch")
    if targets.unreadable:
        typer.echo(
            f"notice: {targets.unreadable:,} photographs cannot be read any more; copies of them "
            "cannot be recognised",
            err=True,
        )
