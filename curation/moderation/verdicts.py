"""Work out the verdicts of the faces whose votes changed, and set aside what they rule out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from curation.database.models import Annotation, Moderator, Rejection, Task, Verdict, Vote
from curation.database.session import Database
from curation.database.upsert import upsert
from curation.moderation.consensus import METHOD, Consensus, consensus
from curation.moderation.questions import QUESTIONS
from curation.settings import ModerationSettings
from curation.stages import Rejected, Stage, Subject

# What rules a face out, the first that applies: attribute, values, reason.
RULED_OUT = (
    ("relevant", ("no",), "not-relevant"),
    ("age_fits", ("too_young", "too_old"), "age-does-not-fit"),
    ("age_fits", ("unclear",), "age-unclear"),
    ("gender", ("unclear",), "gender-unclear"),
)


@dataclass(frozen=True)
class FaceVotes:
    """The votes that count on one face, by attribute, and the annotations they come from."""

    task_id: str
    face_id: str
    claimed_age: float  # years
    annotations: frozenset[str]
    votes: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Verdicts:
    """The verdicts on one face, by attribute."""

    by_attribute: Mapping[str, Consensus]


@dataclass(frozen=True)
class RuledOut(Rejected):
    """Verdicts on a face that is set aside because of them."""

    by_attribute: Mapping[str, Consensus] | None = None


class VerdictStage(Stage[FaceVotes, Verdicts]):
    """Tasks whose annotations changed get their verdicts anew."""

    name: ClassVar[str] = "verdict"
    unit: ClassVar[str] = "faces"
    subject: ClassVar[Subject] = "face"
    batch_size: ClassVar[int] = 1_000

    def __init__(self, project_id: str, settings: ModerationSettings) -> None:
        self.project_id = project_id
        self.settings = settings

    def count(self, database: Database) -> int:
        """Return how many faces wait for new verdicts."""
        with database.session() as session:
            waiting = select(func.count()).where(*self._waiting())
            return session.scalars(waiting).one()

    def batches(self, database: Database) -> Iterator[Sequence[FaceVotes]]:
        """Yield the faces that wait, with their votes."""
        waiting = select(Task.id, Task.face_id, Task.claimed_age).where(*self._waiting())
        for page in database.read_by_key(waiting, Task.id, self.batch_size):
            with database.session() as session:
                annotations, votes = _current_votes(session, [row.id for row in page])
            yield [
                FaceVotes(
                    row.id,
                    row.face_id,
                    row.claimed_age,
                    frozenset(annotations[row.id]),
                    votes[row.id],
                )
                for row in page
            ]

    def key(self, item: FaceVotes) -> str:
        """Return the face."""
        return item.face_id

    def process(self, items: Sequence[FaceVotes]) -> Sequence[Verdicts | Rejected]:
        """Add the votes up."""
        return [self._judge(item.votes) for item in items]

    def record(
        self, session: Session, outcomes: Sequence[tuple[FaceVotes, Verdicts | Rejected]]
    ) -> Counter[str]:
        """Write the verdicts; take back those that have no votes any more, and old rejections."""
        tasks = [item.task_id for item, _ in outcomes]
        faces = [item.face_id for item, _ in outcomes]
        # First this, which locks the rows: a pull that changes them now waits, and marks them anew.
        session.execute(update(Task).where(Task.id.in_(tasks)).values(stale=False))
        now, _ = _current_votes(session, tasks)
        changed = [item.task_id for item, _ in outcomes if item.annotations != now[item.task_id]]
        session.execute(update(Task).where(Task.id.in_(changed)).values(stale=True))
        rows = [row for item, outcome in outcomes for row in _rows(item, outcome)]
        there = {(row["face_id"], row["attribute"]) for row in rows}
        for face_id, attribute in session.execute(
            select(Verdict.face_id, Verdict.attribute).where(Verdict.face_id.in_(faces))
        ).all():
            if (face_id, attribute) not in there:
                session.execute(
                    delete(Verdict).where(
                        Verdict.face_id == face_id, Verdict.attribute == attribute
                    )
                )
        upsert(session, Verdict, rows, update=["value", "age", "probability", "votes", "method"])
        fine = [item.face_id for item, outcome in outcomes if not isinstance(outcome, Rejected)]
        session.execute(
            delete(Rejection).where(Rejection.stage == self.name, Rejection.face_id.in_(fine))
        )
        decided = Counter(row["attribute"] for row in rows if row["value"] is not None)
        return Counter({f"{name} decided": number for name, number in decided.items()})

    def _waiting(self) -> tuple[ColumnElement[bool], ...]:
        return Task.project_id == self.project_id, Task.stale.is_(True)

    def _judge(self, votes: Mapping[str, Sequence[str]]) -> Verdicts | RuledOut:
        found = {
            question.attribute: consensus(
                votes[question.attribute],
                question.values,
                quorum=self.settings.quorum,
                accuracy=self.settings.vote_accuracy,
            )
            for question in QUESTIONS
            if votes.get(question.attribute)
        }
        for attribute, values, reason in RULED_OUT:
            verdict = found.get(attribute)
            if verdict is not None and verdict.value in values:
                return RuledOut(reason, f"{verdict.value} by {verdict.votes} votes", found)
        return Verdicts(found)


def _rows(item: FaceVotes, outcome: Verdicts | Rejected) -> list[dict[str, Any]]:
    assert isinstance(outcome, Verdicts | RuledOut)
    return [
        {
            "face_id": item.face_id,
            "attribute": attribute,
            "value": verdict.value,
            "age": item.claimed_age if attribute == "age_fits" else None,
            "probability": verdict.probability,
            "votes": verdict.votes,
            "method": METHOD,
        }
        for attribute, verdict in (outcome.by_attribute or {}).items()
    ]


def _current_votes(
    session: Session, tasks: Sequence[str]
) -> tuple[Mapping[str, set[str]], Mapping[str, Mapping[str, Sequence[str]]]]:
    """Return the current annotations and the votes that count, by task.

    Of a moderator who answered the same task twice the later answer counts.
    """
    annotations: dict[str, set[str]] = defaultdict(set)
    latest: dict[str, dict[tuple[str, str], str]] = defaultdict(dict)
    rows = session.execute(
        select(
            Annotation.task_id, Annotation.id, Annotation.moderator_id, Vote.attribute, Vote.value
        )
        .join(Moderator, Moderator.id == Annotation.moderator_id)
        .outerjoin(Vote, Vote.annotation_id == Annotation.id)
        .where(Annotation.task_id.in_(tasks), Annotation.state == "current")
        .where(Moderator.status == "active")
        .order_by(Annotation.updated_at, Annotation.remote_id)
    )
    for task_id, annotation_id, moderator_id, attribute, value in rows:
        annotations[task_id].add(annotation_id)
        if attribute is not None:
            latest[task_id][moderator_id, attribute] = value
    votes: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for task_id, by_moderator in latest.items():
        for (_, attribute), value in by_moderator.items():
            votes[task_id][attribute].append(value)
    return annotations, votes
