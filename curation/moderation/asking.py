"""Ask again where votes do not settle a face: one more moderator at a time.

`Task.wanted` says how many moderators shall see a face in all; this tells Label Studio where that
is not what it last confirmed (`Task.overlap`). Stopped at any point, the next run does the rest;
told twice, the server does nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy import ColumnElement, delete, exists, func, select, update
from sqlalchemy.orm import Session

from curation.database.models import Gold, Rejection, Task
from curation.database.session import Database
from curation.moderation.campaign import Campaign
from curation.moderation.votes import answers
from curation.stages import Rejected, Stage, Subject


@dataclass(frozen=True)
class TaskToAsk:
    """A task that `wanted` moderators shall see in all, of whom some (`annotators`) have."""

    task_id: str
    face_id: str
    remote_id: int
    wanted: int
    annotators: int


class AskStage(Stage[TaskToAsk, int]):
    """Tasks whose votes do not settle them go back into the label stream; settled ones leave it.

    With `everything` the server is told the number of every task that has one of its own, whatever
    it confirmed before.
    """

    name: ClassVar[str] = "ask"
    unit: ClassVar[str] = "faces"
    subject: ClassVar[Subject] = "face"
    batch_size: ClassVar[int] = 20  # requests, a tenth of a second and more each, a transaction

    def __init__(self, campaign: Campaign, *, everything: bool = False) -> None:
        self.campaign = campaign
        self.everything = everything

    def count(self, database: Database) -> int:
        """Return how many tasks the server has to be told of."""
        with database.session() as session:
            return session.scalars(select(func.count()).where(*self._ready())).one()

    def batches(self, database: Database) -> Iterator[Sequence[TaskToAsk]]:
        """Yield the tasks that the server has to be told of."""
        ready = select(Task.id, Task.face_id, Task.remote_id, Task.wanted).where(*self._ready())
        for page in database.read_by_key(ready, Task.id, self.batch_size):
            with database.session() as session:
                given = answers(session, [row.id for row in page])
            yield [
                TaskToAsk(
                    row.id, row.face_id, row.remote_id, row.wanted, len(given[row.id].annotators)
                )
                for row in page
            ]

    def key(self, item: TaskToAsk) -> str:
        """Return the face."""
        return item.face_id

    def process(self, items: Sequence[TaskToAsk]) -> Sequence[int | Rejected]:
        """Tell the server, one task after the other, as it writes one at a time anyway."""
        return [self._ask(item) for item in items]

    def record(
        self, session: Session, outcomes: Sequence[tuple[TaskToAsk, int | Rejected]]
    ) -> Counter[str]:
        """Write down what the server confirmed."""
        told = [
            {"id": item.task_id, "overlap": outcome}
            for item, outcome in outcomes
            if not isinstance(outcome, Rejected)
        ]
        if told:
            session.execute(update(Task), told)
        fine = [item.face_id for item, outcome in outcomes if not isinstance(outcome, Rejected)]
        session.execute(
            delete(Rejection).where(Rejection.stage == self.name, Rejection.face_id.in_(fine))
        )
        again = sum(
            item.wanted > item.annotators
            for item, outcome in outcomes
            if not isinstance(outcome, Rejected)
        )
        return Counter({"asked again": again, "settled": len(told) - again})

    def _ready(self) -> tuple[ColumnElement[bool], ...]:
        conditions = (
            Task.project_id == self.campaign.id,
            Task.remote_id.is_not(None),
            Task.wanted.is_not(None),
            # A gold face stays before everybody who has not seen it (curation.moderation.gold_mix).
            ~exists().where(Gold.face_id == Task.face_id, Gold.state == "open"),
        )
        if self.everything:
            return conditions
        return (*conditions, Task.wanted.is_distinct_from(Task.overlap))

    def _ask(self, item: TaskToAsk) -> int | Rejected:
        there = self.campaign.client.set_task_overlap(
            item.remote_id, item.wanted, in_stream=item.wanted > item.annotators
        )
        if not there:
            return Rejected("task-gone", "Label Studio does not have its task any more")
        return item.wanted
