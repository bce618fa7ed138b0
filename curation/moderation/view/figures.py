"""Figures of a campaign, counted by the database.

A question on a face is *decided* when its verdict is sure, or moot because another verdict rules
the face out; *contested* when it is not sure although as many moderators as may be asked have
answered; else *open*. A face is decided when all questions are, contested when one is, else open. A
face that was set aside because of its verdicts is decided.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Float,
    Integer,
    Subquery,
    and_,
    case,
    cast,
    extract,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Session

from curation.database.models import Annotation, Claim, Moderator, Rejection, Task, Verdict
from curation.moderation.asked import choices
from curation.settings import Settings

HOURS = 24  # that the history goes back
UNKNOWN = "not known"
STATES = ("decided", "contested", "open")
SET_ASIDE = "verdict"  # the stage that sets faces aside because of their verdicts


@dataclass(frozen=True)
class Tally:
    """How many are decided, contested and open."""

    decided: int = 0
    contested: int = 0
    open: int = 0

    @property
    def all(self) -> int:
        """Return how many there are."""
        return self.decided + self.contested + self.open


@dataclass(frozen=True)
class Figures:
    """How a campaign stands at `at`. Hours are those before it, the earliest first."""

    at: datetime
    faces: Tally
    questions: Mapping[str, Tally]
    countries: Mapping[str, Tally]
    ages: Mapping[str, Tally]
    answers: int
    suspended_answers: int
    answers_to_come: int
    per_hour: tuple[int, ...]
    waiting: int  # faces whose verdicts are to be worked out anew

    @property
    def rate(self) -> float | None:
        """Answers per hour: in the last hour, or on average of the last day's busy hours."""
        if self.per_hour and self.per_hour[-1]:
            return float(self.per_hour[-1])
        busy = [number for number in self.per_hour if number]
        return sum(busy) / len(busy) if busy else None

    @property
    def hours_left(self) -> float | None:
        """Return how long it takes at this rate; None where nobody votes."""
        if not self.answers_to_come:
            return 0.0
        return self.answers_to_come / self.rate if self.rate else None


def read_figures(session: Session, project_id: str, settings: Settings, now: datetime) -> Figures:
    """Count how the faces of a project stand."""
    attributes = list(choices(settings.moderation))
    groups = _groups(session, project_id, attributes, settings)
    faces = _tally(groups, lambda group: "all").get("all", Tally())
    answers, suspended = _answers(session, project_id)
    stale = select(func.count()).where(Task.project_id == project_id, Task.stale.is_(True))
    countries = _tally(groups, lambda group: group.country)
    ages = _tally(groups, lambda group: group.age)
    return Figures(
        at=now,
        faces=faces,
        questions=_questions(session, project_id, attributes, faces.all),
        countries=dict(sorted(countries.items(), key=lambda pair: (-pair[1].all, pair[0]))),
        ages={one: ages[one] for one in settings.balance.age_bins if one in ages},
        answers=answers,
        suspended_answers=suspended,
        answers_to_come=sum(group.to_come for group in groups if group.state == "open"),
        per_hour=_per_hour(session, project_id, now),
        waiting=session.scalars(stale).one(),
    )


@dataclass(frozen=True)
class _Group:
    """Faces of one country, age and state: how many, and the answers that they still need."""

    country: str
    age: str
    state: str
    faces: int
    to_come: int


def _groups(
    session: Session, project_id: str, attributes: Sequence[str], settings: Settings
) -> list[_Group]:
    """Count all faces in one pass."""
    faces = _faces(project_id, attributes)
    missing = func.coalesce(faces.c.wanted, settings.moderation.votes) - faces.c.answers
    country = func.coalesce(Claim.value, UNKNOWN)
    age = _age_bin(faces.c.claimed_age, settings.balance.age_bins)
    rows = session.execute(
        select(
            country,
            age,
            faces.c.state,
            func.count(),
            # A face that is open needs one more answer at the least.
            func.sum(case((missing > 1, missing), else_=1)),
        )
        .select_from(faces)
        .outerjoin(Claim, and_(Claim.face_id == faces.c.face_id, Claim.attribute == "country"))
        .group_by(country, age, faces.c.state)
    )
    return [_Group(row[0], row[1], row[2], int(row[3]), int(row[4])) for row in rows]


