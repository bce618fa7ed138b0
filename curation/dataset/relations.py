"""What the tables know of who may be the same person, as arrays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from curation.database.models import Face, Image, Media, Post, Sample
from curation.dataset.subjects import Relation, Released

ROWS_AT_ONCE = 50_000


@dataclass(frozen=True)
class Photographs:
    """All photographs that were compared: one per group of copies, named and sorted by its id.

    `images` is how many images they are; the copies among them are joined already.
    """

    names: pa.StringArray
    images: int

    def __len__(self) -> int:
        """Return how many."""
        return len(self.names)

    def numbers(self, names: pa.ChunkedArray | Sequence[str]) -> NDArray[np.int64]:
        """Return the number of each name, -1 where there is no such photograph."""
        values = names if isinstance(names, pa.ChunkedArray) else pa.array(names, pa.string())
        found = pc.index_in(values, value_set=self.names).fill_null(-1)
        return np.asarray(found.to_numpy()).astype(np.int64)


def read_photographs(session: Session) -> Photographs:
    """Return the photographs that every relation speaks of."""
    statement = select(Image.group_id).where(Image.group_id.is_not(None))
    (groups,) = _columns(session, statement, 1)
    names = groups.unique()
    return Photographs(names.take(pc.sort_indices(names)), len(groups))


def posted_relations(session: Session, photographs: Photographs) -> list[Relation]:
    """Return who posted each photograph, or a copy of it, and whom the source says it shows."""
    statement = (
        select(Image.group_id, Post.author, Post.identity)
        .join(Media, Media.image_id == Image.id)
        .join(Post, Post.id == Media.post_id)
        .where(Image.group_id.is_not(None))
    )
    groups, authors, identities = _columns(session, statement, 3)
    numbers = photographs.numbers(groups)
    return [relation("author", numbers, authors), relation("identity", numbers, identities)]


def released_subjects(session: Session, photographs: Photographs) -> Released:
    """Return under which subjects photographs went into dataset versions."""
    statement = (
        select(Image.group_id, Sample.subject)
        .join(Face, Face.image_id == Image.id)
        .join(Sample, Sample.face_id == Face.id)
        .where(Image.group_id.is_not(None), Sample.subject.is_not(None))
        .distinct()
    )
    groups, subjects = _columns(session, statement, 2)
    names = subjects.unique()
    names = names.take(pc.sort_indices(names))
    codes = pc.index_in(subjects, value_set=names).to_numpy()
    return Released(photographs.numbers(groups), np.asarray(codes), names)


def relation(name: str, photographs: NDArray[np.int64], marks: pa.ChunkedArray) -> Relation:
    """Return the relation of photographs (numbers) to marks (text, null where there is none)."""
    codes = marks.combine_chunks().dictionary_encode().indices.fill_null(-1).to_numpy()
    known = (codes >= 0) & (photographs >= 0)
    return Relation(name, photographs[known], codes[known])


def _columns(
    session: Session, statement: Select[*tuple[Any, ...]], count: int
) -> list[pa.ChunkedArray]:
    """Read text columns into Arrow, a part at a time: Python never holds all the rows."""
    parts: list[list[pa.Array]] = [[] for _ in range(count)]
    for rows in _partitions(session, statement):
        for column, values in zip(parts, zip(*rows, strict=True), strict=True):
            column.append(pa.array(values, pa.string()))
    return [pa.chunked_array(column, pa.string()) for column in parts]


def _partitions(
    session: Session, statement: Select[*tuple[Any, ...]]
) -> Iterator[Iterable[Sequence[Any]]]:
    result = session.execute(statement.execution_options(yield_per=ROWS_AT_ONCE))
    yield from result.partitions()
