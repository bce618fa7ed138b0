"""From the hashes in the database to new images, each with the images it may be a copy of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from curation.database.models import DuplicatePair, Face, Image
from curation.database.session import Database
from curation.dedup.candidates import Candidates, Hashed, Radii, Way, find_candidates
from curation.dedup.evidence import Try
from curation.dedup.queries import rows_in
from curation.dedup.table import Table, read_table, read_windows
from curation.dedup.window_radius import window_radius_of
from curation.settings import DedupSettings


@dataclass(frozen=True)
class Picture:
    """An image: its id, where its bytes and the crop of its main face are, its size in pixels."""

    image_id: str
    store_key: str
    width: int
    height: int
    crop_key: str | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.width, self.height


@dataclass(frozen=True)
class Suspect:
    """An image that another may be a copy of, the ways that led to it, and how far hashes differ.

    Of the tries' two pictures the first is the one with the smaller id.
    """

    picture: Picture
    tries: tuple[Try, ...]
    distance: int
    wide_distance: int
    face_distance: int | None


@dataclass(frozen=True)
class NewImage:
    """An image that was not compared yet, with the images that it may be a copy of."""

    picture: Picture
    suspects: tuple[Suspect, ...]


@dataclass(frozen=True)
class Near:
    """A candidate: an earlier and a later position in the table, the tries, the distances."""

    earlier: int
    later: int
    tries: tuple[Try, ...]
    distance: int
    wide_distance: int
    face_distance: int | None


def suspects_of(
    database: Database, settings: DedupSettings, batch_size: int
) -> Iterator[list[NewImage]]:
    """Yield all images that were not compared yet in batches, with their suspects."""
    table = read_table(database)
    window = window_radius_of(database, settings.window_radius)
    radii = Radii(settings.radius, window.radius)
    chunks = read_windows(database, table.ids)
    found = in_order(find_candidates(table.hashed, table.first_new, chunks, radii))
    for start in range(table.first_new, len(table.ids), batch_size):
        stop = min(start + batch_size, len(table.ids))
        rows = slice(*np.searchsorted(found[:, 1], [start, stop]))
        yield _batch(database, table, range(start, stop), _near(table, found[rows]))


def in_order(found: Candidates) -> Candidates:
    """Return candidates as earlier, later, way, window, bits, swapped; by later, then earlier.

    `swapped` says that the later one is like a window of the earlier, and not the other way.
    """
    first, second, way, window, bits = found.T
    swapped = first > second
    rows = np.column_stack(
        [np.minimum(first, second), np.maximum(first, second), way, window, bits, swapped]
    )
    ordered: Candidates = rows[np.lexsort((bits, way, rows[:, 0], rows[:, 1]))]
    return ordered


def _near(table: Table, rows: NDArray[np.int64]) -> list[Near]:
    ids = table.ids
    return near_pairs(table.hashed, rows, lambda one, two: bool(ids[one] < ids[two]))


def near_pairs(
    hashed: Hashed, rows: NDArray[np.int64], in_order: Callable[[int, int], bool]
) -> list[Near]:
    """Return the candidates of ordered rows, one for each pair, with its distances.

    The tries are told as seen from the earlier one where `in_order(earlier, later)`, else from
    the later one: so that they are the same whichever of the two came first.
    """
    found = []
    for (earlier, later), ways in groupby(rows.tolist(), key=lambda row: (row[0], row[1])):
        straight = in_order(earlier, later)
        tries = [
            (bits, Try(Way(way), window, window >= 0 and bool(swapped) == straight))
            for _, _, way, window, bits, swapped in ways
        ]
        tries.sort(key=lambda pair: (pair[1].way, pair[0], pair[1].swapped))
        faces = bool(hashed.has_face[earlier] and hashed.has_face[later])
        found.append(
            Near(
                earlier,
                later,
                tuple(attempt for _, attempt in tries),
                int(np.bitwise_count(hashed.phash[earlier] ^ hashed.phash[later])),
                int(np.bitwise_count(hashed.wide[earlier] ^ hashed.wide[later]).sum()),
                int(np.bitwise_count(hashed.face[earlier] ^ hashed.face[later])) if faces else None,
            )
        )
    return found


def _batch(
    database: Database, table: Table, positions: range, near: Sequence[Near]
) -> list[NewImage]:
    """Read what is needed of the new images at `positions` and their suspects; skip known pairs."""
    ids = {
        position: table.ids[position].decode()
        for position in {*positions, *(pair.earlier for pair in near)}
    }
    with database.session() as session:
        known = _known_pairs(session, [ids[position] for position in positions])
        pictures = read_pictures(session, list(ids.values()))
    suspects: dict[int, list[Suspect]] = {position: [] for position in positions}
    for pair in near:
        one, two = ids[pair.earlier], ids[pair.later]
        if (min(one, two), max(one, two)) in known or one not in pictures:
            continue
        suspects[pair.later].append(
            Suspect(
                pictures[one], pair.tries, pair.distance, pair.wide_distance, pair.face_distance
            )
        )
    return [
        NewImage(pictures[ids[position]], tuple(found))
        for position, found in suspects.items()
        if ids[position] in pictures  # or it was erased meanwhile
    ]


def read_pictures(session: Session, image_ids: Sequence[str]) -> dict[str, Picture]:
    """Return the pictures by their ids."""
    columns = select(Image.id, Image.store_key, Image.width, Image.height)
    pictures = {row.id: Picture(*row) for row in rows_in(session, columns, Image.id, image_ids)}
    crops = select(Face.image_id, Face.crop_key).where(Face.crop_key.is_not(None))
    for row in rows_in(session, crops, Face.image_id, image_ids):
        pictures[row.image_id] = replace(pictures[row.image_id], crop_key=row.crop_key)
    return pictures


def _known_pairs(session: Session, image_ids: Sequence[str]) -> set[tuple[str, str]]:
    pairs = select(DuplicatePair.image_a, DuplicatePair.image_b)
    return {
        (row.image_a, row.image_b)
        for column in (DuplicatePair.image_a, DuplicatePair.image_b)
        for row in rows_in(session, pairs, column, image_ids)
    }
