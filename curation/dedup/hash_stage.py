"""The hash stage: the hashes of every image, and of every face crop, that has none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, func, null, select, update
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
    """An image whose own hashes are missing, or those of its face crop, or both.

    `store_key` and `crop_key` say where the bytes are of what is missing, and are None of what is
    there already.
    """

    image_id: str
    store_key: str | None
    width: int
    height: int
    face_id: str | None = None
    crop_key: str | None = None


@dataclass(frozen=True)
class Hashes:
    """The outcome: the hashes of what was missing."""

    image: Signature | None
    face: FaceSignature | None


_Picture = NDArray[np.uint8]


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
        """Return how many images have no hashes, or a face crop without."""
        with database.session() as session:
            images = select(func.count(Image.id)).where(_image_waits())
            crops = select(func.count(Face.id)).join(Image).where(_only_face_waits())
            return session.execute(images).scalar_one() + session.execute(crops).scalar_one()

    def batches(self, database: Database) -> Iterator[Sequence[Unhashed]]:
        """Yield the images without hashes, then those of which only the face crop has none."""
        facts = (Image.width, Image.height, Face.id, Face.crop_key)
        images = (
            select(Image.id, Image.store_key, *facts)
            .outerjoin(Face, (Face.image_id == Image.id) & _has_new_crop())
            .where(_image_waits())
        )
        for page in database.read_by_key(images, Image.id, self.batch_size):
            yield [Unhashed(*row) for row in page]
        crops = select(Image.id, null(), *facts).join(Face).where(_only_face_waits())
        for page in database.read_by_key(crops, Image.id, self.batch_size):
            yield [Unhashed(*row) for row in page]

    def key(self, item: Unhashed) -> str:
        """Return the image's id."""
        return item.image_id

    def process(self, items: Sequence[Unhashed]) -> Sequence[Hashes | Rejected]:
        """Hash a batch."""
        read = [self._read(item) for item in items]
        good = [pictures for pictures in read if not isinstance(pictures, Rejected)]
        whole = iter(signatures([image for image, _ in good if image is not None]))
        faces = iter(face_signatures([crop for _, crop in good if crop is not None]))
        return [
            pictures
            if isinstance(pictures, Rejected)
            else Hashes(
                image=None if pictures[0] is None else next(whole),
                face=None if pictures[1] is None else next(faces),
            )
            for pictures in read
        ]

    def record(
        self, session: Session, outcomes: Sequence[tuple[Unhashed, Hashes | Rejected]]
    ) -> Counter[str]:
        """Write the hashes."""
        hashed = [(item, found) for item, found in outcomes if isinstance(found, Hashes)]
        images = [
            {"id": item.image_id, **asdict(found.image)} for item, found in hashed if found.image
        ]
        faces = [{"id": item.face_id, **asdict(found.face)} for item, found in hashed if found.face]
        for table, rows in ((Image, images), (Face, faces)):
            if rows:
                session.execute(update(table), rows)
        return Counter({"images hashed": len(images), "faces hashed": len(faces)})

    def _read(self, item: Unhashed) -> tuple[_Picture | None, _Picture | None] | Rejected:
        """Return the picture and the face crop, as far as their hashes are missing."""
        picture = crop = None
        key = item.store_key
        try:
            if item.store_key is not None:
                picture = read_luminance(self._store.read(item.store_key), item.width, item.height)
            if item.crop_key is not None:
                key = item.crop_key
                crop = luminance(self._store.read(item.crop_key))
        except BadImageError as error:
            reason = "unreadable" if key == item.store_key else "unreadable-crop"
            return Rejected(reason, f"{key} does not decode any more: {error}")
        return picture, crop


def _failed(image_id: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    failures = select(Rejection.id).where(
        Rejection.stage == HashImages.name, Rejection.image_id == image_id
    )
    return failures.exists()


def _image_waits() -> ColumnElement[bool]:
    return Image.phash.is_(None) & ~_failed(Image.id)


def _has_new_crop() -> ColumnElement[bool]:
    return Face.crop_key.is_not(None) & Face.phash.is_(None)


def _only_face_waits() -> ColumnElement[bool]:
    return _has_new_crop() & Image.phash.is_not(None) & ~_failed(Image.id)
