"""The hash stage: a perceptual hash for every image that has none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from curation.database.models import Image, Rejection
from curation.database.session import Database
from curation.dedup.hashes import phash
from curation.pictures import BadImageError, decode
from curation.stages import Rejected, Stage, Subject
from curation.store import Store


@dataclass(frozen=True)
class Unhashed:
    """An image by its id, and where its bytes are."""

    image_id: str
    store_key: str


class HashImages(Stage[Unhashed, int]):
    """Compute the pHash of every image that has none; `unreadable` ones are set aside."""

    name: ClassVar[str] = "hash"
    unit: ClassVar[str] = "images"
    subject: ClassVar[Subject] = "image"
    batch_size: ClassVar[int] = 64
    parallel: ClassVar[bool] = True

    def __init__(self, store: Store) -> None:
        self._store = store

    def count(self, database: Database) -> int:
        """Return how many images have no hash."""
        with database.session() as session:
            return session.execute(select(func.count(Image.id)).where(_waiting())).scalar_one()

    def batches(self, database: Database) -> Iterator[Sequence[Unhashed]]:
        """Yield the images without a hash."""
        waiting = select(Image.id, Image.store_key).where(_waiting())
        for page in database.read_by_key(waiting, Image.id, self.batch_size):
            yield [Unhashed(*row) for row in page]

    def key(self, item: Unhashed) -> str:
        """Return the image's id."""
        return item.image_id

    def process(self, items: Sequence[Unhashed]) -> Sequence[int | Rejected]:
        """Hash a batch."""
        return [self._hash(item) for item in items]

    def record(
        self, session: Session, outcomes: Sequence[tuple[Unhashed, int | Rejected]]
    ) -> Counter[str]:
        """Write the hashes."""
        hashes = [
            {"id": item.image_id, "phash": outcome}
            for item, outcome in outcomes
            if not isinstance(outcome, Rejected)
        ]
        if hashes:
            session.execute(update(Image), hashes)
        return Counter(hashes=len(hashes))

    def _hash(self, item: Unhashed) -> int | Rejected:
        try:
            return phash(decode(self._store.read(item.store_key)))
        except BadImageError as error:
            return Rejected("unreadable", f"{item.store_key} does not decode any more: {error}")


def _waiting() -> ColumnElement[bool]:
    failed = select(Rejection.id).where(
        Rejection.stage == HashImages.name, Rejection.image_id == Image.id
    )
    return Image.phash.is_(None) & ~failed.exists()
