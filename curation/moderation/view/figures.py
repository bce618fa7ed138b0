"""Figures of a campaign, counted by the database.

A question on a face is *decided* when it has a verdict with a value, *contested* when it has none
although it has as many votes as are asked for, else *open*. A face is decided when all questions
are, contested when one is, else open. A face that was set aside because of its verdicts is decided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Float, Subquery, and_, case, cast, func, literal, or_, select
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
    asked = settings.moderation.votes
    attributes = list(choices(settings.moderation))
    faces = _faces(project_id, attributes, asked)
    grouped = session.execute(select(faces.c.state, func.count()).group_by(faces.c.state))
    by_state: dict[str, int] = {row[0]: row[1] for row in grouped}
    total = sum(by_state.values())
    answers, suspended = _answers(session, project_id)
    given = select(func.coalesce(func.sum(_at_least(asked - faces.c.answers)), 0))
    to_come = session.scalars(given.where(faces.c.state != "decided")).one()
    stale = select(func.count()).where(Task.project_id == project_id, Task.stale.is_(True))
    return Figures(
        at=now,
        faces=Tally(**by_state),
        questions=_questions(session, project_id, attributes, asked, total),
        countries=_by_country(session, faces),
        ages=_by_age(session, faces, settings.balance.age_bins),
        answers=answers,
        suspended_answers=suspended,
        answers_to_come=int(to_come),
        per_hour=_per_hour(session, project_id, now),
        waiting=session.scalars(stale).one(),
    )


def _at_least(missing: ColumnElement[Any]) -> ColumnElement[Any]:
    """A face that is not decided needs one more answer at the least."""
    return case((missing > 1, missing), else_=1)


def contested(asked: int) -> ColumnElement[bool]:
    """Say of a verdict that it is contested."""
    return and_(Verdict.value.is_(None), Verdict.votes >= asked)


def _faces(project_id: str, attributes: Sequence[str], asked: int) -> Subquery:
    """Return face, state, claimed age and answers of each task of the project."""
    ruled_out = select(Rejection.face_id).where(
        Rejection.stage == SET_ASIDE, Rejection.face_id.is_not(None)
    )
    verdicts = (
        select(
            Verdict.face_id,
            func.count(Verdict.value).label("decided"),
            func.sum(case((contested(asked), 1), else_=0)).label("contested"),
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
            state.label("state"),
            func.coalesce(verdicts.c.answers, 0).label("answers"),
        )
        .outerjoin(verdicts, verdicts.c.face_id == Task.face_id)
        .where(Task.project_id == project_id, Task.remote_id.is_not(None))
        .subquery()
    )


def _questions(
    session: Session, project_id: str, attributes: Sequence[str], asked: int, total: int
) -> dict[str, Tally]:
    rows = session.execute(
        select(
            Verdict.attribute,
            func.count(Verdict.value),
            func.sum(case((contested(asked), 1), else_=0)),
        )
        .join(Task, and_(Task.face_id == Verdict.face_id, Task.project_id == project_id))
        .group_by(Verdict.attribute)
    )
    found = {name: (int(decided), int(open_)) for name, decided, open_ in rows}
    return {
        name: Tally(decided, undecided, max(0, total - decided - undecided))
        for name, (decided, undecided) in ((one, found.get(one, (0, 0))) for one in attributes)
    }


def _by_country(session: Session, faces: Subquery) -> dict[str, Tally]:
    """Return the tallies of the countries that the faces are claimed to be from, largest first."""
    country = and_(Claim.face_id == faces.c.face_id, Claim.attribute == "country")
    name = func.coalesce(Claim.value, UNKNOWN)
    rows = session.execute(
        select(name, faces.c.state, func.count())
        .select_from(faces)
        .outerjoin(Claim, country)
        .group_by(name, faces.c.state)
    ).all()
    found = _tallies(rows)
    return dict(sorted(found.items(), key=lambda pair: (-pair[1].all, pair[0])))


def _by_age(session: Session, faces: Subquery, bins: Sequence[str]) -> dict[str, Tally]:
    """Return the tallies of the bins ("7-12", "60+") of the claimed age, the youngest first."""
    age = cast(faces.c.claimed_age, Float)
    *first, last = bins
    name = (
        case(
            *((age < int(one.rpartition("-")[2]) + 1, literal(one)) for one in first),
            else_=literal(last),
        )
        if first
        else literal(last)
    )
    rows = session.execute(
        select(name, faces.c.state, func.count()).group_by(name, faces.c.state)
    ).all()
    found = _tallies(rows)
    return {one: found[one] for one in bins if one in found}


def _tallies(rows: Sequence[Any]) -> dict[str, Tally]:
    counts: dict[str, dict[str, int]] = {}
    for name, state, number in rows:
        counts.setdefault(name, {})[state] = number
    return {name: Tally(**states) for name, states in counts.items()}


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
    """Return the answers in each of the last hours, counted in one pass over their times."""
    starts = [now - timedelta(hours=back) for back in range(HOURS, -1, -1)]
    counts = [
        func.coalesce(
            func.sum(
                case(
                    (and_(Annotation.created_at > one, Annotation.created_at <= other), 1), else_=0
                )
            ),
            0,
        )
        for one, other in pairwise(starts)
    ]
    recent = (
        select(*counts)
        .select_from(Annotation)
        .join(Task, Task.id == Annotation.task_id)
        .where(Task.project_id == project_id, Annotation.state == "current")
        .where(Annotation.created_at > starts[0])
    )
    return tuple(int(number) for number in session.execute(recent).one())
