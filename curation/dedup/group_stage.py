"""The dedup stage: compare what is new with everything, and group what is verified as copies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import ClassVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from curation.database.models import DuplicatePair, Image
from curation.database.session import Database
from curation.database.upsert import insert_new
from curation.dedup.evidence import examine
from curation.dedup.groups import components
from curation.dedup.queries import rows_in
from curation.dedup.refresh import refresh_groups
from curation.dedup.signature import face_of, read_luminance
from curation.dedup.small import Small, small_picture
from curation.dedup.suspects import NewImage, Picture, Suspect, suspects_of
from curation.dedup.table import comparable
from curation.pictures import luminance
from curation.settings import DedupSettings
from curation.stages import Rejected, Stage, Subject
from curation.store import Store

REMEMBERED = 512  # small pictures, 16 kB each, that one process keeps at hand


@dataclass(frozen=True)
class VerifiedPair:
    """Two images that the second look found to be copies, as the database keeps them."""

    image_a: str
    image_b: str
    kind: str
    distance: int
    wide_distance: int
    face_distance: int | None
    picture_correlation: float
    correlation: float


class GroupCopies(Stage[NewImage, Sequence[VerifiedPair]]):
    """Find the copies of every image not compared yet, and bring its group up to date.

    Candidates come by the hashes of whole pictures, mirror images, windows and faces; only those
    that the second look verifies count, so a group never hangs together by likeness alone.
    Compared are images that have hashes and that detect has seen: which copy is kept depends on
    its face.
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
            new = select(func.count(Image.id)).where(comparable(), Image.group_id.is_(None))
            return session.execute(new).scalar_one()

    def batches(self, database: Database) -> Iterator[Sequence[NewImage]]:
        """Yield the new images with their suspects: images compared before, and earlier new ones.

        So every near pair comes once, with the later of its two images.
        """
        if self.count(database):
            yield from suspects_of(database, self._settings, self.batch_size)

    def key(self, item: NewImage) -> str:
        """Return the image's id."""
        return item.picture.image_id

    def open(self) -> None:
        """Keep to one core; remember the small pictures looked at last."""
        import cv2

        cv2.setNumThreads(1)
        self._small: Callable[[Picture], Small] = lru_cache(REMEMBERED)(self._read_small)
        self._face: Callable[[Picture], Small] = lru_cache(REMEMBERED)(self._read_face)

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
            asdict(pair)
            for _, verified in outcomes
            if not isinstance(verified, Rejected)
            for pair in verified
        ]
        found = insert_new(session, DuplicatePair, pairs)
        groups = _regroup(session, [item.picture.image_id for item, _ in outcomes])
        refresh_groups(session, groups, self.name, self._settings.age_tolerance)
        looks = sum(len(item.suspects) for item, _ in outcomes)
        return Counter({"second looks": looks, "verified pairs": found})

    def _verify(self, item: NewImage, suspect: Suspect) -> VerifiedPair | None:
        # In the order of the ids, so that the outcome does not depend on which came first.
        first, second = sorted((item.picture, suspect.picture), key=lambda each: each.image_id)
        found = examine(first, second, suspect.tries, self._small, self._face)
        if found is None:
            return None
        return VerifiedPair(
            image_a=first.image_id,
            image_b=second.image_id,
            kind=found.kind,
            distance=suspect.distance,
            wide_distance=suspect.wide_distance,
            face_distance=suspect.face_distance,
            picture_correlation=found.picture,
            correlation=found.detail,
        )

    def _read_small(self, picture: Picture) -> Small:
        content = self._store.read(picture.store_key)
        return small_picture(read_luminance(content, picture.width, picture.height))

    def _read_face(self, picture: Picture) -> Small:
        assert picture.crop_key is not None
        return small_picture(face_of(luminance(self._store.read(picture.crop_key))))


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
