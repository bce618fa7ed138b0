"""The small picture of a photograph, on which windows are hashed and second looks are taken."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 128  # pixels

Small = NDArray[np.uint8]

FLAT = 24  # levels, within which all pixels of a line of a frame lie (JPEG makes it uneven)
WIDEST_FRAME = 0.3  # of the side, at each edge


def small_picture(image: NDArray[np.uint8]) -> Small:
    """Return `image`, (H, W, 3) uint8 RGB or (H, W) luminance, as 128 x 128 luminance uint8."""
    reducing = min(image.shape[:2]) >= SIDE
    interpolation = cv2.INTER_AREA if reducing else cv2.INTER_LINEAR
    # Reduced before the colours are weighed: the big picture is then gone through only once.
    reduced = cv2.resize(image, (SIDE, SIDE), interpolation=interpolation)
    grey = reduced if image.ndim == 2 else cv2.cvtColor(reduced, cv2.COLOR_RGB2GRAY)
    return np.asarray(grey, dtype=np.uint8)


def frame(small: Small) -> tuple[int, int, int, int]:
    """Return top, bottom, left and right of what a plain frame encloses, in pixels.

    A frame is lines of one brightness along an edge: a border, the bars of a video, a plain wall.
    Without one, that is 0, 128, 0, 128.
    """
    top, bottom = _plain_lines(small), SIDE - _plain_lines(small[::-1])
    left, right = _plain_lines(small.T), SIDE - _plain_lines(small.T[::-1])
    return top, bottom, left, right


def _plain_lines(small: Small) -> int:
    """Count the lines from the first on that are plain, and of the brightness of the first."""
    most = round(WIDEST_FRAME * SIDE)
    lines = small[: most + 1].astype(np.int16)
    low, high = np.partition(lines[0], (2, -3))[[2, -3]]  # but for specks
    plain = (lines.max(axis=1) <= low + FLAT) & (lines.min(axis=1) >= high - FLAT)
    number = int(np.argmin(plain)) if not plain.all() else len(plain)
    return number if number <= most else 0
