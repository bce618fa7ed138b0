"""Boxes, (n, 4) float32 x1, y1, x2, y2: overlaps, and the small steps between the networks.

All of it follows facenet-pytorch to the last rounding, so that the same boxes come out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curation.faces.compiled import compiled
from curation.faces.convolution import Floats

Indices = NDArray[np.int64]


def suppress(boxes: Floats, scores: Floats, threshold: float) -> Indices:
    """Return which boxes stay, the best first: those that overlap no better one by more.

    The overlap is the intersection over the union, as in torchvision's `nms`.
    """
    order = np.argsort(-scores, kind="stable")
    return order[_stays(np.ascontiguousarray(boxes[order]), threshold, False)]


def suppress_within(boxes: Floats, scores: Floats, threshold: float) -> Indices:
    """As `suppress`; the overlap is the share of the smaller box, sides counted one longer."""
    order = np.argsort(scores)[::-1]
    return order[_stays(np.ascontiguousarray(boxes[order]), threshold, True)]


@compiled
def _stays(boxes: Floats, threshold: float, smaller: bool) -> NDArray[np.bool_]:
    count = len(boxes)
    extra = np.float32(1 if smaller else 0)
    areas = np.empty(count, np.float32)
    stays = np.empty(count, np.bool_)
    for i in range(count):
        areas[i] = (boxes[i, 2] - boxes[i, 0] + extra) * (boxes[i, 3] - boxes[i, 1] + extra)
        stays[i] = True
    for i in range(count):
        if not stays[i]:
            continue
        for j in range(i + 1, count):
            width = min(boxes[i, 2], boxes[j, 2]) - max(boxes[i, 0], boxes[j, 0]) + extra
            height = min(boxes[i, 3], boxes[j, 3]) - max(boxes[i, 1], boxes[j, 1]) + extra
            if width <= 0 or height <= 0 or not stays[j]:
                continue
            common = width * height
            whole = min(areas[i], areas[j]) if smaller else areas[i] + areas[j] - common
            if np.float32(common / whole) > threshold:
                stays[j] = False
    return stays


def moved(boxes: Floats, offsets: Floats, extra: int) -> Floats:
    """Return the boxes with each edge moved by a share of the side, which counts `extra` longer."""
    sides = boxes[:, 2:] - boxes[:, :2] + np.float32(extra)
    return boxes + offsets * np.hstack([sides, sides])


def squared(boxes: Floats) -> Floats:
    """Return squares about the same centres with the longer side."""
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    longer, half = np.maximum(width, height), np.float32(0.5)
    left = boxes[:, 0] + width * half - longer * half
    top = boxes[:, 1] + height * half - longer * half
    return np.stack([left, top, left + longer, top + longer], axis=1)


def pixel_edges(boxes: Floats, sizes: Indices) -> Indices:
    """Return left, top, right, bottom in whole pixels, cut at the images' edges; right excluded.

    `sizes`, (n, 2), are height and width of each box's image. MTCNN counts pixels from one.
    """
    whole = np.trunc(boxes).astype(np.int64)
    height, width = sizes[:, 0], sizes[:, 1]
    left, top = np.maximum(whole[:, 0], 1) - 1, np.maximum(whole[:, 1], 1) - 1
    return np.stack(
        [left, top, np.minimum(whole[:, 2], width), np.minimum(whole[:, 3], height)], axis=1
    )
