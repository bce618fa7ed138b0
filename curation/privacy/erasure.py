"""Erasure: find what is meant, remove it, reach everything outside, hand out a receipt.

Rows go and tombstones come in one transaction, together with the list of what is left to reach
(files, Label Studio, dataset versions, the database's own bytes). So an erasure that was killed,
or that could not reach something, is still open, and `finish` goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from curation.database.lock import stage_lock
from curation.database.models import Erasure, ErasureWork, Tombstone
from curation.errors import EvenfaceError
from curation.funnel import STAGE_ORDER
from curation.privacy.reach import ORDER, Reach
from curation.privacy.receipt import without_ids, write_receipt
from curation.privacy.removal import remove_rows
from curation.privacy.targets import Targets
from curation.privacy.wishes import Wishes
from curation.workspace import Workspace

STAGES = ("erase", *STAGE_ORDER, "build-dataset")


@dataclass(frozen=True)
class Told:
    """What became of one erasure: its receipt, and what could not be reached (empty when done)."""

    erasure_id: str
    receipt: dict[str, Any]
    problems: list[str]


@contextmanager
def nothing_else_running(workspace: Workspace) -> Iterator[None]:
    """Hold the locks of all stages: nobody may write down again what is being erased.

    Raises:
        DatabaseError: a stage is running; the sentence says which.
    """
    with ExitStack() as locks:
        for stage in STAGES:
            locks.enter_context(stage_lock(workspace.database, stage))
        yield


def erased_before(session: Session, secret: bytes, wishes: Wishes, targets: Targets) -> bool:
    """Return whether nothing is left to do: every tombstone is there, and nothing else is."""
    if targets:
        return False
    wanted = wishes.exact(secret)
    there = {
        (row.kind, row.value)
        for row in session.execute(
            select(Tombstone.kind, Tombstone.value).where(
                Tombstone.kind.in_({kind for kind, _ in wanted})
            )
        )
    }
    pictures = {one.fingerprints.to_text() for one in wishes.pictures}
    known = set(session.scalars(select(Tombstone.value).where(Tombstone.value.in_(pictures))))
    return wanted <= there and pictures <= known


def erase(
    workspace: Workspace,
    wishes: Wishes,
    targets: Targets,
    request: str | None = None,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Told:
    """Erase `targets` and keep out what `wishes` name. Hold `nothing_else_running` meanwhile."""
    return finish(workspace, remove_rows(workspace, wishes, targets, request), on_progress)


def open_erasures(session: Session) -> list[str]:
    """Return the ids of erasures that have not reached everything, the oldest first."""
    waiting = select(Erasure.id).where(Erasure.state == "open")
    return list(session.scalars(waiting.order_by(Erasure.created_at, Erasure.id)))


def finish(
    workspace: Workspace,
    erasure_id: str,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Told:
    """Do what is left of an erasure, and write its receipt. May be called again at any time."""
    with workspace.database.session() as session:
        waiting = session.execute(
            select(ErasureWork.id, ErasureWork.kind, ErasureWork.what).where(
                ErasureWork.erasure_id == erasure_id, ErasureWork.done.is_(False)
            )
        ).all()
    work = sorted(waiting, key=lambda row: (ORDER.index(row.kind), row.id))
    with Reach(workspace, erasure_id) as reach:
        for number, row in enumerate(work):
            on_progress(number, len(work))
            _do(workspace, reach, row.id, row.kind, row.what)
    on_progress(len(work), len(work))
    return _conclude(workspace, erasure_id)


def _do(workspace: Workspace, reach: Reach, work_id: str, kind: str, what: dict[str, Any]) -> None:
    values: dict[str, Any]
    try:
        outcome = reach.do(kind, what)
        values = {"done": True, "outcome": outcome, "problem": None, "what": {}}
    except EvenfaceError as error:
        values = {"problem": without_ids(str(error))}
    with workspace.database.session() as session:
        session.execute(update(ErasureWork).where(ErasureWork.id == work_id).values(values))


def _conclude(workspace: Workspace, erasure_id: str) -> Told:
    with workspace.database.session() as session:
        erasure = session.get_one(Erasure, erasure_id)
        work: Sequence[ErasureWork] = session.scalars(
            select(ErasureWork).where(ErasureWork.erasure_id == erasure_id).order_by(ErasureWork.id)
        ).all()
        left = [one for one in work if not one.done]
        if left:
            # The database was rewritten while it still named what waits: it has to be done again.
            session.execute(
                update(ErasureWork)
                .where(ErasureWork.erasure_id == erasure_id, ErasureWork.kind == "database")
                .values(done=False, outcome=None)
            )
        receipt = write_receipt(workspace, erasure, work, "open" if left else "done")
        if not left:
            erasure.state, erasure.finished_at = "done", datetime.now(UTC)
            session.execute(delete(ErasureWork).where(ErasureWork.erasure_id == erasure_id))
        erasure.receipt = receipt
        problems = [f"{one.kind}: {one.problem}" for one in left if one.problem]
    return Told(erasure_id, receipt, problems)


def tombstone_counts(session: Session) -> dict[str, int]:
    """Return how many tombstones of each kind there are."""
    rows = session.execute(select(Tombstone.kind, func.count()).group_by(Tombstone.kind))
    return {row[0]: row[1] for row in sorted(rows, key=lambda row: row[0])}
