"""The hashes of all images of the database as arrays: no Python object per row stays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from curation.database.models import Face, Image
from curation.database.session import Database
from curation.dedup import windows
from curation.dedup.candidates import Hashed
from curation.dedup.hashes import from_bytes

PAGE = 20_000  # rows of one query
CHUNK = 100_000  # pictures whose window hashes, 432 bytes each, are in memory at once
NO_FACE = bytes(32)

Ids = NDArray[np.bytes_]


@dataclass(frozen=True)
class Table:
    """Every comparable image: the compared ones first, then the new ones, each in order of ids.

    About 300 bytes per image.
    """

    ids: Ids  # (N,) 64 characters each
    first_new: int
    hashed: Hashed


def comparable() -> ColumnElement[bool]:
    """Return the condition that an image can be compared: it has hashes, and detect saw it."""
    return Image.phash.is_not(None) & Image.face_count.is_not(None)


def read_table(database: Database) -> Table:
    """Read ids and hashes of all comparable images."""
    face = aliased(Face)
    statement = (
        select(
            Image.id,
            Image.group_id.is_(None),
            Image.phash,
            Image.phash_mirrored,
            Image.phash256,
            face.phash,
            face.phash256,
        )
        .outerjoin(face, (face.image_id == Image.id) & face.phash.is_not(None))
        .where(comparable())
    )
    pages = [_arrays(page) for page in database.read_by_key(statement, Image.id, PAGE)]
    ids, new, *hashes = (
        [np.concatenate(column) for column in zip(*pages, strict=True)] if pages else _arrays([])
    )
    # Stable, so that within old and new the order of ids stays. One after the other, so that
    # only one of the columns is ever there twice.
    order = np.argsort(new, kind="stable")
    for number, column in enumerate(hashes):
        hashes[number] = column[order]
    return Table(ids[order], int(len(new) - new.sum()), Hashed(*hashes))


def read_hashes(database: Database) -> NDArray[np.uint64]:
    """Return the 64-bit hashes of all images that have one."""
    statement = select(Image.id, Image.phash).where(Image.phash.is_not(None))
    pages = database.read_by_key(statement, Image.id, PAGE)
    found = [np.array([row[1] for row in page], dtype=np.int64) for page in pages]
    return np.concatenate([np.empty(0, dtype=np.int64), *found]).view(np.uint64)


def read_windows(
    database: Database, ids: Ids
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.uint64]]]:
    """Yield positions in `ids` and the window hashes of these images, a bounded number at once."""
    order = np.argsort(ids, kind="stable")
    ordered = ids[order]
    statement = select(Image.id, Image.window_hashes).where(comparable())
    for page in database.read_by_key(statement, Image.id, CHUNK):
        names = np.array([row[0] for row in page], dtype="S64")
        places = np.minimum(np.searchsorted(ordered, names), len(ordered) - 1)
        known = ordered[places] == names  # others came while we were reading
        hashes = windows.read(b"".join(row[1] for row in page))
        yield order[places[known]], hashes[known]


def _arrays(rows: Sequence[Any]) -> list[NDArray[Any]]:
    columns = list(zip(*rows, strict=True)) if rows else [()] * 7
    ids, new, phash, mirrored, wide, face, face_wide = columns
    has_face = [value is not None for value in face]
    return [
        np.array(ids, dtype="S64"),
        np.array(new, dtype=bool),
        _unsigned(phash),
        _unsigned(mirrored),
        _wide(wide),
        np.array(has_face, dtype=bool),
        _unsigned([value or 0 for value in face]),
        _wide([value or NO_FACE for value in face_wide]),
    ]


def _unsigned(numbers: Sequence[int]) -> NDArray[np.uint64]:
    return np.array(numbers, dtype=np.int64).view(np.uint64)


def _wide(strings: Sequence[bytes]) -> NDArray[np.uint64]:
    return from_bytes(b"".join(strings)).reshape(-1, 4)
