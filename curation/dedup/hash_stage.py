"""The hash stage: the hashes of every image, and of every face crop, that has none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from curation.database.models import Face, Image, Rejection
from curation.database.session import Database
from curation.dedup.signature import (
    FaceSignature,
    Signature,
    face_signatures,
    read_luminance,
    signatures,
)
from curation.pictures import BadImageError, luminance
from curation.stages import Rejected, Stage, Subject
from curation.store import Store


@dataclass(frozen=True)
class Unhashed:
    """A picture without hashes: an image, or the crop of the face `face_id` of that image."""

    image_id: str
    store_key: str
    width: int
    height: int
    face_id: str | None = None


Hashes = Signature | FaceSignature


class HashImages(Stage[Unhashed, Hashes]):
    """Compute the hashes by which copies are searched; what does not decode is set aside.

    Large JPEGs are decoded at a fraction: their hashes then differ in a few bits from those of
    the whole picture, far fewer than are allowed to copies.
    """

    name: ClassVar[str] = "hash"
    unit: ClassVar[str] = "images"
    subject: ClassVar[Subject] = "image"
    batch_size: ClassVar[int] = 64
    parallel: ClassVar[bool] = True

    def __init__(self, store: Store) -> None:
        self._store = store

    def count(self, database: Database) -> int:
        """Return how many images and face crops have no hashes."""
        with database.session() as session:
            images = session.execute(select(func.count(Image.id)).where(_image_waits())).scalar_one()
            faces = session.execute(select(func.count(Face.id)).where(_face_waits())).scalar_one()
        return images + faces

    def batches(self, database: Database) -> Iterator[Sequence[Unhashed]]:
        """Yield the images without hashes, then the face crops without."""
        images = select(Image.id, Image.store_key, Image.width, Image.height).where(_image_waits())
        for page in database.read_by_key(images, Image.id, self.batch_size):
            yield [Unhashed(*row) for row in page]
        faces = select(Face.id, Face.image_id, Face.crop_key).where(_face_waits())
        for page in database.read_by_key(faces, Face.id, self.batch_size):
            yield [Unhashed(row.image_id, row.crop_key, 0, 0, row.id) for row in page]

    def key(self, item: Unhashed) -> str:
        """Return the image's id."""
        return item.image_id

    def process(self, items: Sequence[Unhashed]) -> Sequence[Hashes | Rejected]:
        """Hash a batch."""
        read = [self._read(item) for item in items]
        pictures = [
            (item, picture)
            for item, picture in zip(items, read, strict=True)
            if not isinstance(picture, Rejected)
        ]
        whole = iter(signatures([picture for item, picture in pictures if item.face_id is None]))
        faces = iter(face_signatures([picture for item, picture in pictures if item.face_id]))
        return [
            picture if isinstance(picture, Rejected) else next(faces if item.face_id else whole)
            for item, picture in zip(items, read, strict=True)
        ]

    def record(
        self, session: Session, outcomes: Sequence[tuple[Unhashed, Hashes | Rejected]]
    ) -> Counter[str]:
        """Write the hashes."""
        images = [
            {"id": item.image_id, **_columns(outcome)}
            for item, outcome in outcomes
            if isinstance(outcome, Signature)
        ]
        faces = [
            {"id": item.face_id, **_columns(outcome)}
            for item, outcome in outcomes
            if isinstance(outcome, FaceSignature)
        ]
        if images:
            session.execute(update(Image), images)
        if faces:
            session.execute(update(Face), faces)
        return Counter({"images hashed": len(images), "face crops hashed": len(faces)})

    def _read(self, item: Unhashed) -> NDArray[np.uint8] | Rejected:
        content = self._store.read(item.store_key)
        try:
            if item.face_id is None:
                return read_luminance(content, item.width, item.height)
            return luminance(content)
        except BadImageError as error:
            reason = "unreadable" if item.face_id is None else "unreadable-crop"
            return Rejected(reason, f"{item.store_key} does not decode any more: {error}")


def _columns(hashes: Hashes) -> dict[str, int | bytes]:
    return asdict(hashes)


def _failed(image_id: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    failures = select(Rejection.id).where(
        Rejection.stage == HashImages.name, Rejection.image_id == image_id
    )
    return failures.exists()


def _image_waits() -> ColumnElement[bool]:
    return Image.phash.is_(None) & ~_failed(Image.id)


def _face_waits() -> ColumnElement[bool]:
    return Face.crop_key.is_not(None) & Face.phash.is_(None) & ~_failed(Face.image_id)
