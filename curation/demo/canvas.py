"""A canvas for soft, anti-aliased shapes: premultiplied RGBA in float32.

Every stroke touches only its own bounding box, which keeps a portrait of a hundred strokes at
a few milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import comb

import cv2
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]  # (n, 2): x, y in pixels
SUBPIXEL = 4  # bits of sub-pixel precision in OpenCV's drawing functions


class Canvas:
    """Planes of shape (4, height, width): red, green, blue, alpha, premultiplied, 0 to 255.

    Planes, because numpy multiplies a plane by a mask six times as fast as interleaved pixels.
    """

    def __init__(self, width: int, height: int) -> None:
        self.planes: NDArray[np.float32] = np.zeros((4, height, width), np.float32)

    def fill(
        self,
        outline: Points,
        colour: Sequence[float],
        opacity: float = 1.0,
        softness: float = 0.0,
    ) -> None:
        """Fill a closed outline; `softness` is the sigma (pixels) by which its edge is blurred."""
        self._lay(outline, colour, opacity, softness, 0.0)

    def stroke(
        self,
        line: Points,
        colour: Sequence[float],
        thickness: float,
        opacity: float = 1.0,
        softness: float = 0.0,
    ) -> None:
        """Draw an open line; `thickness` and `softness` in pixels."""
        self._lay(line, colour, opacity, softness, max(1.0, thickness))

    def strokes(
        self,
        lines: Sequence[Points],
        colour: Sequence[float],
        thickness: float,
        opacity: float,
        softness: float = 0.0,
    ) -> None:
        """Draw several lines of one colour at once."""
        if lines:
            self._lay(lines, colour, opacity, softness, max(1.0, thickness))

    def _lay(
        self,
        shape: Points | Sequence[Points],
        colour: Sequence[float],
        opacity: float,
        softness: float,
        thickness: float,
    ) -> None:
        if opacity <= 0:
            return
        shapes = [shape] if isinstance(shape, np.ndarray) else list(shape)
        every = np.concatenate(shapes)
        margin = 4 + thickness + 3 * softness
        height, width = self.planes.shape[1:]
        left, top = np.maximum(np.floor(every.min(0) - margin), 0).astype(int)
        right, bottom = np.minimum(np.ceil(every.max(0) + margin), (width, height)).astype(int)
        if right <= left or bottom <= top:
            return
        # What is blurred widely holds no detail: it is drawn at half or a quarter of the size.
        shrink = 1 if softness < 2.5 else 2 if softness < 5 else 4
        box = right - left, bottom - top
        mask = np.zeros((-(-box[1] // shrink), -(-box[0] // shrink)), np.uint8)
        fixed = [
            np.round((points - (left, top)) * ((1 << SUBPIXEL) / shrink)).astype(np.int32)
            for points in shapes
        ]
        if thickness:
            pen = max(1, round(thickness / shrink))
            cv2.polylines(mask, fixed, False, 255, pen, cv2.LINE_AA, SUBPIXEL)
        else:
            cv2.fillPoly(mask, fixed, 255, cv2.LINE_AA, SUBPIXEL)
        if softness > 0:
            mask = cv2.GaussianBlur(mask, (0, 0), softness / shrink)
        if shrink > 1:
            mask = cv2.resize(mask, box, interpolation=cv2.INTER_LINEAR)
        self.blend(mask, (left, top), colour, opacity)

    def blend(
        self,
        mask: NDArray[np.uint8],
        corner: tuple[int, int],
        colour: Sequence[float],
        opacity: float = 1.0,
    ) -> None:
        """Lay `colour` over the canvas where `mask` (0 to 255), placed at `corner`, is set."""
        x, y = corner
        share = mask.astype(np.float32)
        share *= np.float32(opacity / 255)
        for plane, value in zip(self.planes, (*colour, 255.0), strict=True):
            region = plane[y : y + mask.shape[0], x : x + mask.shape[1]]
            step = np.float32(value) - region
            step *= share
            region += step

    def to_pixels(self) -> NDArray[np.uint8]:
        """Return the picture as (height, width, 4) uint8, premultiplied."""
        pixels: NDArray[np.uint8] = cv2.convertScaleAbs(cv2.merge(list(self.planes)))
        return pixels  # rounded, and stopped at 255


def curve(*points: tuple[float, float], steps: int = 14) -> Points:
    """Return a Bézier curve with these control points, as (steps, 2) points."""
    return _bernstein(len(points) - 1, steps) @ np.array(points, np.float64)


def ellipse(x: float, y: float, half_width: float, half_height: float, steps: int = 40) -> Points:
    """Return the outline of an upright ellipse as (steps, 2) points."""
    return _circle(steps) * (half_width, half_height) + (x, y)


@lru_cache
def _bernstein(degree: int, steps: int) -> Points:
    """Return the Bernstein polynomials of this degree at even steps, (steps, degree + 1)."""
    t = np.linspace(0, 1, steps)
    return np.stack(
        [comb(degree, k) * t**k * (1 - t) ** (degree - k) for k in range(degree + 1)], 1
    )


@lru_cache
def _circle(steps: int) -> Points:
    angle = np.linspace(0, 2 * np.pi, steps, endpoint=False)
    return np.stack([np.cos(angle), np.sin(angle)], 1)
