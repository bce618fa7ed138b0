"""Read the votes of one project from the tables, with what is known to be true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from curation.database.epoch import epoch_seconds
from curation.database.models import Annotation, Gold, Moderator, Task, Vote
from curation.moderation.quality.table import (
    Answers,
    Codes,
    Numbers,
    QuestionVotes,
    Votes,
    latest_per_face,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from curation.database.keys import Lookup

Known = Mapping[tuple[int, str], tuple[str, float]]


def read_votes(session: Session, project_id: str, choices: Mapping[str, Sequence[str]]) -> Votes:
    """Return the current votes of all moderators, active or not, on the faces of a project.

    `choices` names the values of each question that has some; answers to others are read as
    numbers. Of a moderator who answered the same task twice the later answer counts. Answers
    without a vote (skipped, or rejected) count for the pace and for nothing else. Millions of
    votes are read as columns: no id of an answer or a face stays as text.
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
    given = _read_answers(session, project_id, names)
    known = _gold(session, given)
    questions, numbers = {}, {}
    for attribute, said in _read_said(session, project_id, choices, given.lookup).items():
        rows, values = said.in_order()
        last = latest_per_face(given.answers.face[rows], given.answers.moderator[rows])
        rows, values = rows[last], values[last]
        if attribute in choices:
            questions[attribute] = _question(
                attribute, tuple(choices[attribute]), rows, values, given.answers, known
            )
        elif np.isfinite(values).all():
            numbers[attribute] = Numbers(
                given.answers.face[rows], given.answers.moderator[rows], values
            )
    ordered = {name: questions[name] for name in choices if name in questions}
    active = np.array([row.status == "active" for row in people], bool)
    return Votes(names, active, len(given.faces), given.answers, ordered, numbers)


@dataclass(frozen=True)
class _Given:
    """The answers in the order of time, how their ids are found, and the keys of the faces."""

    answers: Answers
    lookup: Lookup
    faces: NDArray[np.uint64]  # by code


def _read_answers(session: Session, project_id: str, names: Sequence[str]) -> _Given:
    import pandas as pd
    import pyarrow as pa
    from pyarrow import compute

    from curation.database.columns import read_columns
    from curation.database.keys import Lookup, keys_of

    columns = {
        "id": pa.string(),
        "face": pa.string(),
        "moderator": pa.string(),
        "at": pa.float64(),
        "lead_time": pa.float64(),
        "remote": pa.int64(),
    }
    people = pa.array(names, pa.string())
    parts: list[tuple[NDArray[Any], ...]] = []
    for answer, face, moderator, at, lead_time, remote in read_columns(
        session, _given(project_id), list(columns.values())
    ):
        parts.append(
            (
                *keys_of(answer),
                keys_of(face)[0],  # of millions, two share these 64 bits with a chance of 1e-6
                compute.fill_null(compute.index_in(moderator, value_set=people), -1).to_numpy(),
                at.to_numpy(zero_copy_only=False),
                lead_time.to_numpy(zero_copy_only=False),
                remote.to_numpy(),
            )
        )
    kinds = (np.uint64, np.uint64, np.uint64, np.int32, float, float, np.int64)
    ones, others, face, moderator, at, lead_time, remote = (
        np.concatenate([np.zeros(0, kind), *(part[column] for part in parts)])
        for column, kind in enumerate(kinds)
    )
    del parts
    order = np.lexsort((ones, remote, at))
    order = order[moderator[order] >= 0]  # somebody may have come since the people were read
    codes, faces = pd.factorize(face[order])
    answers = Answers(
        face=codes.astype(np.int32),
        moderator=moderator[order],
        at=at[order],
        lead_time=lead_time[order],
    )
    return _Given(answers, Lookup.of(ones[order], others[order]), faces)


def _given(project_id: str) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Annotation.id,
            Task.face_id,
            Annotation.moderator_id,
            epoch_seconds(Annotation.created_at),
            Annotation.lead_time,
            Annotation.remote_id,
        )
        .join(Task, Task.id == Annotation.task_id)
        .where(Task.project_id == project_id, Annotation.state == "current")
    )


