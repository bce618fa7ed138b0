"""The votes that count, read from the database as arrays.

A vote counts while its annotation is current and its moderator active. Of a moderator who answered
the same task twice the later answer counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import Session

from curation.database.joined_text import read_joined
from curation.database.models import Annotation, Moderator, Rejection, Task, Vote
from curation.database.session import Database
from curation.moderation.consensus.ages import OLDEST, Guesses, guesses
from curation.moderation.consensus.ballots import Ballots, Floats, ballots

if TYPE_CHECKING:
    import pyarrow as pa

AGE = "age"  # the attribute whose votes are free guesses, in years
PAGE = 20_000  # tasks


@dataclass(frozen=True)
class Triples:
    """Votes on one question as they come: numbers of faces and moderators, and what was said."""

    faces: NDArray[np.int32]
    moderators: NDArray[np.int32]
    said: NDArray[Any]  # numbers of values (uint8), or ages (float64, years)


@dataclass(frozen=True)
class Page:
    """The votes on some tasks, all questions together; tasks and moderators by their numbers."""

    tasks: pa.Array
    moderators: pa.Array
    votes: pa.Table  # task_id, moderator_id, attribute, value

    def choices(self, attribute: str, values: tuple[str, ...]) -> Ballots:
        """Return the votes on a question with these possible values."""
        found = self.triples(attribute, values)
        return ballots(
            found.faces,
            found.moderators,
            found.said,
            face_count=len(self.tasks),
            moderator_count=len(self.moderators),
            value_count=len(values),
        )

    def guesses(self) -> Guesses:
        """Return the free guesses of ages."""
        found = self.ages()
        return guesses(
            found.faces,
            found.moderators,
            found.said,
            face_count=len(self.tasks),
            moderator_count=len(self.moderators),
        )

    def triples(self, attribute: str, values: tuple[str, ...]) -> Triples:
        """Return the votes on a question; a value that it does not have is left out."""
        import pyarrow as pa
        from pyarrow import compute

        said = self._of(attribute)
        numbers = compute.index_in(said["value"], value_set=pa.array(values))
        known = compute.is_valid(numbers)
        return self._triples(said.filter(known), numbers.filter(known).to_numpy().astype(np.uint8))

    def ages(self) -> Triples:
        """Return the free guesses; what is no age from 0 to 120 years is left out."""
        import pyarrow as pa
        from pyarrow import compute

        said = self._of(AGE)
        number = compute.match_substring_regex(said["value"], r"^\d{1,3}(\.\d+)?$")
        said = said.filter(number)
        years = said["value"].cast("float64").to_numpy()
        possible = years <= OLDEST
        return self._triples(said.filter(pa.array(possible)), years[possible])

    def _of(self, attribute: str) -> pa.Table:
        from pyarrow import compute

        return self.votes.filter(compute.equal(self.votes["attribute"], attribute))

    def _triples(self, votes: pa.Table, said: NDArray[Any]) -> Triples:
        from pyarrow import compute

        faces = compute.index_in(votes["task_id"], value_set=self.tasks)
        voters = compute.index_in(votes["moderator_id"], value_set=self.moderators)
        if voters.null_count:  # whoever came after the moderators were numbered
            known = compute.is_valid(voters)
            faces, voters = faces.filter(known), voters.filter(known)
            said = said[known.to_numpy()]
        return Triples(faces.to_numpy().astype(np.int32), voters.to_numpy().astype(np.int32), said)


@dataclass(frozen=True)
class AllVotes:
    """All votes on the tasks of a project: ballots by attribute, and the guesses of ages."""

    choices: dict[str, Ballots]
    guesses: Guesses
    claimed: Floats  # years, by face


def read_page(session: Session, tasks: pa.Array, moderators: pa.Array) -> Page:
    """Return the votes of `moderators` on `tasks` (ids), at most a page of them."""
    among = Annotation.task_id.in_(tasks.to_pylist())
    return Page(tasks, moderators, _read(session, among))


@dataclass
class Answers:
    """Who answered a task: the current annotations that count, by whom, and all who did."""

    counting: set[str] = field(default_factory=set)
    voters: set[str] = field(default_factory=set)
    annotators: set[str] = field(default_factory=set)


def answers(session: Session, tasks: Sequence[str]) -> Mapping[str, Answers]:
    """Return the answers to these tasks, by task.

    Who passed over a task did not answer it: Label Studio asks somebody else in their place.
    """
    found: dict[str, Answers] = defaultdict(Answers)
    rows = session.execute(
        select(
            Annotation.task_id,
            Annotation.id,
            Annotation.moderator_id,
            Moderator.status,
            Rejection.reason,
        )
        .join(Moderator, Moderator.id == Annotation.moderator_id)
        .outerjoin(
            Rejection, and_(Rejection.annotation_id == Annotation.id, Rejection.stage == "pull")
        )
        .where(Annotation.task_id.in_(tasks), Annotation.state == "current")
    )
    for task_id, annotation_id, moderator_id, status, reason in rows:
        if status == "active":
            found[task_id].counting.add(annotation_id)
            found[task_id].voters.add(moderator_id)
        if reason != "skipped":
            found[task_id].annotators.add(moderator_id)
    return found


def active_moderators(session: Session) -> pa.Array:
    """Return the ids of the moderators whose votes count, in order."""
    import pyarrow as pa

    found = session.scalars(
        select(Moderator.id).where(Moderator.status == "active").order_by(Moderator.id)
    )
    return pa.array(list(found), pa.string())


def read_all(
    database: Database, project_id: str, moderators: pa.Array, questions: dict[str, tuple[str, ...]]
) -> AllVotes:
    """Return all votes of `moderators` in a project, page by page, by attribute and its values."""
    parts: dict[str, list[Triples]] = {name: [] for name in (*questions, AGE)}
    claims: list[Floats] = []
    first = 0
    for page, claimed in _pages(database, project_id, moderators):
        for name, values in questions.items():
            parts[name].append(_moved(page.triples(name, values), first))
        parts[AGE].append(_moved(page.ages(), first))
        claims.append(claimed)
        first += len(claimed)
    choices = {}
    for name, values in questions.items():
        faces, voters, said = _joined(parts.pop(name), np.uint8)
        choices[name] = ballots(
            faces,
            voters,
            said,
            face_count=first,
            moderator_count=len(moderators),
            value_count=len(values),
        )
    faces, voters, said = _joined(parts.pop(AGE), np.float64)
    free = guesses(faces, voters, said, face_count=first, moderator_count=len(moderators))
    return AllVotes(choices, free, np.concatenate([np.zeros(0), *claims]))


def _pages(
    database: Database, project_id: str, moderators: pa.Array
) -> Iterator[tuple[Page, Floats]]:
    """Yield the votes on all tasks that were answered, with the ages that were claimed (years)."""
    import pyarrow as pa
    from pyarrow import compute

    last = ""
    while True:
        with database.session() as session:
            answered = exists().where(Annotation.task_id == Task.id)
            some = (
                select(Task.id, Task.claimed_age)
                .where(Task.project_id == project_id, Task.id > last, answered)
                .order_by(Task.id)
                .limit(PAGE)
            )
            tasks = read_joined(session, some, {"id": pa.string(), "age": pa.float64()})
            if not len(tasks):
                return
            newest = compute.max(tasks["id"]).as_py()
            between = Annotation.task_id.in_(
                select(Task.id).where(
                    Task.project_id == project_id, Task.id > last, Task.id <= newest
                )
            )
            votes = _read(session, between)
        yield (
            Page(tasks["id"].combine_chunks(), moderators, votes),
            tasks["age"].to_numpy(),
        )
        last = newest


def _read(session: Session, which: ColumnElement[bool]) -> pa.Table:
    import pyarrow as pa

    columns = ("task_id", "moderator_id", "attribute", "value")
    return read_joined(session, _counting(which), dict.fromkeys(columns, pa.string()))


def _counting(which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Return the votes that count on some tasks: of each moderator those of the latest answer."""
    latest = (
        func.row_number()
        .over(
            partition_by=(Annotation.task_id, Annotation.moderator_id),
            order_by=(Annotation.updated_at.desc(), Annotation.remote_id.desc()),
        )
        .label("latest")
    )
    answers = (
        select(Annotation.id, Annotation.task_id, Annotation.moderator_id, latest)
        .where(which, Annotation.state == "current")
        .subquery()
    )
    return (
        select(answers.c.task_id, answers.c.moderator_id, Vote.attribute, Vote.value)
        .join(Vote, Vote.annotation_id == answers.c.id)
        .join(Moderator, Moderator.id == answers.c.moderator_id)
        .where(answers.c.latest == 1, Moderator.status == "active")
    )


def _moved(part: Triples, first: int) -> Triples:
    return Triples(part.faces + np.int32(first), part.moderators, part.said)


def _joined(
    parts: list[Triples], kind: type[Any]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[Any]]:
    return (
        np.concatenate([np.zeros(0, np.int32), *(part.faces for part in parts)]),
        np.concatenate([np.zeros(0, np.int32), *(part.moderators for part in parts)]),
        np.concatenate([np.zeros(0, kind), *(part.said for part in parts)]),
    )
