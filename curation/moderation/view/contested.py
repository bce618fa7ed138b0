"""The faces on which the moderators are not of one mind, with what they said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from curation.database.models import Annotation, Face, Moderator, Task, Verdict, Vote
from curation.moderation.asked import choices
from curation.moderation.view.figures import CONTESTED
from curation.settings import ModerationSettings


@dataclass(frozen=True)
class ContestedFace:
    """One face: its claimed age (years), and the votes by value of each contested question."""

    face_id: str
    claimed_age: float
    votes: Mapping[str, Mapping[str, int]]


def read_contested(
    session: Session, project_id: str, settings: ModerationSettings, limit: int
) -> list[ContestedFace]:
    """Return at most `limit` contested faces, those with the most votes and least sure first."""
    attributes = list(choices(settings))
    rows = session.execute(
        select(
            Verdict.face_id,
            Task.claimed_age,
            Task.id,
            func.max(Verdict.votes).label("votes"),
            func.min(Verdict.probability).label("probability"),
        )
        .join(Task, (Task.face_id == Verdict.face_id) & (Task.project_id == project_id))
        .where(CONTESTED, Verdict.attribute.in_(attributes))
        .group_by(Verdict.face_id, Task.claimed_age, Task.id)
        .order_by(func.max(Verdict.votes).desc(), func.min(Verdict.probability), Verdict.face_id)
        .limit(limit)
    ).all()
    faces = {row.face_id: row for row in rows}
    wanted: dict[str, set[str]] = {}
    named = select(Verdict.face_id, Verdict.attribute).where(
        CONTESTED, Verdict.face_id.in_(faces), Verdict.attribute.in_(attributes)
    )
    for face_id, attribute in session.execute(named):
        wanted.setdefault(face_id, set()).add(attribute)
    said: dict[str, dict[str, dict[str, int]]] = {face: {} for face in faces}
    votes = (
        select(Task.face_id, Vote.attribute, Vote.value, func.count())
        .join(Annotation, Annotation.task_id == Task.id)
        .join(Moderator, Moderator.id == Annotation.moderator_id)
        .join(Vote, Vote.annotation_id == Annotation.id)
        .where(Task.id.in_([row.id for row in rows]), Annotation.state == "current")
        .where(Moderator.status == "active")
        .group_by(Task.face_id, Vote.attribute, Vote.value)
        .order_by(func.count().desc(), Vote.value)
    )
    for face_id, attribute, value, number in session.execute(votes):
        if attribute in wanted.get(face_id, ()):
            said[face_id].setdefault(attribute, {})[value] = number
    return [ContestedFace(face, row.claimed_age, said[face]) for face, row in faces.items()]


def crop_key(session: Session, project_id: str, face_id: str) -> str | None:
    """Return where the store has the crop of a face of this campaign; None of any other."""
    return session.scalars(
        select(Face.crop_key)
        .join(Task, Task.face_id == Face.id)
        .where(Face.id == face_id, Task.project_id == project_id)
    ).one_or_none()
