"""Find faces and their five landmarks: MTCNN as facenet-pytorch ships it, weights included.

K. Zhang et al., "Joint face detection and alignment using multitask cascaded convolutional
networks", IEEE Signal Processing Letters 23(10), 2016.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


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
    "cpu" or "cuda".
    """

    def __init__(self, min_face: int = 40, device: str = "cpu") -> None:
        from facenet_pytorch import MTCNN

        self.min_face = min_face
        self._mtcnn = MTCNN(keep_all=True, min_face_size=min_face, device=device)

    def detect(self, image: NDArray[np.uint8]) -> list[DetectedFace]:
        """Return the faces of `image`, (H, W, 3) uint8 RGB, the largest box first.

        Every face that passes MTCNN's own thresholds (0.6, 0.7, 0.7) is there; a caller who wants
        surer ones compares `score`. An image smaller than `min_face` holds none.
        """
        if min(image.shape[:2]) < self.min_face:
            return []  # MTCNN's image pyramid would have no level, and it would fail
        boxes, scores, landmarks = self._mtcnn.detect(image, landmarks=True)
        if boxes is None:
            return []
        faces = [
            DetectedFace(
                box=(float(box[0]), float(box[1]), float(box[2]), float(box[3])),
                landmarks=np.asarray(points, dtype=np.float32),
                score=float(score),
            )
            for box, score, points in zip(boxes, scores, landmarks, strict=True)
        ]
        return sorted(faces, key=lambda face: (-face.area, face.box))
