"""Gold: faces whose right answers are known, from unanimous votes or from a file.

A gold face is a face like any other, with the one task it always had: nothing in it, or in its
place in the label stream, tells a moderator that the answer is known. It is handed to everybody
who has not seen it (`gold_mix`), and what they answer is held against what is known.

Nothing is counted twice. Being gold adds no vote to a face: its verdict comes from its votes alone,
of each moderator one. The votes from which gold grew are no test of those who gave them; only
answers after `since` are. And an answer that is held against gold is not held against the others'
verdict as well (`quality.confusion.yardstick`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from curation.database.models import Annotation, Gold, Moderator, Task, Verdict, Vote
from curation.database.session import Database
from curation.database.upsert import insert_new
from curation.moderation.asked import choices
from curation.settings import ModerationSettings

POOL = 200  # gold faces that wait; more are not grown
LOOKED_AT = 5_000  # faces, at one time
UNFIT = ("unclear",)  # answers that are right but teach nothing about who gave them


@dataclass(frozen=True)
class Known:
    """The known answers to one face, by question, and since when answers are held against them."""

    face_id: str
    answers: Mapping[str, str]
    since: datetime


def grow(database: Database, project_id: str, settings: ModerationSettings) -> int:
    """Make gold of unanimous faces while fewer than `POOL` wait; return how many became gold.

    Every question that was answered must have `gold_votes` votes of active moderators, all for
    one value, and a verdict with at least `gold_probability`. Of the faces that are fit, kinds of
    answers that are rare come first: always the same gold would teach nothing.
    """
    with database.session() as session:
        waiting = session.scalars(
            select(func.count(Gold.face_id.distinct())).where(Gold.state == "ready")
        ).one()
        room = POOL - waiting
        if room < POOL // 4:  # not for every single one
            return 0
        found = _unanimous(session, project_id, settings)
        taken = _evenly(found)[:room]
        insert_new(
            session,
            Gold,
            [
                {"face_id": one.face_id, "attribute": attribute, "value": value}
                | {"origin": "unanimous", "state": "ready", "since": one.since}
                for one in taken
                for attribute, value in one.answers.items()
            ],
        )
    return len(taken)


def _unanimous(session: Session, project_id: str, settings: ModerationSettings) -> list[Known]:
    first = next(iter(choices(settings)))
    candidates = (
        select(Verdict.face_id)
        .join(Task, (Task.face_id == Verdict.face_id) & (Task.project_id == project_id))
        .where(Verdict.attribute == first, Verdict.value.is_not(None))
        .where(Verdict.probability >= settings.gold_probability)
        .where(Verdict.votes >= settings.gold_votes, Task.stale.is_(False))
        .where(~exists().where(Gold.face_id == Verdict.face_id))
        .order_by(Verdict.probability.desc(), Verdict.votes.desc(), Verdict.face_id)
        .limit(LOOKED_AT)
    )
    faces = session.scalars(candidates).all()
    by_face: dict[str, dict[str, tuple[str, str, int]]] = defaultdict(dict)
    since: dict[str, datetime] = {}
    verdicts: dict[tuple[str, str], tuple[str | None, float]] = {}
    for start in range(0, len(faces), 500):
        part = faces[start : start + 500]
        votes = (
            select(
                Task.face_id,
                Vote.attribute,
                func.min(Vote.value),
                func.max(Vote.value),
                func.count(Annotation.moderator_id.distinct()),
                func.max(Annotation.created_at),
            )
            .join(Annotation, Annotation.task_id == Task.id)
            .join(Moderator, Moderator.id == Annotation.moderator_id)
            .join(Vote, Vote.annotation_id == Annotation.id)
            .where(Task.project_id == project_id, Task.face_id.in_(part))
            .where(Annotation.state == "current", Moderator.status == "active")
            .where(Vote.attribute.in_(list(choices(settings))))
            .group_by(Task.face_id, Vote.attribute)
        )
        for face, attribute, least, most, number, last in session.execute(votes):
            by_face[face][attribute] = (least, most, number)
            since[face] = max(last, since.get(face, last))
        said = select(Verdict.face_id, Verdict.attribute, Verdict.value, Verdict.probability)
        for face, attribute, value, sure in session.execute(said.where(Verdict.face_id.in_(part))):
            verdicts[face, attribute] = (value, sure)
    found = []
    for face, answered in sorted(by_face.items()):
        answers = {
            attribute: least
            for attribute, (least, most, number) in answered.items()
            if least == most and number >= settings.gold_votes and least not in UNFIT
            if _is_sure(verdicts.get((face, attribute)), least, settings.gold_probability)
        }
        if len(answers) == len(answered):
            found.append(Known(face, answers, since[face]))
    return found


def _is_sure(verdict: tuple[str | None, float] | None, value: str, least: float) -> bool:
    return verdict is not None and verdict[0] == value and verdict[1] >= least


def _evenly(found: Iterable[Known]) -> list[Known]:
    """Return the faces, taking one of each kind of answers in turn."""
    kinds: dict[tuple[tuple[str, str], ...], list[Known]] = defaultdict(list)
    for one in found:
        kinds[tuple(sorted(one.answers.items()))].append(one)
    rounds = zip_longest(
        *(kinds[kind] for kind in sorted(kinds, key=lambda kind: len(kinds[kind])))
    )
    return [one for each in rounds for one in each if one is not None]


def open_gold_tasks(session: Session, project_id: str) -> Sequence[str]:
    """Return the tasks that are kept open for everybody: their overlap is not to be touched."""
    return session.scalars(
        select(Task.id)
        .join(Gold, Gold.face_id == Task.face_id)
        .where(Task.project_id == project_id, Gold.state == "open")
        .distinct()
    ).all()