def _tally(groups: Sequence[_Group], name: Callable[[_Group], str]) -> dict[str, Tally]:
    counts: dict[str, dict[str, int]] = {}
    for group in groups:
        states = counts.setdefault(name(group), {})
        states[group.state] = states.get(group.state, 0) + group.faces
    return {one: Tally(**states) for one, states in counts.items()}


def _age_bin(claimed: ColumnElement[float], bins: Sequence[str]) -> ColumnElement[str]:
    """Return the bin ("7-12", "60+") of a claimed age in years."""
    age, (*first, last) = cast(claimed, Float), bins
    if not first:
        return literal(last)
    starts = ((age < int(one.rpartition("-")[2]) + 1, literal(one)) for one in first)
    return case(*starts, else_=literal(last))


CONTESTED = Verdict.state == "contested"
DECIDED = Verdict.state.in_(["sure", "moot"])


def _faces(project_id: str, attributes: Sequence[str]) -> Subquery:
    """Return face, state, claimed age, answers and wanted ones of each task of the project."""
    ruled_out = select(Rejection.face_id).where(
        Rejection.stage == SET_ASIDE, Rejection.face_id.is_not(None)
    )
    verdicts = (
        select(
            Verdict.face_id,
            func.sum(case((DECIDED, 1), else_=0)).label("decided"),
            func.sum(case((CONTESTED, 1), else_=0)).label("contested"),
            func.max(Verdict.votes).label("answers"),
        )
        .where(Verdict.attribute.in_(attributes))
        .group_by(Verdict.face_id)
        .subquery()
    )
    state = case(
        (
            or_(verdicts.c.decided >= len(attributes), Task.face_id.in_(ruled_out)),
            literal("decided"),
        ),
        (verdicts.c.contested > 0, literal("contested")),
        else_=literal("open"),
    )
    return (
        select(
            Task.face_id,
            Task.claimed_age,
            Task.wanted,
            state.label("state"),
            func.coalesce(verdicts.c.answers, 0).label("answers"),
        )
        .outerjoin(verdicts, verdicts.c.face_id == Task.face_id)
        .where(Task.project_id == project_id, Task.remote_id.is_not(None))
        .subquery()
    )


def _questions(
    session: Session, project_id: str, attributes: Sequence[str], total: int
) -> dict[str, Tally]:
    rows = session.execute(
        select(
            Verdict.attribute,
            func.sum(case((DECIDED, 1), else_=0)),
            func.sum(case((CONTESTED, 1), else_=0)),
        )
        .join(Task, and_(Task.face_id == Verdict.face_id, Task.project_id == project_id))
        .group_by(Verdict.attribute)
    )
    found = {name: (int(decided), int(open_)) for name, decided, open_ in rows}
    return {
        name: Tally(decided, undecided, max(0, total - decided - undecided))
        for name, (decided, undecided) in ((one, found.get(one, (0, 0))) for one in attributes)
    }


def _answers(session: Session, project_id: str) -> tuple[int, int]:
    """Return how many answers there are, and how many of them do not count."""
    rows = session.execute(
        select(Moderator.status, func.count())
        .select_from(Annotation)
        .join(Task, Task.id == Annotation.task_id)
        .join(Moderator, Moderator.id == Annotation.moderator_id)
        .where(Task.project_id == project_id, Annotation.state == "current")
        .group_by(Moderator.status)
    )
    by_status: dict[str, int] = {row[0]: row[1] for row in rows}
    total = sum(by_status.values())
    return total, total - by_status.get("active", 0)


def _per_hour(session: Session, project_id: str, now: datetime) -> tuple[int, ...]:
    """Return the answers in each of the last hours, the earliest first."""
    seconds = int(now.timestamp()) - cast(extract("epoch", Annotation.created_at), Integer)
    ago = seconds // 3600
    rows = session.execute(
        select(ago, func.count())
        .select_from(Annotation)
        .join(Task, Task.id == Annotation.task_id)
        .where(Task.project_id == project_id, Annotation.state == "current")
        .where(Annotation.created_at > now - timedelta(hours=HOURS), Annotation.created_at <= now)
        .group_by(ago)
    )
    counts = {int(row[0]): int(row[1]) for row in rows}
    return tuple(counts.get(hour, 0) for hour in reversed(range(HOURS)))
