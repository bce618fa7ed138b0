"""What the commands of `curate ingest` share: one run over a source, or one every hour."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import typer

if TYPE_CHECKING:
    from curation.sources import Source
    from curation.workspace import Workspace


class Where(NamedTuple):
    """Where stages run, as the options say: on how many workers, of which engine."""

    workers: int
    engine: str | None
    ray_address: str | None


def ingest(
    source: Source,
    workspace: Workspace,
    where: Where,
    *,
    limit: int | None,
    dry_run: bool = False,
) -> None:
    """Record the posts of a source, then fetch the pictures that wait.

    What was recorded before a source failed is fetched all the same; then its error is raised.
    """
    from curation.cli.running import run_stage
    from curation.errors import SourceError
    from curation.ingest.run import stages

    if dry_run and getattr(source, "live", False):
        for sentence in getattr(source, "plan", lambda: [f"{source.name} would be asked"])():
            typer.echo(sentence)
        return
    failure = None
    record, *others = stages(workspace, source)
    try:
        run_stage(record, workspace, **where._asdict(), limit=limit, dry_run=dry_run)
    except SourceError as error:
        failure = error
    for stage in others:
        run_stage(stage, workspace, **where._asdict(), limit=limit, dry_run=dry_run)
    if failure is not None:
        raise failure


def collect(
    make: Callable[[], Source],
    workspace: Workspace,
    where: Where,
    *,
    limit: int | None,
    every: timedelta | None,
) -> None:
    """Ingest from a source that an API is, once, or again and again until Ctrl-C.

    With `every` an API that cannot be reached this time is said, and asked again next time.
    """
    from curation.errors import SourceUnavailableError
    from curation.sources.waiting import interruptible

    while True:
        started = time.monotonic()
        try:
            ingest(make(), workspace, where, limit=limit)
        except SourceUnavailableError as error:
            if every is None:
                raise
            notice(str(error))
        if every is None:
            return
        seconds = max(every.total_seconds() - (time.monotonic() - started), 0.0)
        typer.echo(f"the next run is at {_clock(seconds)}; Ctrl-C ends this", err=True)
        with interruptible():
            time.sleep(seconds)


def wait(seconds: float, sentence: str) -> None:
    """Wait for an API; where there is a reason, say it and when we go on."""
    from curation.sources.waiting import wait_quietly

    if sentence:
        notice(f"{sentence}; going on at {_clock(seconds)}")
    wait_quietly(seconds, sentence)


def notice(sentence: str) -> None:
    """Say something on standard error that stops nothing."""
    typer.echo(f"notice: {sentence}", err=True)


def _clock(seconds: float) -> str:
    moment = datetime.now().astimezone() + timedelta(seconds=seconds)
    today = moment.date() == datetime.now().astimezone().date()
    return f"{moment:%H:%M:%S}" if today else f"{moment:%Y-%m-%d %H:%M:%S}"
