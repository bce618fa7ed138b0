"""Hashes of windows of a picture, by which crops, frames and captions are found.

A crop of a photograph has another hash than the photograph, but the same as the window that it
was cut from; and a photograph with a frame or caption around it has a window that is the
photograph. So besides its whole, `WINDOWS` of every picture are hashed: three sizes, at places so
close together that for any crop that takes away up to a quarter of the width and height one of
them fits within a few percent, which the hash forgives; four that leave out a strip; and, where
the picture has a plain frame, what that encloses.

The hash of a window is a pHash, but squeezed by triangles instead of Pillow's kernel, from the
small picture that the second look also uses. Squeezing and cosine transform are one matrix per
direction, so all windows together take two matrix products.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from curation.dedup.hashes import from_bytes, packed
from curation.dedup.small import SIDE, Small, frame

SIZES = (0.92, 0.85, 0.78)  # of a window, as shares of width and height
STEP = 0.05  # between windows of one size, at most
STRIP = 0.13  # that a caption takes of the height

Span = tuple[float, float]  # where it begins and how long it is, as shares of the side
Window = tuple[Span, Span]  # across and down


def _windows() -> tuple[Window, ...]:
    found: list[Window] = []
    for size in SIZES:
        steps = -(-round((1 - size) * 1000) // round(STEP * 1000))
        spans = [((1 - size) * place / steps, size) for place in range(steps + 1)]
        found += [(across, down) for across in spans for down in spans]
    whole = (0.0, 1.0)
    for strip in ((0.0, 1 - STRIP), (STRIP, 1 - STRIP)):
        found += [(whole, strip), (strip, whole)]
    return tuple(found)


WINDOWS = _windows()
IN_FRAME = len(WINDOWS)  # the number of the window that a frame encloses
COUNT = len(WINDOWS) + 1


def window_hashes(small: Small) -> NDArray[np.uint64]:
    """Return the hash of each of `WINDOWS` of a small picture, (128, 128) uint8, then `IN_FRAME`.

    Without a frame the last is the first once more, which leads to nothing new.
    """
    transform, across, down = _transforms()
    spans = transform.shape[0] // 8
    picture = small.astype(np.float32)
    # By OpenCV and not numpy, whose many threads cost more than matrices this small are worth.
    multiply: Any = cv2.gemm  # its stubs know no empty third matrix
    rows = multiply(transform, picture, 1, None, 0)
    all_pairs = multiply(rows, transform, 1, None, 0, flags=cv2.GEMM_2_T)
    all_pairs = np.asarray(all_pairs, dtype=np.float32).reshape(spans, 8, spans, 8)
    low: NDArray[np.floating] = all_pairs[down, :, across, :].reshape(len(WINDOWS), 64)
    enclosed = _in_frame(small)
    if enclosed is not None:
        across_it, down_it = (_transform(*span).astype(np.float32) for span in enclosed)
        low = np.concatenate([low, (down_it @ picture @ across_it.T).reshape(1, 64)])
    hashes = packed(low > np.median(low, axis=1, keepdims=True))[:, 0]
    return hashes if enclosed is not None else np.append(hashes, hashes[0])


def to_bytes(hashes: NDArray[np.uint64]) -> bytes:
    """Return the hashes of the windows of one picture as the database keeps them."""
    return hashes.astype(">u8").tobytes()


def read(content: bytes) -> NDArray[np.uint64]:
    """Return the window hashes, (N, COUNT), of N pictures from their bytes."""
    return from_bytes(content).reshape(-1, COUNT)


def placement(window: int, small: Small) -> NDArray[np.float32]:
    """Return the map, (2, 3), of a window's own places, 0 to 1, to those of the picture."""
    found = _in_frame(small) or WINDOWS[0] if window == IN_FRAME else WINDOWS[window]
    (left, width), (top, height) = found
    return np.array([[width, 0, left], [0, height, top]], dtype=np.float32)


def _in_frame(small: Small) -> Window | None:
    top, bottom, left, right = frame(small)
    if (top, bottom, left, right) == (0, SIDE, 0, SIDE):
        return None
    return (left / SIDE, (right - left) / SIDE), (top / SIDE, (bottom - top) / SIDE)


@cache
def _transforms() -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]:
    """Return the stacked matrices, 8 rows for every span, and which spans each window has."""
    spans = sorted({span for window in WINDOWS for span in window})
    stacked = np.concatenate([_transform(*span) for span in spans]).astype(np.float32)
    across = np.array([spans.index(across) for across, _ in WINDOWS])
    down = np.array([spans.index(down) for _, down in WINDOWS])
    return stacked, across, down


def _transform(start: float, length: float, pixels: int = 32) -> NDArray[np.float64]:
    """Return the matrix (8, SIDE): squeeze a span to 32 pixels, take its 8 lowest frequencies."""
    step = length * SIDE / pixels
    centres = start * SIDE + (np.arange(pixels) + 0.5) * step
    reach = np.abs(np.arange(SIDE) + 0.5 - centres[:, np.newaxis])
    squeeze = np.clip(1 - reach / max(1.0, step), 0, None)
    squeeze /= squeeze.sum(axis=1, keepdims=True)
    angles = np.pi * np.outer(np.arange(8), np.arange(pixels) + 0.5) / pixels
    matrix: NDArray[np.float64] = 2 * np.cos(angles) @ squeeze
    return matrix
