"""Read the votes of one project from the tables, with what is known to be true."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from curation.database.models import Annotation, Gold, Moderator, Task, Vote
from curation.moderation.quality.table import (
    Answers,
    Numbers,
    QuestionVotes,
    Votes,
    codes,
    latest_per_face,
)


def read_votes(session: Session, project_id: str, choices: Mapping[str, Sequence[str]]) -> Votes:
    """Return the current votes of all moderators, active or not, on the faces of a project.

    `choices` names the values of each question that has some; answers to others are read as
    numbers. Of a moderator who answered the same task twice the later answer counts. Answers
    without a vote (skipped, or rejected) count for the pace and for nothing else.
    """
    people = session.execute(
        select(Moderator.id, Moderator.status)
        .where(
            Moderator.id.in_(
                select(Annotation.moderator_id)
                .join(Task, Task.id == Annotation.task_id)
                .where(Task.project_id == project_id)
            )
        )
        .order_by(Moderator.id)
    ).all()
    names = tuple(row.id for row in people)
    given = session.execute(
        select(
            Annotation.id,
            Task.face_id,
            Annotation.moderator_id,
            Annotation.created_at,
            Annotation.lead_time,
        )
        .join(Task, Task.id == Annotation.task_id)
        .where(Task.project_id == project_id, Annotation.state == "current")
        .order_by(Annotation.created_at, Annotation.remote_id)
    ).all()
    faces = {name: code for code, name in enumerate(dict.fromkeys(row.face_id for row in given))}
    answers = Answers(
        face=_array(faces[row.face_id] for row in given),
        moderator=codes([row.moderator_id for row in given], names),
        at=np.array([row.created_at.timestamp() for row in given], float),
        lead_time=np.array(
            [np.nan if row.lead_time is None else row.lead_time for row in given], float
        ),
    )
    row_of = {row.id: number for number, row in enumerate(given)}
    votes = session.execute(
        select(Vote.annotation_id, Vote.attribute, Vote.value)
        .join(Annotation, Annotation.id == Vote.annotation_id)
        .join(Task, Task.id == Annotation.task_id)
        .where(Task.project_id == project_id, Annotation.state == "current")
    )
    by_attribute: dict[str, list[tuple[int, str]]] = {}
    for annotation_id, attribute, value in votes:
        by_attribute.setdefault(attribute, []).append((row_of[annotation_id], value))
    known = _gold(session, faces)
    questions, numbers = {}, {}
    for attribute, said in by_attribute.items():
        said.sort()
        rows = _array(row for row, _ in said)
        last = latest_per_face(answers.face[rows], answers.moderator[rows])
        rows, values = rows[last], [v for (_, v), kept in zip(said, last, strict=True) if kept]
        if attribute in choices:
            questions[attribute] = _question(
                attribute, tuple(choices[attribute]), rows, values, answers, known
            )
        elif all(_is_number(value) for value in values):
            numbers[attribute] = Numbers(
                answers.face[rows], answers.moderator[rows], np.array(values, float)
            )
    ordered = {name: questions[name] for name in choices if name in questions}
    active = np.array([row.status == "active" for row in people], bool)
    return Votes(names, active, len(faces), answers, ordered, numbers)


def _question(
    attribute: str,
    names: tuple[str, ...],
    rows: NDArray[np.int64],
    values: Sequence[str],
    answers: Answers,
    known: Mapping[tuple[int, str], tuple[str, float]],
) -> QuestionVotes:
    said = codes(values, names)
    fine = said >= 0
    rows, said = rows[fine], said[fine]
    gold = np.full(len(rows), -1)
    for position, row in enumerate(rows.tolist()):
        truth = known.get((int(answers.face[row]), attribute))
        if truth is not None and answers.at[row] > truth[1] and truth[0] in names:
            gold[position] = names.index(truth[0])
    return QuestionVotes(
        attribute, names, answers.face[rows], answers.moderator[rows], said, gold, rows
    )


def _gold(session: Session, faces: Mapping[str, int]) -> dict[tuple[int, str], tuple[str, float]]:
    """Return the known answers, with the moment (seconds since 1970) from which they count."""
    rows = session.execute(
        select(Gold.face_id, Gold.attribute, Gold.value, Gold.since).where(Gold.state != "retired")
    )
    return {
        (faces[face], attribute): (value, since.timestamp())
        for face, attribute, value, since in rows
        if face in faces
    }


def _is_number(value: str) -> bool:
    try:
        return bool(np.isfinite(float(value)))
    except ValueError:
        return False


def _array(numbers: Iterable[int]) -> NDArray[np.int64]:
    return np.fromiter(numbers, np.int64)