class _Said:
    """The votes on one question as they come: rows of answers, and values as codes or numbers."""

    def __init__(self) -> None:
        self._rows: list[NDArray[np.int32]] = []
        self._values: list[NDArray[Any]] = []

    def add(self, rows: NDArray[np.int32], values: NDArray[Any]) -> None:
        """Append votes."""
        self._rows.append(rows)
        self._values.append(values)

    def in_order(self) -> tuple[NDArray[np.int32], NDArray[Any]]:
        """Return rows and values in the order of time."""
        rows, values = np.concatenate(self._rows), np.concatenate(self._values)
        order = np.argsort(rows, kind="stable")
        return rows[order], values[order]


def _read_said(
    session: Session, project_id: str, choices: Mapping[str, Sequence[str]], lookup: Lookup
) -> dict[str, _Said]:
    """Return the votes by attribute; a value that a question does not have is left out.

    Where a question has no values, what is no number is NaN.
    """
    import pyarrow as pa
    from pyarrow import compute

    from curation.database.columns import read_columns

    statement = (
        select(Vote.annotation_id, Vote.attribute, Vote.value)
        .join(Annotation, Annotation.id == Vote.annotation_id)
        .join(Task, Task.id == Annotation.task_id)
        .where(Task.project_id == project_id, Annotation.state == "current")
    )
    found: dict[str, _Said] = {}
    for answer, attributes, values in read_columns(session, statement, [pa.string()] * 3):
        rows = lookup.find(answer)
        for attribute in compute.unique(attributes).to_pylist():
            of_it = compute.equal(attributes, attribute).to_numpy(zero_copy_only=False) & (
                rows >= 0
            )
            said = values.filter(pa.array(of_it))
            numbers = _codes(said, choices[attribute]) if attribute in choices else _numbers(said)
            fine = numbers >= 0 if attribute in choices else np.ones(len(numbers), bool)
            found.setdefault(attribute, _Said()).add(rows[of_it][fine], numbers[fine])
    return found


def _codes(values: pa.Array, names: Sequence[str]) -> NDArray[np.int8]:
    """Return the code of each value; -1 for one that has no name."""
    import pyarrow as pa
    from pyarrow import compute

    codes = compute.index_in(values, value_set=pa.array(names, pa.string()))
    return np.asarray(compute.fill_null(codes, -1).to_numpy().astype(np.int8))


def _numbers(values: pa.Array) -> NDArray[np.float64]:
    import pandas as pd

    return np.asarray(pd.to_numeric(values.to_pandas(), errors="coerce"), np.float64)


def _question(
    attribute: str,
    names: tuple[str, ...],
    rows: NDArray[np.int32],
    said: NDArray[np.int8],
    answers: Answers,
    known: Known,
) -> QuestionVotes:
    face = answers.face[rows]
    gold = np.full(len(rows), -1, np.int8)
    asked = {one for one, of in known if of == attribute}
    for position in np.flatnonzero(np.isin(face, np.fromiter(asked, np.int32))).tolist():
        value, since = known[int(face[position]), attribute]
        if answers.at[rows[position]] > since and value in names:
            gold[position] = names.index(value)
    return QuestionVotes(attribute, names, face, answers.moderator[rows], said, gold, rows)


def _gold(session: Session, given: _Given) -> Known:
    """Return the known answers, with the moment (seconds since 1970) from which they count."""
    import pandas as pd
    import pyarrow as pa

    from curation.database.keys import keys_of

    rows = session.execute(
        select(Gold.face_id, Gold.attribute, Gold.value, Gold.since).where(Gold.state != "retired")
    ).all()
    keys = keys_of(pa.array([row.face_id for row in rows], pa.string()))[0]
    codes: Codes = pd.Index(given.faces).get_indexer(pd.Index(keys))
    return {
        (code, row.attribute): (row.value, row.since.timestamp())
        for code, row in zip(codes.tolist(), rows, strict=True)
        if code >= 0
    }
