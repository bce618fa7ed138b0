"""Put faces to the moderators: one Label Studio task for each, never two.

A task's id is made from the project and the face, and travels in the task's data. Its row is
written, in a transaction of its own, before anything is sent; so whoever comes after a crash
knows what may have been sent, asks the server which of it is there, and sends only the rest.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from curation.database.models import Claim, Face, Image, Task
from curation.database.session import Database
from curation.database.upsert import insert_new
from curation.identity import content_id
from curation.moderation import questions
from curation.moderation.campaign import Campaign
from curation.moderation.label_studio import IMPORT_BATCH, InterruptedRequestError
from curation.moderation.remote import RemoteTask
from curation.stages import Rejected, Stage, Subject

ATTEMPTS = 3
PAUSE_SECONDS = 2.0  # after an interrupted request: the server may still be at it


@dataclass(frozen=True)
class FaceToAsk:
    """A face without a confirmed task; `announced` when it may have been sent before."""

    task_id: str
    face_id: str
    claimed_age: float  # years
    crop_key: str
    image_key: str
    announced: bool


class PushStage(Stage[FaceToAsk, int]):
    """Kept images with one main face and a claimed age become tasks of the present project."""

    name: ClassVar[str] = "push"
    unit: ClassVar[str] = "faces"
    subject: ClassVar[Subject] = "face"
    batch_size: ClassVar[int] = IMPORT_BATCH

    def __init__(self, campaign: Campaign) -> None:
        self.campaign = campaign
        self._project: int | None = None

    def count(self, database: Database) -> int:
        """Return how many faces have no confirmed task."""
        with database.session() as session:
            ready = self._ready().subquery()
            return session.scalars(select(func.count()).select_from(ready)).one()

    def batches(self, database: Database) -> Iterator[Sequence[FaceToAsk]]:
        """Yield faces without a confirmed task; the project is made before the first."""
        for page in database.read_by_key(self._ready(), Face.id, self.batch_size):
            if self._project is None:
                self._project = self.campaign.ensure_project(database)
            yield [
                FaceToAsk(
                    task_id=content_id("task", self.campaign.id, row.id),
                    face_id=row.id,
                    claimed_age=float(row.value) if row.claimed_age is None else row.claimed_age,
                    crop_key=row.crop_key,
                    image_key=row.store_key,
                    announced=row.claimed_age is not None,
                )
                for row in page
            ]

    def key(self, item: FaceToAsk) -> str:
        """Return the face."""
        return item.face_id

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

    def process(self, items: Sequence[FaceToAsk]) -> Sequence[int | Rejected]:
        """Return the server's ids of the tasks, after making those that were not there."""
        remote = self._there([item.task_id for item in items if item.announced])
        doubtful = {item.task_id for item in items if item.announced}
        for attempt in range(1, ATTEMPTS + 1):
            missing = [item for item in items if item.task_id not in remote]
            if not missing:
                break
            sent = [item.task_id for item in missing]
            try:
                made = self.campaign.client.import_tasks(
                    self._project_id, [self._data(item) for item in missing]
                )
                remote.update(zip(sent, made, strict=True))
                # What was sent a second time may have been on its way all along.
                remote.update(self._there([one for one in sent if one in doubtful]))
            except InterruptedRequestError:
                if attempt == ATTEMPTS:
                    raise
                time.sleep(PAUSE_SECONDS * attempt)
                doubtful.update(sent)
                remote.update(self._there(sent))
        return [remote[item.task_id] for item in items]

    def record(
        self, session: Session, outcomes: Sequence[tuple[FaceToAsk, int | Rejected]]
    ) -> Counter[str]:
        """Write down the server's ids."""
        rows = [{"id": item.task_id, "remote_id": remote} for item, remote in outcomes]
        session.execute(update(Task), rows)
        return Counter(tasks=len(rows))

    @property
    def _project_id(self) -> int:
        assert self._project is not None  # `batches` made sure before it yielded anything
        return self._project

    def _ready(self) -> Select[*tuple[Any, ...]]:
        return (
            select(Face.id, Claim.value, Task.claimed_age, Face.crop_key, Image.store_key)
            .join(Image, Image.id == Face.image_id)
            .join(Claim, (Claim.face_id == Face.id) & (Claim.attribute == "age"))
            .outerjoin(Task, (Task.face_id == Face.id) & (Task.project_id == self.campaign.id))
            .where(Image.kept.is_(True), Face.position == 0, Face.crop_key.is_not(None))
            .where(Task.remote_id.is_(None))
        )

    def _data(self, item: FaceToAsk) -> dict[str, str]:
        return questions.task_data(
            item.task_id,
            crop_url=self.campaign.picture_url(item.crop_key),
            photo_url=self.campaign.picture_url(item.image_key),
            claimed_age=item.claimed_age,
        )

    def _there(self, task_ids: Sequence[str]) -> dict[str, int]:
        """Return which of our tasks the server has. Of doubles, one stays."""
        if not task_ids:
            return {}
        client = self.campaign.client
        found = client.find_tasks(self._project_id, questions.EXTERNAL_ID, task_ids)
        kept = {}
        for task_id, tasks in found.items():
            first, *others = sorted(tasks, key=_answered_first)
            kept[task_id] = first.id
            for double in others:
                if not double.annotations:  # an answer is never thrown away
                    client.delete_task(double.id)
        return kept


def _answered_first(task: RemoteTask) -> tuple[bool, int]:
    return not task.annotations, task.id
