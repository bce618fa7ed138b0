"""Put faces to the moderators: one Label Studio task for each, never two.

A task's id is made from the project and the face, and travels in the task's data. Its row is
written, in a transaction of its own, before anything is sent; so whoever comes after a crash
knows what may have been sent, asks the server which of it is there, and sends only the rest.

What the server lost (`curation.moderation.repair`) is sent the same way, together with the answers
that were pulled before.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

from sqlalchemy import Row, Select, func, select, update
from sqlalchemy.orm import Session, aliased

from curation.database.models import Annotation, Claim, Face, Image, Task
from curation.database.session import Database
from curation.database.upsert import insert_new
from curation.engines import Engine
from curation.engines.one_ahead import OneAhead
from curation.identity import content_id
from curation.moderation import past_answers, questions
from curation.moderation.campaign import Campaign
from curation.moderation.label_studio import IMPORT_BATCH, InterruptedRequestError
from curation.moderation.past_answers import PastAnswer
from curation.moderation.predictions import Predictor, as_sent
from curation.moderation.remote import RemoteTask
from curation.privacy import moderator_pseudonym
from curation.stages import Rejected, Stage, Subject

ATTEMPTS = 3
PAUSE_SECONDS = 2.0  # after an interrupted request: the server may still be at it


@dataclass(frozen=True)
class FaceToAsk:
    """A face without a confirmed task; `announced` when it may have been sent before.

    `past` are its answers that the server lost.
    """

    task_id: str
    face_id: str
    claimed_age: float  # years
    data: Mapping[str, str]  # of its task
    announced: bool
    gender: str | None = None  # as its hashtags say
    gender_confidence: float = 0.0
    past: tuple[PastAnswer, ...] = ()


@dataclass(frozen=True)
class SentTask:
    """The server's id of a task, and of the answers that went back with it, by our own."""

    remote_id: int
    answers: Mapping[str, int] = field(default_factory=dict)


