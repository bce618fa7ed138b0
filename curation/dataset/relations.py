"""What the tables know of who may be the same person, as arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy import Integer, Select, cast, select

from curation.database.columns import Read
from curation.database.growing import Growing
from curation.database.keys import KeysInParts, Lookup
from curation.database.models import Face, Image, Sample
from curation.dataset.spill import Spill
from curation.dataset.subjects import Relation, Released

Kind = TypeVar("Kind", bound=np.generic)
TEXT, COUNT = pa.string(), pa.int8()
NAMES = pa.schema([("name", TEXT)])


@dataclass(frozen=True)
class Photographs:
    """All photographs that were compared: one per group of copies, named and sorted by its id.

    The names lie in a file. `images` is how many images they are; the copies among them are joined
    already.
    """

    names: Spill
    count: int
    images: int

    def __len__(self) -> int:
        """Return how many."""
        return self.count

    def numbers(self, names: Sequence[str]) -> NDArray[np.int64]:
        """Return the number of each name, -1 where there is no such photograph."""
        wanted = pa.array(names, TEXT)
        numbers = np.full(len(wanted), -1, np.int64)
        start = 0
        for batch in self.names.batches():
            found = pc.index_in(wanted, value_set=batch.column(0))
            known = found.is_valid().to_numpy(zero_copy_only=False)
            numbers[known] = found.drop_null().to_numpy() + start
            start += len(batch)
        return numbers

    def named(self, numbers: NDArray[np.integer]) -> Iterator[list[str]]:
        """Yield the names of these photographs, whose numbers ascend, some at a time."""
        start = 0
        for batch in self.names.batches():
            first, last = np.searchsorted(numbers, (start, start + len(batch)))
            yield batch.column(0).take(pa.array(numbers[first:last] - start)).to_pylist()
            start += len(batch)


@dataclass(frozen=True)
class Images:
    """Every image that was compared: which photograph it is of, and whether it goes on.

    `lookup` finds the row of an image's id; `photograph` (N,) int32, `kept` (N,) bool.
    """

    lookup: Lookup
    photograph: NDArray[np.int32]
    kept: NDArray[np.bool_]


def compared_images() -> Select[*tuple[Any, ...]]:
    """Return the statement that reads all images in the order of photographs: group, id, kept."""
    return (
        select(Image.group_id, Image.id, cast(Image.kept, Integer))
        .where(Image.group_id.is_not(None))
        .order_by(Image.group_id)
    )


def read_images(read: Read, folder: Path) -> tuple[Photographs, Images]:
    """Return the photographs that every relation speaks of, and the images that show them."""
    names = Spill(folder / "photographs.arrow", NAMES)
    keys, numbers, kept = KeysInParts(), Growing(np.int32), Growing(np.bool_)
    count, last = 0, ""
    with names.writer() as writer:
        for groups, images, goes_on in read(compared_images(), (TEXT, TEXT, COUNT)):
            first = np.ones(len(groups), bool)
            first[1:] = pc.not_equal(groups[1:], groups[:-1]).to_numpy(zero_copy_only=False)
            first[0] = groups[0].as_py() != last
            last = groups[-1].as_py()
            writer.add([groups.filter(pa.array(first))])
            numbers.add(count - 1 + np.cumsum(first))
            count += int(first.sum())
            keys.add(images)
            kept.add(goes_on.to_numpy())
    photographs = Photographs(names, count, len(numbers))
    return photographs, Images(keys.lookup(), numbers.whole(), kept.whole())


def released_subjects(read: Read, images: Images) -> Released:
    """Return under which subjects photographs went into dataset versions."""
    statement = (
        select(Face.image_id, Sample.subject)
        .join(Sample, Sample.face_id == Face.id)
        .where(Sample.subject.is_not(None))
        .distinct()
    )
    photographs: list[NDArray[np.int32]] = []
    subjects: list[pa.Array] = []
    for image_ids, names in read(statement, (TEXT, TEXT)):
        rows = images.lookup.find(image_ids)
        photographs.append(np.where(rows >= 0, images.photograph[rows], -1).astype(np.int32))
        subjects.append(names)
    numbers = _joined(photographs, np.int32)
    whole = pa.chunked_array(subjects, TEXT)
    names = whole.unique()
    names = names.take(pc.sort_indices(names))
    codes = np.asarray(pc.index_in(whole, value_set=names).to_numpy())
    known = numbers >= 0
    return Released(numbers[known], codes[known], names)


def relation(name: str, photographs: NDArray[np.integer], marks: pa.ChunkedArray) -> Relation:
    """Return the relation of photographs (numbers) to marks (text, null where there is none)."""
    codes = marks.combine_chunks().dictionary_encode().indices.fill_null(-1).to_numpy()
    known = (codes >= 0) & (photographs >= 0)
    return Relation(name, photographs[known], codes[known])


def _joined(parts: Sequence[NDArray[Kind]], kind: type[Kind]) -> NDArray[Kind]:
    return np.concatenate(parts) if parts else np.zeros(0, kind)
