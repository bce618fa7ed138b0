"""Which way a head is turned, in degrees, from five landmarks.

The five points of an average adult head are laid over the landmarks under weak perspective (the
head's depth is small against its distance): the affine map of the model that fits best in the
least-squares sense, whose two rows are then made orthogonal and of one length. That is POS of
D. DeMenthon and L. Davis, "Model-based object pose in 25 lines of code", IJCV 15, 1995, with the
nearest scaled rotation taken by singular value decomposition. It is closed, and exact for points
that are such a projection of the model.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# Millimetres; x to the right as seen, y down, z away from the camera, like the image's axes. Left
# eye, right eye, nose tip, left and right corner of the mouth. Widths and heights, at pupils 63 mm
# apart, are the medians of what MTCNN reports on photographs of people who look at the camera. The
# depths are those of an average adult: an eye's centre is the middle between its corners, which
# lie well behind the tip of the nose; the corners of the mouth lie a little before them.
MODEL: NDArray[np.float64] = np.array(
    [
        [-31.5, 0.0, 0.0],
        [31.5, 0.0, 0.0],
        [0.0, 35.5, -38.0],
        [-29.0, 63.5, -9.0],
        [29.0, 63.5, -9.0],
    ]
)


class Pose(NamedTuple):
    """Degrees: `yaw` to the image's right, `pitch` up, `roll` clockwise as seen; 0 is straight."""

    yaw: float
    pitch: float
    roll: float


def head_pose(landmarks: NDArray[np.floating]) -> Pose:
    """Return the pose of a head by its landmarks, (5, 2) pixels in the order of the template.

    Landmarks that all lie in one place tell nothing and count as straight ahead.
    """
    points = np.asarray(landmarks, dtype=np.float64)
    points = points - points.mean(axis=0)
    centred = MODEL - MODEL.mean(axis=0)
    affine = (np.linalg.pinv(centred) @ points).T
    u, singular, vt = np.linalg.svd(affine, full_matrices=False)
    if singular[0] == 0:
        return Pose(0.0, 0.0, 0.0)
    right, down = u @ vt  # the image's axes in the head's frame
    forward = np.cross(right, down)
    # The rows of Rz(roll) · Rx(-pitch) · Ry(-yaw), read off.
    yaw = math.atan2(forward[0], forward[2])
    pitch = math.asin(max(-1.0, min(1.0, -float(forward[1]))))
    roll = math.atan2(-right[1], down[1])
    return Pose(math.degrees(yaw), math.degrees(pitch), math.degrees(roll))
