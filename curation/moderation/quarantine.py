"""Unsafe pictures: one vote takes a face, its picture and all copies out of every stage.

A picture is in quarantine while a moderator who is active says so. When the vote is taken back (the
answer changed or deleted, the moderator suspended) or overruled (`release`), it comes out again.
Its task is deleted from Label Studio, so that nobody is shown it; the answers stay in the database
and go back with the task, should it be asked about again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import ColumnElement, Select, delete, func, select, update
from sqlalchemy.orm import Session

from curation.database.models import Annotation, Face, Image, Moderator, Rejection, Task, Vote
from curation.database.session import Database
from curation.database.upsert import upsert
from curation.errors import InputError
from curation.moderation.campaign import Campaign
from curation.moderation.past_answers import REFUTED, lose
from curation.moderation.questions import UNSAFE
from curation.stages import Rejected, Stage, Subject, rejection_row

STAGE = "quarantine"
REASON = "unsafe"
DEDUP = "dedup"  # whose rejection of an image outlives the quarantine


def settle_quarantine(session: Session, task_ids: Sequence[str]) -> Counter[str]:
    """Put the pictures of these tasks in quarantine, or let them out, as their votes have it.

    To be called, in the same transaction, whenever answers to them or the status of a moderator
    changed. Returns how many faces went in and came out.
    """
    faces = session.execute(
        select(Face.id, Face.image_id, Image.group_id)
        .join(Task, Task.face_id == Face.id)
        .join(Image, Image.id == Face.image_id)
        .where(Task.id.in_(task_ids))
        .distinct()
    ).all()
    ids = [face.id for face in faces]
    said = _unsafe_votes(session, ids)
    inside = set(
        session.scalars(
            select(Rejection.face_id).where(Rejection.stage == STAGE, Rejection.face_id.in_(ids))
        )
    )
    counts: Counter[str] = Counter()
    for face in faces:
        copies = Image.group_id == face.group_id if face.group_id else Image.id == face.image_id
        if face.id in said:
            if face.id not in inside:
                counts["quarantined"] += 1
            session.execute(update(Image).where(copies).values(quarantined=True, kept=False))
            _reject(session, face.id, said[face.id])
        elif face.id in inside:
            counts["released"] += 1
            session.execute(update(Image).where(copies).values(quarantined=False))
            refused = select(Rejection.id).where(
                Rejection.stage == DEDUP, Rejection.image_id == face.image_id
            )
            if session.execute(refused).first() is None:
                session.execute(update(Image).where(Image.id == face.image_id).values(kept=True))
            session.execute(
                delete(Rejection).where(Rejection.stage == STAGE, Rejection.face_id == face.id)
            )
    return counts


@dataclass(frozen=True)
class Quarantined:
    """One face in quarantine: how many say so, and since when."""

    face_id: str
    image_id: str
    votes: int
    since: datetime


def quarantined(session: Session) -> list[Quarantined]:
    """Return the faces in quarantine, the latest first."""
    rows = session.execute(
        select(Face.id, Face.image_id, func.count(Annotation.id), func.min(Annotation.updated_at))
        .join(Rejection, (Rejection.face_id == Face.id) & (Rejection.stage == STAGE))
        .join(Task, Task.face_id == Face.id)
        .join(Annotation, Annotation.task_id == Task.id)
        .join(Vote, Vote.annotation_id == Annotation.id)
        .where(*_says_unsafe())
        .group_by(Face.id, Face.image_id)
    ).all()
    found = [Quarantined(*row) for row in rows]
    return sorted(found, key=lambda one: (one.since, one.face_id), reverse=True)


def release(session: Session, face_ids: Sequence[str]) -> Counter[str]:
    """Overrule the unsafe votes on these faces; they and their pictures come back.

    The votes stay, marked as refuted; another moderator may say the same again.

    Raises:
        InputError: one of them is not in quarantine.
    """
    inside = set(
        session.scalars(
            select(Rejection.face_id).where(
                Rejection.stage == STAGE, Rejection.face_id.in_(face_ids)
            )
        )
    )
    for face_id in face_ids:
        if face_id not in inside:
            raise InputError(
                f"the face {face_id} is not in quarantine; `curate quarantine list` shows what is"
            )
    tasks = session.scalars(select(Task.id).where(Task.face_id.in_(face_ids))).all()
    answers = select(Annotation.id).where(Annotation.task_id.in_(tasks))
    session.execute(
        update(Vote)
        .where(Vote.annotation_id.in_(answers), Vote.attribute == UNSAFE.attribute)
        .values(value=REFUTED)
    )
    session.execute(update(Task).where(Task.id.in_(tasks)).values(stale=True))
    return settle_quarantine(session, tasks)


class HideUnsafe(Stage[tuple[str, str, int], int]):
    """Tasks of pictures in quarantine leave Label Studio; their answers stay in the database."""

    name: ClassVar[str] = STAGE
    unit: ClassVar[str] = "tasks"
    subject: ClassVar[Subject] = "face"

    def __init__(self, campaign: Campaign) -> None:
        self.campaign = campaign

    def count(self, database: Database) -> int:
        """Return how many tasks moderators are still shown and must not be."""
        with database.session() as session:
            return session.scalars(select(func.count()).select_from(self._shown().subquery())).one()

    def batches(self, database: Database) -> Iterator[Sequence[tuple[str, str, int]]]:
        """Yield task, face and the server's id of the task."""
        for page in database.read_by_key(self._shown(), Task.id, self.batch_size):
            yield [(row.id, row.face_id, row.remote_id) for row in page]

    def key(self, item: tuple[str, str, int]) -> str:
        """Return the face."""
        return item[1]

    def process(self, items: Sequence[tuple[str, str, int]]) -> Sequence[int | Rejected]:
        """Delete the tasks; one that is gone already is as good."""
        for _, _, remote in items:
            self.campaign.client.delete_task(remote)
        return [remote for _, _, remote in items]

    def record(
        self, session: Session, outcomes: Sequence[tuple[tuple[str, str, int], int | Rejected]]
    ) -> Counter[str]:
        """Write down that the server has neither the tasks nor their answers any more."""
        tasks = [task_id for (task_id, _, _), _ in outcomes]
        session.execute(update(Task).where(Task.id.in_(tasks)).values(remote_id=None, stale=False))
        lose(session, tasks)
        return Counter({"tasks hidden": len(tasks)})

    def _shown(self) -> Select[str, str, int | None]:
        return (
            select(Task.id, Task.face_id, Task.remote_id)
            .join(Face, Face.id == Task.face_id)
            .join(Image, Image.id == Face.image_id)
            .where(Task.project_id == self.campaign.id, Task.remote_id.is_not(None))
            .where(Image.quarantined.is_(True))
        )


