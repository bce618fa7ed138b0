"""The dedup stage: compare what is new with everything, and group what is verified as copies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from curation.database.models import DuplicatePair, Image
from curation.database.session import Database
from curation.database.upsert import insert_new
from curation.dedup.groups import components
from curation.dedup.join import earlier_neighbours
from curation.dedup.queries import rows_in
from curation.dedup.refresh import refresh_groups
from curation.dedup.second_look import Small, likeness, small_picture
from curation.pictures import decode
from curation.settings import DedupSettings
from curation.stages import Rejected, Stage, Subject
from curation.store import Store

REMEMBERED = 512  # small pictures, 16 kB each, that one process keeps at hand


@dataclass(frozen=True)
class Suspect:
    """An image whose hash is near: its id, where its bytes are, and how many bits differ."""

    image_id: str
    store_key: str
    distance: int


@dataclass(frozen=True)
class NewImage:
    """An image that was not compared yet, with the images that it may be a copy of."""

    image_id: str
    store_key: str
    suspects: tuple[Suspect, ...]


@dataclass(frozen=True)
class VerifiedPair:
    """Two images that the second look found to be copies; `first` < `second`.

    `distance` in bits of the 64; `correlation` of their fine detail.
    """

    first: str
    second: str
    distance: int
    correlation: float


class GroupCopies(Stage[NewImage, Sequence[VerifiedPair]]):
    """Find the copies of every image not compared yet, and bring its group up to date.

    Candidates are images whose hashes differ in at most `radius` bits; only those that the second
    look verifies count, so a group never hangs together by likeness alone. Compared are images
    that have a hash and that detect has seen: which copy is kept depends on its face.
    """

    name: ClassVar[str] = "dedup"
    unit: ClassVar[str] = "images"
    subject: ClassVar[Subject] = "image"
    batch_size: ClassVar[int] = 64
    parallel: ClassVar[bool] = True

    def __init__(self, store: Store, settings: DedupSettings) -> None:
        self._store = store
        self._settings = settings

    def count(self, database: Database) -> int:
        """Return how many images were not compared yet."""
        with database.session() as session:
            new = select(func.count(Image.id)).where(_comparable(), Image.group_id.is_(None))
            return session.execute(new).scalar_one()

    def batches(self, database: Database) -> Iterator[Sequence[NewImage]]:
        """Yield the new images with their suspects: images compared before, and earlier new ones.

        So every near pair comes once, with the later of its two images.
        """
        with database.session() as session:
            columns = select(Image.id, Image.phash, Image.group_id.is_(None)).where(_comparable())
            rows = session.execute(columns).all()
        rows = sorted(rows, key=lambda row: (row[2], row[0]))
        ids = [row[0] for row in rows]
        hashes = np.array([row[1] for row in rows], dtype=np.int64).view(np.uint64)
        first_new = sum(not row[2] for row in rows)
        for start in range(first_new, len(ids), self.batch_size):
            stop = min(start + self.batch_size, len(ids))
            near = earlier_neighbours(hashes, start, stop, self._settings.radius)
            pairs = [(ids[earlier], ids[later], bits) for earlier, later, bits in near.tolist()]
            yield _new_images(database, ids[start:stop], pairs)

    def key(self, item: NewImage) -> str:
        """Return the image's id."""
        return item.image_id

    def open(self) -> None:
        """Keep to one core; remember the small pictures looked at last."""
        import cv2

        cv2.setNumThreads(1)
        self._small = lru_cache(REMEMBERED)(self._read_small)

    def process(self, items: Sequence[NewImage]) -> Sequence[Sequence[VerifiedPair]]:
        """Take the second look at every suspect of a batch."""
        return [
            [pair for suspect in item.suspects if (pair := self._verify(item, suspect))]
            for item in items
        ]

    def record(
        self,
        session: Session,
        outcomes: Sequence[tuple[NewImage, Sequence[VerifiedPair] | Rejected]],
    ) -> Counter[str]:
        """Write the pairs; put the new images into their groups, and refresh those groups."""
        pairs = [
            {
                "image_a": pair.first,
                "image_b": pair.second,
                "distance": pair.distance,
                "correlation": pair.correlation,
            }
            for _, verified in outcomes
            if not isinstance(verified, Rejected)
            for pair in verified
        ]
        found = insert_new(session, DuplicatePair, pairs)
        groups = _regroup(session, [item.image_id for item, _ in outcomes])
        refresh_groups(session, groups, self.name, self._settings.age_tolerance)
        return Counter({"verified pairs": found})

    def _verify(self, item: NewImage, suspect: Suspect) -> VerifiedPair | None:
        # In the order of the ids, so that the outcome does not depend on which came first.
        (first, one), (second, two) = sorted(
            [(item.image_id, item.store_key), (suspect.image_id, suspect.store_key)]
        )
        found = likeness(self._small(one), self._small(two))
        if not found.same_photograph:
            return None
        return VerifiedPair(first, second, suspect.distance, found.detail)

    def _read_small(self, store_key: str) -> Small:
        return small_picture(decode(self._store.read(store_key)))


def _comparable() -> ColumnElement[bool]:
    return Image.phash.is_not(None) & Image.face_count.is_not(None)


def _new_images(
    database: Database, new: Sequence[str], near: Sequence[tuple[str, str, int]]
) -> list[NewImage]:
    """Put the near pairs (earlier, later, distance) to their new images, known pairs left out."""
    with database.session() as session:
        known = set(_pairs_of(session, new))
        wanted = {*new, *(earlier for earlier, _, _ in near)}
        store_keys: dict[str, str] = {
            row.id: row.store_key
            for row in rows_in(session, select(Image.id, Image.store_key), Image.id, wanted)
        }
    suspects: dict[str, list[Suspect]] = {image_id: [] for image_id in new}
    for earlier, later, distance in near:
        if (min(earlier, later), max(earlier, later)) not in known:
            suspects[later].append(Suspect(earlier, store_keys[earlier], distance))
    return [NewImage(image, store_keys[image], tuple(found)) for image, found in suspects.items()]


def _regroup(session: Session, new: Sequence[str]) -> list[list[str]]:
    """Join the new images to the groups of their verified copies; return the groups' members.

    A copy that was not compared yet itself is left for its own turn: it finds the pair then.
    """
    pairs = _pairs_of(session, new)
    # Whom a node stands for: a new image for itself, another one for the group it is in.
    node = {image_id: image_id for image_id in new}
    ends = {end for pair in pairs for end in pair}.difference(node)
    placed = select(Image.id, Image.group_id).where(Image.group_id.is_not(None))
    others = {row.id: row.group_id for row in rows_in(session, placed, Image.id, ends)}
    node |= others
    links = [(node[one], node[two]) for one, two in pairs if one in node and two in node]
    members: dict[str, list[str]] = {}
    for row in rows_in(session, placed, Image.group_id, set(others.values())):
        members.setdefault(row.group_id, []).append(row.id)
    for image_id in new:
        members.setdefault(image_id, []).append(image_id)
    return [
        sorted({member for name in names for member in members[name]})
        for names in components(new, links)
    ]


def _pairs_of(session: Session, image_ids: Sequence[str]) -> list[tuple[str, str]]:
    pairs = select(DuplicatePair.image_a, DuplicatePair.image_b)
    found = {
        (row.image_a, row.image_b)
        for column in (DuplicatePair.image_a, DuplicatePair.image_b)
        for row in rows_in(session, pairs, column, image_ids)
    }
    return sorted(found)
