"""What can be told of a face from its box and landmarks alone: its size."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from curation.faces.detector import DetectedFace


def eye_distance(landmarks: NDArray[np.floating]) -> float:
    """Return the distance of the two eyes in pixels; `landmarks` (5, 2), eyes first."""
    left, right = landmarks[0], landmarks[1]
    return math.hypot(float(right[0] - left[0]), float(right[1] - left[1]))


def size(face: DetectedFace) -> float:
    """Return the longer side of the face's box in pixels."""
    x1, y1, x2, y2 = face.box
    return max(x2 - x1, y2 - y1)