class PushStage(Stage[FaceToAsk, SentTask]):
    """Kept images with one main face and a claimed age become tasks of the present project.

    `priorities` are numbers by face, the highest first (a face without one comes last); the
    server hands tasks out in the order in which they were made. `predictor` says what tasks are
    pre-annotated with.
    """

    name: ClassVar[str] = "push"
    unit: ClassVar[str] = "faces"
    subject: ClassVar[Subject] = "face"
    batch_size: ClassVar[int] = IMPORT_BATCH

    def __init__(
        self,
        campaign: Campaign,
        priorities: Mapping[str, float] | None = None,
        predictor: Predictor | None = None,
    ) -> None:
        self.campaign = campaign
        self.priorities = priorities
        self.predictor = predictor
        self._project: int | None = None

    def count(self, database: Database) -> int:
        """Return how many faces have no confirmed task."""
        with database.session() as session:
            ready = self._ready().subquery()
            return session.scalars(select(func.count()).select_from(ready)).one()

    def batches(self, database: Database) -> Iterator[Sequence[FaceToAsk]]:
        """Yield faces without a confirmed task; the project is made before the first."""
        for page in self._pages(database):
            if self._project is None:
                self._project = self.campaign.ensure_project(database)
            announced = [row.task_id for row in page if row.task_id is not None]
            past = {}
            if announced:
                with database.session() as session:
                    past = past_answers.past_answers(session, announced)
            yield [self._face_to_ask(row, past.get(row.task_id, ())) for row in page]

    def _face_to_ask(self, row: Row[*tuple[Any, ...]], past: Sequence[PastAnswer]) -> FaceToAsk:
        task_id = row.task_id or content_id("task", self.campaign.id, row.id)
        claimed = float(row.age) if row.claimed_age is None else row.claimed_age
        return FaceToAsk(
            task_id=task_id,
            face_id=row.id,
            claimed_age=claimed,
            data=self.campaign.task_data(task_id, row.crop_key, row.store_key, claimed),
            announced=row.task_id is not None,
            gender=row.gender,
            gender_confidence=row.gender_confidence or 0.0,
            past=tuple(past),
        )

    def key(self, item: FaceToAsk) -> str:
        """Return the face."""
        return item.face_id

    def engine(self, workers: int, ready: int, stopping: Callable[[], bool]) -> Engine:
        """Return an engine that writes down one batch while the server works on the next."""
        return OneAhead(self)

    def announce(self, session: Session, items: Sequence[FaceToAsk]) -> None:
        """Write the task rows before anything is sent."""
        rows = [
            {
                "id": item.task_id,
                "project_id": self.campaign.id,
                "face_id": item.face_id,
                "claimed_age": item.claimed_age,
                "stale": False,
            }
            for item in items
            if not item.announced
        ]
        insert_new(session, Task, rows)

    def process(self, items: Sequence[FaceToAsk]) -> Sequence[SentTask | Rejected]:
        """Return the server's ids of the tasks, after making those that were not there."""
        found = self._there([item.task_id for item in items if item.announced])
        remote = {task_id: task.id for task_id, task in found.items()}
        doubtful = {item.task_id for item in items if item.announced}
        for attempt in range(1, ATTEMPTS + 1):
            missing = [item for item in items if item.task_id not in remote]
            if not missing:
                break
            sent = [item.task_id for item in missing]
            try:
                made = self._send(missing)
                remote.update(zip(sent, made, strict=True))
                # What was sent a second time may have been on its way all along.
                again = self._there([one for one in sent if one in doubtful])
            except InterruptedRequestError:
                if attempt == ATTEMPTS:
                    raise
                time.sleep(PAUSE_SECONDS * attempt)
                doubtful.update(sent)
                again = self._there(sent)
            found |= again
            remote |= {task_id: task.id for task_id, task in again.items()}
        self._ask_fewer(items, remote)
        found |= self._there([it.task_id for it in items if it.past and it.task_id not in found])
        return [
            SentTask(
                remote[item.task_id],
                past_answers.returned(item.past, found[item.task_id])
                if item.past and item.task_id in found
                else {},
            )
            for item in items
        ]

    def record(
        self, session: Session, outcomes: Sequence[tuple[FaceToAsk, SentTask | Rejected]]
    ) -> Counter[str]:
        """Write down the server's ids."""
        rows, answers = [], []
        for item, sent in outcomes:
            assert isinstance(sent, SentTask)
            rows.append({"id": item.task_id, "remote_id": sent.remote_id})
            answers += [
                {"id": ours, "remote_id": remote, "lost": False}
                for ours, remote in sent.answers.items()
            ]
        session.execute(update(Task), rows)
        if answers:
            session.execute(update(Annotation), answers)
        return Counter({"tasks": len(rows), "answers sent back": len(answers)})

    @property
    def _project_id(self) -> int:
        assert self._project is not None  # `batches` made sure before it yielded anything
        return self._project

    def _ready(self) -> Select[*tuple[Any, ...]]:
        age, gender = aliased(Claim), aliased(Claim)
        return (
            select(
                Face.id,
                Task.id.label("task_id"),
                Task.claimed_age,
                age.value.label("age"),
                gender.value.label("gender"),
                gender.confidence.label("gender_confidence"),
                Face.crop_key,
                Image.store_key,
            )
            .join(Image, Image.id == Face.image_id)
            .join(age, (age.face_id == Face.id) & (age.attribute == "age"))
            .outerjoin(gender, (gender.face_id == Face.id) & (gender.attribute == "gender"))
            .outerjoin(Task, (Task.face_id == Face.id) & (Task.project_id == self.campaign.id))
            .where(Image.kept.is_(True), Face.position == 0, Face.crop_key.is_not(None))
            .where(Image.quarantined.is_(False), Task.remote_id.is_(None))
        )

    def _pages(self, database: Database) -> Iterator[Sequence[Row[*tuple[Any, ...]]]]:
        """Yield ready rows, a batch at a time, in the order in which moderators shall see them."""
        if self.priorities is None:
            yield from database.read_by_key(self._ready(), Face.id, self.batch_size)
            return
        with database.session() as session:
            ready = session.scalars(self._ready().with_only_columns(Face.id)).all()
        last = float("-inf")
        ranked = sorted(ready, key=lambda face: (-self.priorities.get(face, last), face))  # type: ignore[union-attr]
        for start in range(0, len(ranked), self.batch_size):
            wanted = ranked[start : start + self.batch_size]
            with database.session() as session:
                rows = session.execute(self._ready().where(Face.id.in_(wanted))).all()
            place = {face: number for number, face in enumerate(wanted)}
            if rows:
                yield sorted(rows, key=lambda row: place[row.id])

    def _send(self, items: Sequence[FaceToAsk]) -> list[int]:
        answers = [
            past_answers.as_sent(item.past, self._users, self._asked) if item.past else []
            for item in items
        ]
        predictions = [as_sent(self.predictor, item, self._asked) for item in items]
        return self.campaign.client.import_tasks(
            self._project_id,
            [item.data for item in items],
            answers=answers,
            predictions=predictions,
        )

    @property
    def _asked(self) -> questions.QuestionSet:
        return self.campaign.asked

    @cached_property
    def _users(self) -> dict[str, int]:
        """The server's users by our pseudonyms of them."""
        secret = self.campaign.workspace.secret
        return {
            moderator_pseudonym(secret, address): user
            for user, address in self.campaign.client.users().items()
        }

    def _ask_fewer(self, items: Sequence[FaceToAsk], remote: Mapping[str, int]) -> None:
        """Count in the answers of moderators whom the server does not know."""
        votes = self.campaign.settings.moderation.votes
        for item in items:
            if item.past and (needed := past_answers.votes_needed(item.past, self._users, votes)):
                overlap, answered = needed
                self.campaign.client.set_task_overlap(
                    remote[item.task_id], overlap, in_stream=not answered
                )

    def _there(self, task_ids: Sequence[str]) -> dict[str, RemoteTask]:
        """Return which of our tasks the server has. Of doubles, one stays."""
        if not task_ids:
            return {}
        client = self.campaign.client
        found = client.find_tasks(self._project_id, questions.EXTERNAL_ID, task_ids)
        kept = {}
        for task_id, tasks in found.items():
            first, *others = sorted(tasks, key=_answered_first)
            kept[task_id] = first
            for double in others:
                if not double.annotations:  # an answer is never thrown away
                    client.delete_task(double.id)
        return kept


def _answered_first(task: RemoteTask) -> tuple[bool, int]:
    return not task.annotations, task.id
