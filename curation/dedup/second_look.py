"""The second look: whether two images with near hashes are copies of one photograph.

64 bits see only coarse shapes, and two portraits of different people share those. So both images
are brought to small luminance pictures, and one is laid over the other by the affine map that
maximises the enhanced correlation coefficient (G. Evangelidis and E. Psarakis, "Parametric image
alignment using enhanced correlation coefficient maximization", IEEE PAMI 30(10), 2008), which
undoes trimming and borders. Where the two then overlap, two correlations decide: of the pictures,
which tells different scenes apart, and of their fine detail, what is left after subtracting the
coarse shapes, which tells different faces apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 128  # pixels of the small pictures
COARSE_SIDE = 64  # of the first, coarser registration, which most candidates do not pass
COARSE_SHAPES = 3 / 64  # of the side; deviation of the blur whose result is subtracted
EDGE = 5 / 64  # of the side; near the end of the overlap the blur has looked across it
OVERLAP = 0.5  # share of the picture that both must show

# Both at least this: copies of one photograph. Measured on real photographs, all copies that were
# re-encoded, resized, brightened, tinted or trimmed by 2 to 10 % a side reach it; of different
# people in tightly aligned portraits, the hardest case, none has more than 0.95 and 0.72.
SAME_PICTURE = 0.95
SAME_DETAIL = 0.75
# Below this correlation of the coarsely registered pictures the finer look is spared.
HOPELESS = 0.85

Small = NDArray[np.uint8]
_Float = NDArray[np.float32]

_STOP = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 50, 1e-4)
_SMOOTHING = 5  # pixels; of the registration, which needs slopes to climb


@dataclass(frozen=True)
class Likeness:
    """The two correlations, -1 to 1, of two pictures laid over each other."""

    picture: float
    detail: float

    @property
    def same_photograph(self) -> bool:
        """Whether the two are copies of one photograph."""
        return self.picture >= SAME_PICTURE and self.detail >= SAME_DETAIL


def small_picture(image: NDArray[np.uint8]) -> Small:
    """Return the luminance of `image`, (H, W, 3) uint8 RGB, squeezed to 128 x 128 uint8."""
    reducing = min(image.shape[:2]) >= SIDE
    interpolation = cv2.INTER_AREA if reducing else cv2.INTER_LINEAR
    # Reduced before the colours are weighed: the big picture is then gone through only once.
    reduced = cv2.resize(image, (SIDE, SIDE), interpolation=interpolation)
    return np.asarray(cv2.cvtColor(reduced, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def likeness(first: Small, second: Small) -> Likeness:
    """Compare two small pictures as they are, then registered; return the better outcome.

    Pictures without any contrast are like nothing: both correlations are 0.
    """
    one, two = _at(first, COARSE_SIDE), _at(second, COARSE_SIDE)
    unmoved = np.eye(2, 3, dtype=np.float32)
    best = _compare(one, two, unmoved)
    if best.same_photograph:
        return best
    warp = _register(one, two, unmoved)
    if warp is None:
        return best
    best = _better(best, _compare(one, two, warp))
    if best.picture < HOPELESS:
        return best
    one, two = _at(first, SIDE), _at(second, SIDE)
    warp[:, 2] *= SIDE / COARSE_SIDE
    warp = _register(one, two, warp)
    return best if warp is None else _better(best, _compare(one, two, warp))


def _better(one: Likeness, other: Likeness) -> Likeness:
    return max(one, other, key=lambda each: (each.same_photograph, each.picture + each.detail))


def _at(picture: Small, side: int) -> _Float:
    reduced = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(reduced, dtype=np.float32)


def _register(first: _Float, second: _Float, start: _Float) -> _Float | None:
    """Return the map from `first` into `second`; None where there is none."""
    everywhere = np.ones(first.shape, dtype=np.uint8)
    try:
        _, warp = cv2.findTransformECC(
            first, second, start.copy(), cv2.MOTION_AFFINE, _STOP, everywhere, _SMOOTHING
        )
    except cv2.error:  # raised where the iteration does not converge: two different pictures
        return None
    return np.asarray(warp, dtype=np.float32)


def _compare(first: _Float, second: _Float, warp: _Float) -> Likeness:
    side = len(first)
    flags = cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR
    moved = np.asarray(cv2.warpAffine(second, warp, (side, side), flags=flags), dtype=np.float32)
    inside = np.ones((side, side), dtype=np.uint8)
    edge = np.ones((round(EDGE * side),) * 2, dtype=np.uint8)
    overlap = cv2.erode(cv2.warpAffine(inside, warp, (side, side), flags=flags), edge) > 0
    if overlap.mean() < OVERLAP:
        return Likeness(0.0, 0.0)
    picture = _correlation(first[overlap], moved[overlap])
    return Likeness(picture, _correlation(_detail(first)[overlap], _detail(moved)[overlap]))


def _detail(picture: _Float) -> _Float:
    coarse = cv2.GaussianBlur(picture, (0, 0), COARSE_SHAPES * len(picture))
    return picture - np.asarray(coarse, dtype=np.float32)


def _correlation(first: _Float, second: _Float) -> float:
    one, two = first - first.mean(), second - second.mean()
    size = float(np.sqrt((one @ one) * (two @ two)))
    return float(one @ two) / size if size > 0 else 0.0
