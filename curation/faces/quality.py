"""How much a face is worth: its size, sharpness, exposure, pose, and how much of it is there."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from curation.faces.detector import DetectedFace
from curation.faces.pose import head_pose

# Faces are measured at this many pixels, or at their own size where they are smaller: what a face
# looks like in its crop counts, and not whether every one of a thousand pixels is sharp.
MEASURED_AT = 128
INNER = 0.1  # of the box is left off at each edge: hair and background
LEAST = 8  # pixels on each side, below which nothing is measured

REBLUR = 9  # pixels averaged over; where a sharp face has lost half of its small differences
SHARP = 0.5  # what faces in good photographs reach
BLACK, WHITE = 5, 250  # beyond these grey values everything looks alike
CONTRAST = 48  # grey values between the darkest and the brightest twentieth of a clear face
FULL_EYE_DISTANCE = 60  # pixels, as in the aligned crop: a larger face gains nothing there


@dataclass(frozen=True)
class Quality:
    """What was measured of a face; angles in degrees, all else 0 to 1.

    `sharpness` is about 0.55 in good photographs, below 0.25 when blurred over three pixels of a
    face of 128; `exposure` is 1 when nothing is burnt out, drowned or flat; `truncation` is the
    share of the box outside the image; angles are those of `pose.Pose`. `quality` is all in one:
    size, sharpness, exposure, frontal view and completeness multiplied.
    """

    sharpness: float
    exposure: float
    yaw: float
    pitch: float
    roll: float
    truncation: float
    quality: float


def eye_distance(landmarks: NDArray[np.floating]) -> float:
    """Return the distance of the two eyes in pixels; `landmarks` (5, 2), eyes first."""
    left, right = landmarks[0], landmarks[1]
    return math.hypot(float(right[0] - left[0]), float(right[1] - left[1]))


def size(face: DetectedFace) -> float:
    """Return the longer side of the face's box in pixels."""
    x1, y1, x2, y2 = face.box
    return max(x2 - x1, y2 - y1)


def measure(image: NDArray[np.uint8], face: DetectedFace) -> Quality:
    """Measure a face found in `image`, (H, W, 3) uint8 RGB.

    Only pixels of the image count; what is cut off appears in `truncation` alone.
    """
    grey = _inner_face(image, face)
    sharp, exposed = sharpness(grey), exposure(grey)
    cut = truncation(face, image.shape[1], image.shape[0])
    yaw, pitch, roll = head_pose(face.landmarks)
    worth = (
        min(1.0, eye_distance(face.landmarks) / FULL_EYE_DISTANCE)
        * min(1.0, sharp / SHARP)
        * exposed
        * max(0.0, math.cos(math.radians(yaw)))
        * max(0.0, math.cos(math.radians(pitch)))
        * (1 - cut)
    )
    return Quality(sharp, exposed, yaw, pitch, roll, cut, worth)


def sharpness(grey: NDArray[np.uint8]) -> float:
    """Return how much of the differences between neighbours a blur takes away, 0 to 1.

    A sharp picture, (H, W) uint8, loses most of them, a blurred one hardly any; contrast plays no
    part. From F. Crété-Roffet et al., "The blur effect", SPIE Human Vision and Electronic Imaging,
    2007; 1 minus their measure. The direction that is worse counts, as in motion blur.
    """
    if min(grey.shape) < LEAST:
        return 0.0
    values = grey.astype(np.float32)
    lost = []
    for axis, window in ((0, (1, REBLUR)), (1, (REBLUR, 1))):
        blurred = cv2.blur(values, window, borderType=cv2.BORDER_REFLECT_101)
        before = np.abs(np.diff(values, axis=axis))
        after = np.abs(np.diff(blurred, axis=axis))
        whole = float(before.sum())
        lost.append(float(np.maximum(0, before - after).sum()) / whole if whole else 0.0)
    return min(lost)


def exposure(grey: NDArray[np.uint8]) -> float:
    """Return 1 for a picture, (H, W) uint8, with all its tones, less where they are lost, to 0.

    The share of pixels neither black nor white, times the contrast up to a limit. The mean
    brightness plays no part on purpose: it would rate dark skin below light skin.
    """
    if min(grey.shape) < LEAST:
        return 0.0
    kept = float(np.mean((grey > BLACK) & (grey < WHITE)))
    dark, bright = np.percentile(grey, (5, 95))
    return kept * min(1.0, float(bright - dark) / CONTRAST)


def truncation(face: DetectedFace, width: int, height: int) -> float:
    """Return the share of the face's box that lies outside an image of `width` x `height`."""
    x1, y1, x2, y2 = face.box
    inside_x = max(0.0, min(x2, width) - max(x1, 0.0))
    inside_y = max(0.0, min(y2, height) - max(y1, 0.0))
    return min(1.0, max(0.0, 1 - inside_x * inside_y / face.area)) if face.area > 0 else 1.0


def _inner_face(image: NDArray[np.uint8], face: DetectedFace) -> NDArray[np.uint8]:
    """Return the inner part of the box, as far as it is in the image, in grey, not too large."""
    x1, y1, x2, y2 = face.box
    aside, above = INNER * (x2 - x1), INNER * (y2 - y1)
    left, top = max(0, round(x1 + aside)), max(0, round(y1 + above))
    right, bottom = max(0, round(x2 - aside)), max(0, round(y2 - above))
    part = image[top:bottom, left:right]
    if not part.size:
        return np.zeros((0, 0), np.uint8)
    scale = MEASURED_AT / max(size(face), 1.0)
    if scale < 1:
        reduced = (max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale)))
        part = np.asarray(cv2.resize(part, reduced, interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.cvtColor(part, cv2.COLOR_RGB2GRAY), np.uint8)
