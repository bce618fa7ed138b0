"""What differs between two versions of a dataset: who came, who went, what changed, and why.

Who was in a version and with which labels is what the database recorded then. The reasons are read
from the votes and verdicts of today: of the two newest versions they are those of the build.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa
from sqlalchemy import Select, and_, case, exists, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from curation.database.columns import read_columns, snapshot
from curation.database.models import (
    Annotation,
    Face,
    Image,
    ReplacedVersion,
    Sample,
    Task,
    Verdict,
)
from curation.dataset.versions import Version
from curation.workspace import Workspace

What = Literal["in", "out", "changed"]
LABELS = ("age", "gender", "country", "race", "split", "subject")
TEXT = pa.string()

# Why somebody came or went; the sentences of `curate dataset diff`.
COLLECTED = "newly collected"  # nobody had voted on it when the first version was built
CONFIRMED = "new verdict"
BALANCE = "balance"  # it could have been taken before, or still could
UNCONFIRMED = "new verdict"
COPY = "copy of another"
UNKNOWN = "unknown"  # no votes are known


@dataclass(frozen=True)
class Difference:
    """One sample that came or went, or one label of it that changed."""

    what: What
    sample_id: str
    why: str
    attribute: str | None = None
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True)
class Diff:
    """Two versions, how many samples they share, how many were erased, and all differences."""

    first: Version
    second: Version
    shared: int
    erased: int
    differences: list[Difference]

    def counts(self) -> dict[tuple[str, str], int]:
        """Return how many came and went for each reason, and labels that changed by attribute."""
        found = Counter((one.what, one.attribute or one.why) for one in self.differences)
        return dict(sorted(found.items(), key=lambda pair: (pair[0][0], -pair[1], pair[0][1])))


def diff(workspace: Workspace, first: Version, second: Version) -> Diff:
    """Compare two versions.

    Samples that were erased are in neither; how many there were is counted, who they were is known
    to nobody.
    """
    with workspace.database.session() as session:
        snapshot(session)
        differences = [
            *(_came(session, first, second)),
            *(_went(session, first, second)),
            *(_changed(session, first, second)),
        ]
        erased = sum(
            count for _, count in _erasures(session, first) if first.number != second.number
        )
        came = sum(one.what == "in" for one in differences)
    return Diff(first, second, second.samples - came, erased, differences)


def only_in(one: str, other: str) -> Select[*tuple[Any, ...]]:
    """Return the statement that reads the samples of version `one` that `other` has not."""
    elsewhere = aliased(Sample)
    return (
        select(Sample.face_id)
        .outerjoin(
            elsewhere,
            and_(elsewhere.dataset_id == other, elsewhere.face_id == Sample.face_id),
        )
        .where(Sample.dataset_id == one, elsewhere.face_id.is_(None))
        .order_by(Sample.face_id)
    )


def relabelled(first: str, second: str) -> Select[*tuple[Any, ...]]:
    """Return the statement that reads the samples of both whose labels differ, then and now."""
    now = aliased(Sample)
    pairs = [(getattr(Sample, name), getattr(now, name)) for name in LABELS]
    return (
        select(Sample.face_id, *(column for pair in pairs for column in pair))
        .join(now, and_(now.dataset_id == second, now.face_id == Sample.face_id))
        .where(
            Sample.dataset_id == first, or_(*(then.is_distinct_from(new) for then, new in pairs))
        )
        .order_by(Sample.face_id)
    )


def _came(session: Session, first: Version, second: Version) -> Iterator[Difference]:
    came = only_in(second.id, first.id).subquery()
    votes = (
        select(
            Task.face_id.label("face"),
            func.min(Annotation.created_at).label("first"),
            func.max(Annotation.updated_at).label("last"),
        )
        .join(Annotation, Annotation.task_id == Task.id)
        .group_by(Task.face_id)
        .subquery()
    )
    built = literal(first.built_at)
    why = case(
        (votes.c.first.is_(None) | built.is_(None), UNKNOWN),
        (votes.c.first > built, COLLECTED),
        (votes.c.last > built, CONFIRMED),
        else_=BALANCE,
    )
    statement = (
        select(came.c.face_id, why)
        .outerjoin(votes, votes.c.face == came.c.face_id)
        .order_by(came.c.face_id)
    )
    for face, reason in session.execute(statement):
        yield Difference("in", face, reason)


def _went(session: Session, first: Version, second: Version) -> Iterator[Difference]:
    went = only_in(first.id, second.id).subquery()
    confirmed = and_(
        _verdict(went.c.face_id, "gender", ("female", "male")),
        _verdict(went.c.face_id, "age_fits", ("yes",)),
        _verdict(went.c.face_id, "relevant", ("yes",)),
    )
    why = case(
        (Image.kept.is_(False), COPY),
        (~confirmed, UNCONFIRMED),
        else_=BALANCE,
    )
    statement = (
        select(went.c.face_id, why)
        .join(Face, Face.id == went.c.face_id)
        .join(Image, Image.id == Face.image_id)
        .order_by(went.c.face_id)
    )
    for face, reason in session.execute(statement):
        yield Difference("out", face, reason)


def _verdict(face: Any, attribute: str, values: tuple[str, ...]) -> Any:
    return exists().where(
        Verdict.face_id == face, Verdict.attribute == attribute, Verdict.value.in_(values)
    )


def _changed(session: Session, first: Version, second: Version) -> Iterator[Difference]:
    kinds = [pa.float64() if name == "age" else TEXT for name in LABELS for _ in range(2)]
    for columns in read_columns(session, relabelled(first.id, second.id), [TEXT, *kinds]):
        for face, *values in zip(*(column.to_pylist() for column in columns), strict=True):
            for number, name in enumerate(LABELS):
                then, now = values[2 * number : 2 * number + 2]
                if then != now:
                    why = {"split": "another split", "subject": "who is who"}.get(name, CONFIRMED)
                    yield Difference("changed", face, why, name, _said(then), _said(now))


def _said(value: Any) -> str | None:
    return f"{value:g}" if isinstance(value, float) else value


def _erasures(session: Session, version: Version) -> list[tuple[int, int]]:
    """Return, of each patch that replaced the version, how many samples it lost."""
    rows = session.execute(
        select(ReplacedVersion.patch, ReplacedVersion.samples)
        .where(ReplacedVersion.dataset_id == version.id)
        .order_by(ReplacedVersion.patch)
    ).all()
    counts = [*(int(row[1]) for row in rows), version.samples]
    return [
        (int(row[0]) + 1, before - after)
        for row, before, after in zip(rows, counts, counts[1:], strict=False)
    ]
