"""Take home what moderators answered since the last time.

Annotations are history: a later `updated_at` supersedes the one before, and an annotation that
its task no longer has is withdrawn. The server is asked for the tasks that changed after the
cursor; the cursor moves only when all of them are recorded, to the newest change that the server
had before they were listed, so what changes meanwhile is seen again the next time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import ClassVar, TypeVar

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from curation.database.models import Annotation, Moderator, Project, Rejection, Task, Vote
from curation.database.session import Database
from curation.database.upsert import insert_new, upsert
from curation.identity import content_id
from curation.moderation import questions
from curation.moderation.campaign import Campaign
from curation.moderation.past_answers import REFUTED, import_id
from curation.moderation.quarantine import settle_quarantine
from curation.moderation.remote import RemoteAnnotation, RemoteTask
from curation.privacy import moderator_pseudonym
from curation.privacy.tombstones import Tombstones, read_tombstones
from curation.stages import Rejected, Stage, Subject, rejection_row

Page = TypeVar("Page")

# The server stamps a change before it is committed; this much later it surely is.
OVERLAP = timedelta(seconds=30)


@dataclass(frozen=True)
class ChangedTask:
    """One of our tasks whose annotations are not as the database has them."""

    task_id: str
    remote: RemoteTask
    confirmed: bool  # whether the database knew that the server has it


@dataclass(frozen=True)
class ReadAnnotation:
    """One annotation with its moderator's pseudonym and its votes; `id` is what its row is called.

    An answer that went back to the server with its task keeps the row that it had before.
    """

    id: str
    remote: RemoteAnnotation
    moderator_id: str
    answer: questions.Answer


Answers = tuple[ReadAnnotation, ...]


class PullStage(Stage[ChangedTask, Answers]):
    """Changed tasks of the present project become annotations and votes."""

    name: ClassVar[str] = "pull"
    unit: ClassVar[str] = "tasks"
    subject: ClassVar[Subject] = "annotation"

    def __init__(self, campaign: Campaign) -> None:
        self.campaign = campaign
        self.unknown_tasks = 0  # in our project, but not of our making
        self.missing_tasks = 0  # sent, and no longer there
        self._handed_out = 0
        self._recorded = 0
        self._emails: dict[int, str] = {}

    def count(self, database: Database) -> int:
        """Return how many tasks changed since the last pull, as the server counts them."""
        project = self.campaign.row(database)
        if project is None:
            return 0
        return self.campaign.client.count_changed(project.remote_id, project.pulled_until)

    def batches(self, database: Database) -> Iterator[Sequence[ChangedTask]]:
        """Yield the tasks that changed; move the cursor when all are recorded."""
        project = self.campaign.row(database)
        if project is None:
            return
        client = self.campaign.client
        newest = client.newest_change(project.remote_id)
        since = project.pulled_until - OVERLAP if project.pulled_until else None
        for page in ahead(client.changed_tasks(project.remote_id, since)):
            if changed := self._changed(database, page):
                self._handed_out += len(changed)
                yield changed
        self.missing_tasks = self._missing(database, project.remote_id)
        # With a limit not all that was handed out is recorded; the rest is for the next time.
        complete = self._recorded == self._handed_out
        if complete and newest is not None and newest != project.pulled_until:
            with database.session() as session:
                session.execute(
                    update(Project).where(Project.id == project.id).values(pulled_until=newest)
                )

    def key(self, item: ChangedTask) -> str:
        """Return the task; its annotations are set aside one by one, by `record`."""
        return item.task_id

    def process(self, items: Sequence[ChangedTask]) -> Sequence[Answers | Rejected]:
        """Read the answers."""
        return [
            tuple(
                ReadAnnotation(
                    content_id("annotation", item.task_id, one.id, _stamp(one.updated_at)),
                    one,
                    self._moderator(one.user),
                    questions.read_answer(
                        one.result, skipped=one.skipped, asked=self.campaign.asked
                    ),
                )
                for one in item.remote.annotations
                if not self._tombstones.moderator(self._moderator(one.user))
            )
            for item in items
        ]

    def record(
        self, session: Session, outcomes: Sequence[tuple[ChangedTask, Answers | Rejected]]
    ) -> Counter[str]:
        """Write new annotations and votes; mark what they replace, and what is gone."""
        self._recorded += len(outcomes)
        tasks = [item.task_id for item, _ in outcomes]
        known: dict[str, list[Annotation]] = defaultdict(list)
        for row in session.scalars(select(Annotation).where(Annotation.task_id.in_(tasks))):
            known[row.task_id].append(row)
        new: list[tuple[str, ReadAnnotation]] = []
        counts: Counter[str] = Counter()
        stale: set[str] = set()
        for item, read in outcomes:
            assert not isinstance(read, Rejected)
            answers = known_again(session, known[item.task_id], read)
            settled = self._settle(session, known[item.task_id], answers)
            recorded = {row.id for row in known[item.task_id]}
            fresh = [(item.task_id, one) for one in answers if one.id not in recorded]
            if settled or fresh:
                stale.add(item.task_id)
            if not item.confirmed:
                found = update(Task).where(Task.id == item.task_id)
                session.execute(found.values(remote_id=item.remote.id))
            new += fresh
            counts += settled
        session.flush()
        session.execute(update(Task).where(Task.id.in_(stale)).values(stale=True))
        counts += self._insert(session, new)
        return counts + settle_quarantine(session, sorted(stale))

    def _settle(
        self, session: Session, rows: Sequence[Annotation], answers: Answers
    ) -> Counter[str]:
        """Give the annotations of one task the state they have now; return what changed."""
        present = {one.id for one in answers}
        there = {one.remote.id for one in answers}
        changed: Counter[str] = Counter()
        for row in rows:
            if row.id in present:
                state = "current"
            elif row.state == "current" and not row.lost:
                state = "superseded" if row.remote_id in there else "withdrawn"
            else:
                continue
            if row.state != state:
                row.state = state
                changed[state] += 1
                # An answer that no longer counts is no longer missing from the funnel.
                session.execute(
                    delete(Rejection).where(
                        Rejection.stage == self.name, Rejection.annotation_id == row.id
                    )
                )
        return changed

    def _insert(self, session: Session, new: Sequence[tuple[str, ReadAnnotation]]) -> Counter[str]:
        moderators = sorted({one.moderator_id for _, one in new})
        insert_new(session, Moderator, [{"id": one, "status": "active"} for one in moderators])
        annotations = [
            {
                "id": one.id,
                "task_id": task_id,
                "moderator_id": one.moderator_id,
                "remote_id": one.remote.id,
                "created_at": one.remote.created_at,
                "updated_at": one.remote.updated_at,
                "lead_time": one.remote.lead_time,
                "state": "current",
            }
            for task_id, one in new
        ]
        votes = [
            {"annotation_id": one.id, "attribute": attribute, "value": value}
            for _, one in new
            for attribute, value in one.answer.votes.items()
        ]
        rejections = [
            rejection_row(self.name, self.subject, one.id, one.answer.rejected)
            for _, one in new
            if one.answer.rejected is not None
        ]
        insert_new(session, Annotation, annotations)
        insert_new(session, Vote, votes)
        upsert(session, Rejection, rejections, update=["reason", "detail"])
        reasons = Counter(f"set aside ({row['reason']})" for row in rejections)
        return Counter(annotations=len(annotations), votes=len(votes)) + reasons

    def _missing(self, database: Database, project: int) -> int:
        """Return how many tasks fewer there are than were sent; a push meanwhile may hide some."""
        with database.session() as session:
            sent = session.scalars(
                select(func.count()).where(
                    Task.project_id == self.campaign.id, Task.remote_id.is_not(None)
                )
            ).one()
        there = self.campaign.client.count_changed(project, None)
        return max(0, sent - (there - self.unknown_tasks))

    def _changed(self, database: Database, page: Sequence[RemoteTask]) -> list[ChangedTask]:
        """Return those of our tasks that the database does not have like this."""
        by_id: dict[str, RemoteTask] = {}
        for task in page:
            by_id.setdefault(str(task.data.get(questions.EXTERNAL_ID)), task)
        with database.session() as session:
            ours = session.execute(
                select(Task.id, Task.remote_id).where(
                    Task.project_id == self.campaign.id, Task.id.in_(by_id)
                )
            ).all()
            current: dict[str, set[tuple[int, datetime]]] = defaultdict(set)
            rows = session.execute(
                select(Annotation.task_id, Annotation.remote_id, Annotation.updated_at).where(
                    Annotation.task_id.in_(by_id),
                    Annotation.state == "current",
                    Annotation.lost.is_(False),
                )
            )
            for task_id, remote_id, updated_at in rows:
                current[task_id].add((remote_id, updated_at))
        mine = {task_id for task_id, remote in ours if remote in (None, by_id[task_id].id)}
        self.unknown_tasks += len(page) - len(mine)
        return [
            ChangedTask(task_id, by_id[task_id], confirmed=remote_id is not None)
            for task_id, remote_id in ours
            if task_id in mine
            and (
                remote_id is None
                or current[task_id] != {(a.id, a.updated_at) for a in by_id[task_id].annotations}
            )
        ]

    @cached_property
    def _tombstones(self) -> Tombstones:
        return read_tombstones(self.campaign.workspace)

    def _moderator(self, user: int | None) -> str:
        """Return the pseudonym of a user of the server: the same on every server, by address."""
        if user is not None and user not in self._emails:
            self._emails = self.campaign.client.users()
        who = self._emails.get(user or 0) or f"{self.campaign.server} user {user}"
        return moderator_pseudonym(self.campaign.workspace.secret, who)


def ahead(pages: Iterator[Page]) -> Iterator[Page]:
    """Yield pages, each next one being asked for while the present one is worked on."""
    with ThreadPoolExecutor(max_workers=1) as asking:
        coming = asking.submit(next, pages, None)
        while (page := coming.result()) is not None:
            coming = asking.submit(next, pages, None)
            yield page


def known_again(
    session: Session, rows: Sequence[Annotation], read: Sequence[ReadAnnotation]
) -> tuple[ReadAnnotation, ...]:
    """Return what was read, under their old rows where answers went back to the server.

    Such an answer carries the number of its row. While it says what the row says it is the same
    answer; else its moderator changed it since, and it replaces the row.
    """
    sent_back = {import_id(row.id): row for row in rows if row.state == "current"}
    again = []
    for one in read:
        row = sent_back.get(one.remote.import_id) if one.remote.import_id is not None else None
        same = False
        if row is not None:
            row.remote_id, row.lost = one.remote.id, False
            said = session.execute(
                select(Vote.attribute, Vote.value).where(
                    Vote.annotation_id == row.id, Vote.value != REFUTED
                )
            ).all()
            same = one.answer.votes == {vote.attribute: vote.value for vote in said}
        again.append(replace(one, id=row.id) if row is not None and same else one)
    return tuple(again)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
