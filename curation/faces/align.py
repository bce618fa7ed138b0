"""Bring a face to a standard place by the least-squares similarity transform of its landmarks.

A similarity is a shift, a rotation and one scale: it never stretches a face and never mirrors it.
Curation, training and inference all see faces through `align`.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from curation.errors import InputError

CROP_SIZE = 256

# Where the landmarks lie in a crop of 256 pixels: the centres of the left eye and the right eye,
# the tip of the nose, the left and right corner of the mouth (left and right as in the image),
# x to the right and y down, (0, 0) being the centre of the first pixel. The face fills about half
# of the crop, so that hair, chin and ears, which tell of age and gender, are inside.
TEMPLATE: NDArray[np.float64] = np.array(
    [[98, 112], [158, 112], [128, 146], [103, 181], [153, 181]], dtype=np.float64
)

# Below this scale the source is reduced by area averaging before the warp. Bilinear interpolation
# looks at two neighbours in each direction, which is enough down to about this scale.
REDUCE_BELOW = 0.6

# Source pixels beyond the edge of the crop that its outermost pixels still look at.
MARGIN = 2


def template(size: int = CROP_SIZE) -> NDArray[np.float64]:
    """Return the landmarks' places, (5, 2) float64 in pixels, in a crop of `size` pixels.

    Pixel centres are scaled about the corner of the crop, so a crop of 128 shows exactly what a
    crop of 256 shows, halved.
    """
    return (TEMPLATE + 0.5) * (size / CROP_SIZE) - 0.5


def similarity_transform(
    source: NDArray[np.floating], target: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Return the similarity [c·R | t], (2, 3) float64, that best maps `source` onto `target`.

    Both are (N, 2) points, N ≥ 2; "best" is the least sum of squared distances. From S. Umeyama,
    "Least-squares estimation of transformation parameters between two point patterns", IEEE
    PAMI 13(4), 1991: the rotation of equation 40 with the sign matrix S of equation 43, which
    excludes mirroring, the shift of equation 41 and the scale of equation 42.

    Raises:
        InputError: all points of `source` or of `target` lie in one place.
    """
    source = np.asarray(source, dtype=np.float64)
    target = np.asarray(target, dtype=np.float64)
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    source_spread, target_spread = source - source_mean, target - target_mean
    variance = float((source_spread**2).sum()) / len(source)
    covariance = target_spread.T @ source_spread / len(source)
    u, singular, vt = np.linalg.svd(covariance)
    if variance == 0 or singular[0] == 0:
        raise InputError("the points of a face all lie in one place, so it cannot be aligned")
    signs = np.array([1.0, np.sign(np.linalg.det(u) * np.linalg.det(vt))])
    rotation = u @ np.diag(signs) @ vt
    scale = float((singular * signs).sum()) / variance
    shift = target_mean - scale * rotation @ source_mean
    return np.hstack([scale * rotation, shift[:, np.newaxis]])


def align(
    image: NDArray[np.uint8], landmarks: NDArray[np.floating], size: int = CROP_SIZE
) -> NDArray[np.uint8]:
    """Return the crop, (size, size, 3) uint8, in which the landmarks lie on the template.

    `image` is (H, W, 3) uint8, `landmarks` (5, 2) in its pixels, ordered as in `TEMPLATE`. A face
    much larger than the crop is first reduced by area averaging, so that fine patterns do not
    turn into false ones; then one bilinear warp follows. What lies outside the image is black:
    nothing is invented that could pass for a part of the photograph.

    Raises:
        InputError: all landmarks lie in one place.
    """
    matrix = similarity_transform(landmarks, template(size))
    region, matrix = _source_region(image, matrix, size)
    if region.size == 0:
        return np.zeros((size, size, 3), dtype=np.uint8)
    crop = cv2.warpAffine(
        region, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT
    )
    return np.asarray(crop, dtype=np.uint8)


def _source_region(
    image: NDArray[np.uint8], matrix: NDArray[np.float64], size: int
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Cut out what the crop shows, reduced where much larger; return it and its matrix."""
    height, width = image.shape[:2]
    inverse = np.linalg.inv(matrix[:, :2])
    edges = np.array([[x, y] for x in (-0.5, size - 0.5) for y in (-0.5, size - 0.5)])
    corners = (edges - matrix[:, 2]) @ inverse.T
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    margin = MARGIN * max(1.0, 1 / scale)
    left, top = np.clip(np.floor(corners.min(axis=0) - margin), 0, (width, height)).astype(int)
    right, bottom = np.clip(np.ceil(corners.max(axis=0) + margin), 0, (width, height)).astype(int)
    region = image[top:bottom, left:right]
    factors = np.ones(2)
    if scale < REDUCE_BELOW and region.size:
        rows, columns = region.shape[:2]
        reduced = (max(1, round(columns * scale)), max(1, round(rows * scale)))
        region = np.asarray(cv2.resize(region, reduced, interpolation=cv2.INTER_AREA), np.uint8)
        factors[:] = columns / reduced[0], rows / reduced[1]
    # A pixel p of the region is (p + 0.5) * factors - 0.5 + (left, top) in the image.
    offset = 0.5 * factors - 0.5 + (left, top)
    return region, np.hstack(
        [matrix[:, :2] * factors, (matrix[:, :2] @ offset + matrix[:, 2])[:, np.newaxis]]
    )
