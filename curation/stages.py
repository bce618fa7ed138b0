"""What a stage is, and the one runner that runs any stage.

A stage says which rows are ready, what to do with a batch of them, and how to record it. The
runner gives every stage the rest: batches, workers here or on a cluster, progress, one transaction
per batch, resuming (it asks again what is ready), a clean stop on Ctrl-C, counts per reason,
`--limit` and `--dry-run`. Whatever is killed, and however: at most the batches in flight are lost,
and none that was recorded is done again.
"""

from __future__ import annotations

import signal
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from types import FrameType
from typing import Any, ClassVar, Generic, Literal, TypeVar

from sqlalchemy.orm import Session

from curation.database.lock import stage_lock
from curation.database.models import Rejection
from curation.database.session import Database
from curation.database.upsert import upsert
from curation.engines import Engine, RayCluster, engine_for
from curation.identity import content_id

Item = TypeVar("Item")
Result = TypeVar("Result")
Subject = Literal["post", "media", "image", "face", "annotation"]


@dataclass(frozen=True)
class Rejected:
    """The outcome of an item that is set aside: a short reason, and a sentence for this one."""

    reason: str
    detail: str = ""


@dataclass(frozen=True)
class Erased(Rejected):
    """The outcome of an item that was erased before: counted, but no row names it again."""


class Stage(ABC, Generic[Item, Result]):
    """One step of the line. A parallel stage must be picklable: it travels to the workers."""

    name: ClassVar[str]
    unit: ClassVar[str]  # what is counted, in the plural
    subject: ClassVar[Subject]  # what a rejection of this stage is about
    batch_size: ClassVar[int] = 32
    parallel: ClassVar[bool] = False

    @abstractmethod
    def count(self, database: Database) -> int:
        """Return how many items are ready."""

    @abstractmethod
    def batches(self, database: Database) -> Iterator[Sequence[Item]]:
        """Yield what is ready, in batches of plain values (no database objects)."""

    @abstractmethod
    def key(self, item: Item) -> str:
        """Return the id of the row of kind `subject` that the item is."""

    def announce(self, session: Session, items: Sequence[Item]) -> None:
        """Record, in a transaction of its own, that `items` are about to be processed."""

    def open(self) -> None:
        """Load what `process` needs; called once in each process that works on batches."""

    def engine(self, workers: int, ready: int, stopping: Callable[[], bool]) -> Engine | None:
        """Return an engine of the stage's own for this machine, if it brings one.

        Such an engine may give items back in other batches than they came in, each exactly once;
        when `stopping` it finishes what is in work and may leave out what was not begun.
        """
        return None

    @abstractmethod
    def process(self, items: Sequence[Item]) -> Sequence[Result | Rejected]:
        """Work on one batch, without the database: one outcome per item, in the same order."""

    @abstractmethod
    def record(
        self, session: Session, outcomes: Sequence[tuple[Item, Result | Rejected]]
    ) -> Counter[str]:
        """Write the outcomes of one batch; return counts of what was added ("faces": 31)."""


@dataclass
class Report:
    """What a run did: items worked on, things added, items set aside per reason."""

    stage: str
    unit: str
    processed: int = 0
    seconds: float = 0.0
    added: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    ready: int = 0


def run(
    stage: Stage[Item, Result],
    database: Database,
    *,
    workers: int = 1,
    cluster: RayCluster | None = None,
    limit: int | None = None,
    dry_run: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Run `stage` over everything that is ready, or over `limit` items of it.

    `workers` is the number of processes for a parallel stage, on this machine or on `cluster`;
    `on_progress` is called with the number of items done and the number that were ready. After
    Ctrl-C the batches in flight are finished and recorded (on a cluster given up), then
    KeyboardInterrupt is raised. With `dry_run` nothing is done; the report's `ready` says how many
    items there are.

    Raises:
        DatabaseError: the database fails, or another process runs this stage.
        EvenfaceError: whatever the stage raises; batches recorded before stay recorded.
    """
    report = Report(stage.name, stage.unit)
    report.ready = stage.count(database)
    if limit is not None:
        report.ready = min(report.ready, limit)
    if dry_run:
        return report
    started = time.monotonic()
    if on_progress:
        on_progress(0, report.ready)
    with stage_lock(database, stage.name), _stop_requests() as stopping:
        batches = _until(stopping, _limited(stage.batches(database), limit))
        announced = _announced(stage, database, batches)
        own = None
        if cluster is None:
            own = stage.engine(workers, report.ready, lambda: bool(stopping))
        with own or engine_for(stage, workers, report.ready, cluster, stopping) as engine:
            for items, results in engine.map(announced):
                _record(stage, database, items, results, report)
                report.processed += len(items)
                if on_progress:
                    on_progress(report.processed, max(report.ready, report.processed))
    report.seconds = time.monotonic() - started
    if stopping:
        raise KeyboardInterrupt
    return report


def rejection_row(stage: str, subject: Subject, item_id: str, rejected: Rejected) -> dict[str, Any]:
    """Return the row that says `stage` set this item aside; one per stage and item."""
    return {
        "id": content_id(stage, subject, item_id),
        "stage": stage,
        "reason": rejected.reason,
        "detail": rejected.detail,
        f"{subject}_id": item_id,
    }


def _record(
    stage: Stage[Item, Result],
    database: Database,
    items: Sequence[Item],
    results: Sequence[Result | Rejected],
    report: Report,
) -> None:
    outcomes = list(zip(items, results, strict=True))
    rejections = [
        rejection_row(stage.name, stage.subject, stage.key(item), outcome)
        for item, outcome in outcomes
        if isinstance(outcome, Rejected) and not isinstance(outcome, Erased)
    ]
    with database.session() as session:
        added = stage.record(session, outcomes)
        upsert(session, Rejection, rejections, update=["reason", "detail"])
    report.added += added
    report.rejected.update(row["reason"] for row in rejections)
    report.rejected.update(one.reason for _, one in outcomes if isinstance(one, Erased))


def _limited(batches: Iterator[Sequence[Item]], limit: int | None) -> Iterator[Sequence[Item]]:
    if limit is None:
        yield from batches
        return
    left = limit
    for batch in batches:
        if left <= 0:
            return
        yield list(islice(batch, left))
        left -= len(batch)


def _until(stopping: list[int], batches: Iterator[Sequence[Item]]) -> Iterator[Sequence[Item]]:
    for batch in batches:
        if stopping:
            return
        yield batch


def _announced(
    stage: Stage[Item, Any], database: Database, batches: Iterator[Sequence[Item]]
) -> Iterator[Sequence[Item]]:
    announces = type(stage).announce is not Stage.announce
    for batch in batches:
        if announces:
            with database.session() as session:
                stage.announce(session, batch)
        yield batch


@contextmanager
def _stop_requests() -> Iterator[list[int]]:
    """Collect the first Ctrl-C or SIGTERM instead of raising; a second one stops at once."""
    received: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        if received:
            raise KeyboardInterrupt
        received.append(number)

    try:
        before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    except ValueError:  # not the main thread: whoever runs there handles signals
        before = {}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
