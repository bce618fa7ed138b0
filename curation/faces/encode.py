"""Pictures of faces as JPEG files."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

QUALITY = 95


def encode_jpeg(picture: NDArray[np.uint8]) -> bytes:
    """Return a picture, (H, W, 3) uint8 RGB, as JPEG."""
    settings = [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
    written, encoded = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), settings)
    assert written
    return encoded.tobytes()