def called_unsafe_by(moderator_id: str) -> Select[str]:
    """Return the tasks that a moderator, whether active or not, says to show something unsafe."""
    return (
        select(Annotation.task_id)
        .join(Vote, Vote.annotation_id == Annotation.id)
        .where(Annotation.moderator_id == moderator_id, *_says_unsafe())
    )


def _unsafe_votes(session: Session, face_ids: Sequence[str]) -> dict[str, int]:
    rows = session.execute(
        select(Task.face_id, func.count(Annotation.id))
        .join(Annotation, Annotation.task_id == Task.id)
        .join(Vote, Vote.annotation_id == Annotation.id)
        .join(Moderator, Moderator.id == Annotation.moderator_id)
        .where(Task.face_id.in_(face_ids), Moderator.status == "active", *_says_unsafe())
        .group_by(Task.face_id)
    )
    return {row[0]: row[1] for row in rows}


def _says_unsafe() -> tuple[ColumnElement[bool], ...]:
    return (
        Annotation.state == "current",
        Vote.attribute == UNSAFE.attribute,
        Vote.value == UNSAFE.values[0],
    )


def _reject(session: Session, face_id: str, votes: int) -> None:
    why = Rejected(REASON, f"said by {votes} {'moderator' if votes == 1 else 'moderators'}")
    row = rejection_row(STAGE, "face", face_id, why)
    upsert(session, Rejection, [row], update=["reason", "detail"])
