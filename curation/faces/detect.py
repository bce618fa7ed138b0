"""The detect stage: from images to faces, and to the aligned crop of each main face."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from curation.database.models import Face, Image
from curation.database.session import Database
from curation.database.upsert import insert_new
from curation.faces.align import align
from curation.faces.choice import MeasuredFace, main_face_first, objection
from curation.faces.detector import DetectedFace, Detector
from curation.faces.encode import encode_jpeg
from curation.faces.photograph import Photograph
from curation.faces.quality import eye_distance, measure
from curation.identity import content_id
from curation.pictures import BadImageError
from curation.settings import DetectSettings
from curation.stages import Rejected, Stage, Subject
from curation.store import Store


@dataclass(frozen=True)
class StoredImage:
    """An image by its id, and where its bytes are."""

    image_id: str
    store_key: str


@dataclass(frozen=True)
class FoundFaces:
    """The outcome of an image with a usable main face, `faces[0]`, whose crop is stored."""

    faces: Sequence[MeasuredFace]
    crop_key: str


@dataclass(frozen=True)
class Unusable(Rejected):
    """The outcome of an image that is set aside; the faces found in it are recorded."""

    faces: Sequence[MeasuredFace] = ()


class DetectFaces(Stage[StoredImage, FoundFaces]):
    """Find and measure the faces of every image not looked at yet; cut out the main one.

    Set aside are images without a face that scores `min_score` (`no-face`), with none of at least
    `min_face` pixels (`too-small`; MTCNN also finds some that are smaller than it was asked for),
    with several of that size unless the settings say which to take (`several-faces`), with a main
    face that looks away (`too-turned`) or is not sharp (`too-blurred`), and those whose stored
    bytes do not decode any more (`unreadable`).
    """

    name: ClassVar[str] = "detect"
    unit: ClassVar[str] = "images"
    subject: ClassVar[Subject] = "image"
    batch_size: ClassVar[int] = 16
    parallel: ClassVar[bool] = True

    def __init__(self, store: Store, settings: DetectSettings) -> None:
        self._store = store
        self._settings = settings

    def count(self, database: Database) -> int:
        """Return how many images were not looked at yet."""
        with database.session() as session:
            waiting = select(func.count(Image.id)).where(Image.face_count.is_(None))
            return session.execute(waiting).scalar_one()

    def batches(self, database: Database) -> Iterator[Sequence[StoredImage]]:
        """Yield the images that were not looked at yet."""
        waiting = select(Image.id, Image.store_key).where(Image.face_count.is_(None))
        for page in database.read_by_key(waiting, Image.id, self.batch_size):
            yield [StoredImage(*row) for row in page]

    def key(self, item: StoredImage) -> str:
        """Return the image's id."""
        return item.image_id

    def open(self) -> None:
        """Load the networks of this process, which keeps to one core."""
        import cv2
        import torch

        # Workers share the machine by images. One thread also makes the sums of a convolution
        # run in one order, so that boxes do not depend on the number of cores.
        torch.set_num_threads(1)
        cv2.setNumThreads(1)
        self._detector = Detector(self._settings.min_face)

    def process(self, items: Sequence[StoredImage]) -> Sequence[FoundFaces | Rejected]:
        """Detect the faces of a batch, and store the crops."""
        opened = [self._open(item) for item in items]
        pictures = [one for one in opened if isinstance(one, Photograph)]
        found = iter(
            self._detector.detect_batch(
                [picture.pixels for picture in pictures],
                [self._settings.min_face / picture.reduction for picture in pictures],
            )
        )
        return [
            self._judge(item, one, next(found)) if isinstance(one, Photograph) else one
            for item, one in zip(items, opened, strict=True)
        ]

    def record(
        self, session: Session, outcomes: Sequence[tuple[StoredImage, FoundFaces | Rejected]]
    ) -> Counter[str]:
        """Write faces and face counts."""
        rows = [row for item, outcome in outcomes for row in _face_rows(item, outcome)]
        added = Counter(
            faces=insert_new(session, Face, rows),
            crops=sum(isinstance(outcome, FoundFaces) for _, outcome in outcomes),
        )
        counts = [
            {"id": item.image_id, "face_count": len(_faces(outcome))} for item, outcome in outcomes
        ]
        session.execute(update(Image), counts)
        return added

    def _open(self, item: StoredImage) -> Photograph | Unusable:
        content = self._store.read(item.store_key)
        try:
            return Photograph(content, self._settings.min_face if self._settings.fast else None)
        except BadImageError as error:
            return Unusable("unreadable", f"{item.store_key} does not decode any more: {error}")

    def _judge(
        self, item: StoredImage, picture: Photograph, found: Sequence[DetectedFace]
    ) -> FoundFaces | Unusable:
        settings = self._settings
        found = [picture.in_full_size(face) for face in found]
        sure = [face for face in found if face.score >= settings.min_score]
        measured = [MeasuredFace(face, measure(*picture.source_of(face))) for face in sure]
        faces = main_face_first(measured, picture.width, picture.height, settings)
        if why := objection(found, faces, settings):
            return Unusable(why.reason, why.detail, faces)
        pixels, main = picture.source_of(faces[0].face)
        crop_key = Store.key("crops", face_id(item.image_id, 0), "jpg")
        self._store.put(crop_key, encode_jpeg(align(pixels, main.landmarks)))
        return FoundFaces(faces, crop_key)


def face_id(image_id: str, position: int) -> str:
    """Return the id of a face; position 0 is the main face of its image."""
    return content_id("face", image_id, position)


def _faces(outcome: FoundFaces | Rejected) -> Sequence[MeasuredFace]:
    return outcome.faces if isinstance(outcome, FoundFaces | Unusable) else ()


def _face_rows(item: StoredImage, outcome: FoundFaces | Rejected) -> Iterator[dict[str, Any]]:
    crop_key = outcome.crop_key if isinstance(outcome, FoundFaces) else None
    for position, measured in enumerate(_faces(outcome)):
        face = measured.face
        x1, y1, x2, y2 = face.box
        yield {
            "id": face_id(item.image_id, position),
            "image_id": item.image_id,
            "position": position,
            "x1": x1,
            "y1": y1,
            "x2": x2,
            "y2": y2,
            "landmarks": [float(value) for value in face.landmarks.ravel()],
            "score": face.score,
            "eye_distance": eye_distance(face.landmarks),
            **asdict(measured.quality),
            "crop_key": crop_key if position == 0 else None,
        }
