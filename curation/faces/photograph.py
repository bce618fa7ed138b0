"""A photograph to look for faces in: decoded small where that is enough, large where it is not.

Decoding a JPEG at half its size takes a third of the time. Faces are found at the smaller size;
their crops come from a size at which no pixel of the crop has to be made up.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from curation.faces.detector import DetectedFace
from curation.faces.quality import FULL_EYE_DISTANCE, eye_distance
from curation.pictures import decode, dimensions, sniff

REDUCTIONS = (8, 4, 2)

# Faces are not looked for below this size. P-Net sees 12 pixels; the networks after it work on 24
# and 48, and place boxes worse on enlarged crops.
LEAST_FACE = 20


class Photograph:
    """A picture's pixels at 1/`reduction` of its size, and again in full when they are wanted.

    `fast` is the smallest face wanted, in pixels, or None: then the picture is decoded in full.

    Raises:
        BadImageError: the bytes are no usable picture.
    """

    def __init__(
        self, content: bytes, fast: float | None = None, max_pixels: int | None = None
    ) -> None:
        self._content, self._max_pixels = content, max_pixels
        self.reduction = 1 if fast is None else _reduction(content, fast)
        self.pixels = decode(content, max_pixels, reduction=self.reduction)
        self.height, self.width = self.pixels.shape[:2]
        if self.reduction > 1:
            self.width, self.height = dimensions(content)

    def in_full_size(self, face: DetectedFace) -> DetectedFace:
        """Return a face found in `pixels` in pixels of the whole picture."""
        return _scaled(face, self.reduction)

    def as_decoded(self, face: DetectedFace) -> DetectedFace:
        """Return a face given in pixels of the whole picture in those of `pixels`."""
        return _scaled(face, 1 / self.reduction)

    def source_of(self, face: DetectedFace) -> tuple[NDArray[np.uint8], DetectedFace]:
        """Return pixels with enough detail for the crop of `face`, and the face in them.

        `face` is in pixels of the whole picture. More pixels are decoded only if those at hand
        would have to be enlarged.
        """
        wanted = max(1.0, eye_distance(face.landmarks) / FULL_EYE_DISTANCE)
        if self.reduction > wanted:
            self.reduction = max((r for r in (4, 2) if r <= wanted), default=1)
            self.pixels = decode(self._content, self._max_pixels, reduction=self.reduction)
        return self.pixels, self.as_decoded(face)


def _reduction(content: bytes, min_face: float) -> int:
    if sniff(content) != "JPEG":
        return 1
    return next((r for r in REDUCTIONS if min_face / r >= LEAST_FACE), 1)


def _scaled(face: DetectedFace, scale: float) -> DetectedFace:
    """Scale a face about the corner of the image; landmarks are centres of pixels, boxes edges."""
    if scale == 1:
        return face
    x1, y1, x2, y2 = (edge * scale for edge in face.box)
    landmarks = np.asarray((face.landmarks + 0.5) * scale - 0.5, np.float32)
    return replace(face, box=(x1, y1, x2, y2), landmarks=landmarks)
