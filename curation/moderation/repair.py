"""Find what a Label Studio lost: a project or tasks deleted by hand, or the whole server wiped.

Nothing is sent here. What is missing loses its confirmation, so that the push that follows sends it
like anything that may or may not have arrived; answers that were pulled stay in the database, count
on, and go back with their tasks.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select, update

from curation.database.lock import stage_lock
from curation.database.models import Face, Image, Task
from curation.database.session import Database
from curation.moderation import questions
from curation.moderation.campaign import Campaign
from curation.moderation.past_answers import lose
from curation.moderation.remote import RemoteTask

PAGE = 1_000
SQL_PAGE = 1_000


@dataclass
class Losses:
    """What was found. `answers` are those that only the database has now."""

    checked: int = 0  # tasks that the database takes for sent
    missing: int = 0  # of them, those that the server has no longer
    answers: int = 0
    mended: int = 0  # tasks with old texts or picture addresses, given the present ones
    new_project: bool = False

    def in_words(self) -> str:
        """Return what was found in a sentence."""
        words = f"repair: {self.checked:,} tasks checked"
        if self.new_project:
            words += "; the project was gone and is made again"
        if self.missing:
            words += f"; {self.missing:,} are missing there"
        if self.answers:
            words += f"; {self.answers:,} answers to them are safe here"
        if self.mended:
            words += f"; {self.mended:,} were given their present texts and addresses"
        if not (self.new_project or self.missing or self.mended):
            words += "; all of them are there"
        return words


@dataclass(frozen=True)
class _Listed:
    """Which tasks the server has: 64 bits of our id, sorted, and its own id, (N,) both."""

    ours: NDArray[np.uint64]
    remote: NDArray[np.int64]

    def remote_ids(self, task_ids: Sequence[str]) -> list[set[int]]:
        """Return the server's ids of each task; an empty set where it has none."""
        wanted = np.array([_short(task_id) for task_id in task_ids], dtype=np.uint64)
        first = np.searchsorted(self.ours, wanted, side="left")
        last = np.searchsorted(self.ours, wanted, side="right")
        return [
            set(self.remote[start:end].tolist()) for start, end in zip(first, last, strict=True)
        ]


def find_losses(
    campaign: Campaign,
    database: Database,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Losses:
    """Compare the project with the database, and note what is missing; see the module.

    Raises:
        DatabaseError: a push is running.
        LabelStudioError: the server cannot be reached, or refuses.
    """
    losses = Losses()
    known = campaign.row(database)
    if known is None:
        return losses
    with stage_lock(database, "push"):
        losses.new_project = campaign.ensure_project(database, repair=True) != known.remote_id
        with database.session() as session:
            sent = select(func.count()).where(
                Task.project_id == campaign.id, Task.remote_id.is_not(None)
            )
            total = session.scalars(sent).one()
        there = _list_and_mend(campaign, database, losses, lambda done: on_progress(done, total))
        _note_missing(campaign, database, there, losses)
    return losses


def _list_and_mend(
    campaign: Campaign, database: Database, losses: Losses, on_progress: Callable[[int], None]
) -> _Listed:
    project = campaign.row(database)
    assert project is not None
    ours, remote = array("Q"), array("q")
    for page in campaign.client.tasks(project.remote_id):
        named = [task for task in page if _is_id(task.data.get(questions.EXTERNAL_ID))]
        ours.extend(_short(str(task.data[questions.EXTERNAL_ID])) for task in named)
        remote.extend(task.id for task in named)
        losses.mended += _mend(campaign, database, named)
        on_progress(len(ours))
    names = np.frombuffer(ours, dtype=np.uint64) if ours else np.empty(0, np.uint64)
    numbers = np.frombuffer(remote, dtype=np.int64) if remote else np.empty(0, np.int64)
    order = np.argsort(names, kind="stable")
    return _Listed(names[order], numbers[order])


def _mend(campaign: Campaign, database: Database, tasks: Sequence[RemoteTask]) -> int:
    """Give tasks the data that they would be sent with now; return how many needed it."""
    with database.session() as session:
        rows = session.execute(
            select(Task.id, Task.claimed_age, Face.crop_key, Image.store_key)
            .join(Face, Face.id == Task.face_id)
            .join(Image, Image.id == Face.image_id)
            .where(Task.id.in_([str(task.data[questions.EXTERNAL_ID]) for task in tasks]))
        ).all()
    wanted = {
        row.id: campaign.task_data(row.id, row.crop_key, row.store_key, row.claimed_age)
        for row in rows
        if row.crop_key is not None
    }
    mended = 0
    for task in tasks:
        data = wanted.get(str(task.data[questions.EXTERNAL_ID]))
        if data is not None and not data.items() <= dict(task.data).items():
            mended += campaign.client.set_task_data(task.id, {**task.data, **data})
    return mended


def _note_missing(campaign: Campaign, database: Database, there: _Listed, losses: Losses) -> None:
    sent = select(Task.id, Task.remote_id).where(
        Task.project_id == campaign.id, Task.remote_id.is_not(None)
    )
    for page in database.read_by_key(sent, Task.id, SQL_PAGE):
        losses.checked += len(page)
        found = there.remote_ids([row.id for row in page])
        # One that is there under another number is asked for again by that push, and found.
        doubtful = [
            row.id for row, ids in zip(page, found, strict=True) if row.remote_id not in ids
        ]
        missing = [row.id for row, ids in zip(page, found, strict=True) if not ids]
        if doubtful:
            with database.session() as session:
                session.execute(
                    update(Task).where(Task.id.in_(doubtful)).values(remote_id=None, overlap=None)
                )
                losses.answers += lose(session, missing)
        losses.missing += len(missing)


def _is_id(value: object) -> bool:
    try:
        return isinstance(value, str) and len(value) == 32 and int(value, 16) >= 0
    except ValueError:
        return False


def _short(task_id: str) -> int:
    return int(task_id[:16], 16)
