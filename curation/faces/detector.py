"""Find faces and their five landmarks: the boxes of facenet-pytorch's MTCNN, several times faster.

The cascade is in `cascade`; what it computes with is in `cpu_engine` and `torch_engine`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curation.faces.cascade import Engine, Found, cascade

MAX_PIXELS = 4_000_000  # of images in work at once: 48 MB of integral images


@dataclass(frozen=True, eq=False)
class DetectedFace:
    """One face, in pixels of the image it was found in.

    `box` is x1, y1, x2, y2 (it may reach beyond the image); `landmarks` (5, 2) float32: left eye,
    right eye, nose, left and right corner of the mouth, left and right as in the image; `score`
    0 to 1.
    """

    box: tuple[float, float, float, float]
    landmarks: NDArray[np.float32]
    score: float

    @property
    def area(self) -> float:
        """The area of the box in square pixels."""
        x1, y1, x2, y2 = self.box
        return (x2 - x1) * (y2 - y1)


class Detector:
    """MTCNN on one device, with its networks loaded once.

    `min_face` is the side, in pixels, of the smallest face looked for (somewhat smaller ones are
    found too); time grows with the inverse of its square. `device` is a torch device such as
    "cpu" or "cuda". One thread at a time may use a detector; on a CPU it keeps to one core.
    """

    def __init__(self, min_face: float = 40, device: str = "cpu") -> None:
        self.min_face = min_face
        self._engine = _engine(device)

    def detect(self, image: NDArray[np.uint8]) -> list[DetectedFace]:
        """Return the faces of `image`, (H, W, 3) uint8 RGB, the largest box first.

        Every face that passes MTCNN's own thresholds (0.6, 0.7, 0.7) is there; a caller who wants
        surer ones compares `score`. An image smaller than `min_face` holds none.
        """
        return self.detect_batch([image])[0]

    def detect_batch(
        self, images: Sequence[NDArray[np.uint8]], min_faces: Sequence[float] | None = None
    ) -> list[list[DetectedFace]]:
        """Return the faces of each image, as `detect`, in the order of the images.

        The images may be of different sizes, and `min_faces` give each a smallest face of its own.
        What is found in one does not depend on the others; together they are faster, as the later
        networks see the crops of several at once.
        """
        wanted = [self.min_face] * len(images) if min_faces is None else min_faces
        return [
            faces_of(found)
            for part in _parts(images)
            for found in cascade(self._engine, images[part], wanted[part])
        ]


def faces_of(found: Found) -> list[DetectedFace]:
    """Return what the cascade found in one image as faces, the largest box first."""
    faces = [
        DetectedFace(
            box=(float(box[0]), float(box[1]), float(box[2]), float(box[3])),
            landmarks=landmarks,
            score=float(score),
        )
        for box, score, landmarks in zip(*found, strict=True)
    ]
    return sorted(faces, key=lambda face: (-face.area, face.box))


def _engine(device: str) -> Engine:
    if device == "cpu":
        from curation.faces.cpu_engine import CpuEngine

        return CpuEngine()
    from curation.faces.torch_engine import TorchEngine

    return TorchEngine(device)


def _parts(images: Sequence[NDArray[np.uint8]]) -> Iterator[slice]:
    """Cut a batch where its integral images, 12 bytes per pixel, would take too much memory."""
    first, pixels = 0, 0
    for number, image in enumerate(images):
        size = image.shape[0] * image.shape[1]
        if number > first and pixels + size > MAX_PIXELS:
            yield slice(first, number)
            first, pixels = number, 0
        pixels += size
    if first < len(images):
        yield slice(first, len(images))
