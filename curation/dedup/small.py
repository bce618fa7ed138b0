"""The small picture of a photograph, on which windows are hashed and second looks are taken."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 128  # pixels

Small = NDArray[np.uint8]


def small_picture(image: NDArray[np.uint8]) -> Small:
    """Return `image`, (H, W, 3) uint8 RGB or (H, W) luminance, as 128 x 128 luminance uint8."""
    reducing = min(image.shape[:2]) >= SIDE
    interpolation = cv2.INTER_AREA if reducing else cv2.INTER_LINEAR
    # Reduced before the colours are weighed: the big picture is then gone through only once.
    reduced = cv2.resize(image, (SIDE, SIDE), interpolation=interpolation)
    grey = reduced if image.ndim == 2 else cv2.cvtColor(reduced, cv2.COLOR_RGB2GRAY)
    return np.asarray(grey, dtype=np.uint8)
