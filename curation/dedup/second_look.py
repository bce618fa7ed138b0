"""The second look: whether two pictures with near hashes are copies of one photograph.

64 bits see only coarse shapes, and two portraits of different people share those. So both
pictures are brought to small luminance pictures, and one is laid over the other by the affine map
that maximises the enhanced correlation coefficient (G. Evangelidis and E. Psarakis, "Parametric
image alignment using enhanced correlation coefficient maximization", IEEE PAMI 30(10), 2008),
which undoes trimming, frames and turning; where the hashes tell of which window one is a copy, it
starts there. Where the two then overlap, two correlations decide: of the pictures, which tells
different scenes apart, and of their fine detail, what is left after subtracting the coarse shapes,
which tells different faces apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from curation.dedup.small import SIDE, Small

COARSE_SIDE = 64  # of the first, coarser registration, which most candidates do not pass
COARSE_SHAPES = 3 / 64  # of the side; deviation of the blur whose result is subtracted
EDGE = 5 / 64  # of the side; near the end of the overlap the blur has looked across it
OVERLAP = 0.5  # share of the picture that both must show

# Both at least this: copies of one photograph. Measured on real photographs, copies that were
# re-encoded, resized, filtered, framed or trimmed reach it; of different people in tightly aligned
# portraits, the hardest case, none has more than 0.95 and 0.72.
SAME_PICTURE = 0.95
SAME_DETAIL = 0.75
# Below these correlations, before and after the coarse registration, the finer look is spared.
UNLIKELY = 0.5
HOPELESS = 0.85

Warp = NDArray[np.float32]
_Float = NDArray[np.float32]

_STOP = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 50, 1e-4)
_SMOOTHING = 5  # pixels; of the registration, which needs slopes to climb
UNMOVED: Warp = np.eye(2, 3, dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Likeness:
    """The two correlations, -1 to 1, of two pictures laid over each other.

    `warp`, (2, 3), maps places in the first picture, 0 to 1 from edge to edge, to the second.
    """

    picture: float
    detail: float
    warp: Warp

    @property
    def same_photograph(self) -> bool:
        """Whether the two are copies of one photograph."""
        return self.picture >= SAME_PICTURE and self.detail >= SAME_DETAIL


def likeness(first: Small, second: Small, start: Warp = UNMOVED) -> Likeness:
    """Compare two small pictures laid over each other by `start`, then registered; the better one.

    Pictures without any contrast are like nothing: both correlations are 0.
    """
    one, two = _at(first, COARSE_SIDE), _at(second, COARSE_SIDE)
    best = _compare(one, two, start)
    if best.same_photograph or best.picture < UNLIKELY:
        return best
    warp = _register(one, two, start)
    if warp is None:
        return best
    best = _better(best, _compare(one, two, warp))
    if best.picture < HOPELESS:
        return best
    one, two = _at(first, SIDE), _at(second, SIDE)
    warp = _register(one, two, warp)
    return best if warp is None else _better(best, _compare(one, two, warp))


def _better(one: Likeness, other: Likeness) -> Likeness:
    return max(one, other, key=lambda each: (each.same_photograph, each.picture + each.detail))


def _at(picture: Small, side: int) -> _Float:
    reduced = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(reduced, dtype=np.float32)


def _in_pixels(warp: Warp, side: int) -> Warp:
    """Return the map of pixel centres: pixel p is the place (p + 0.5) / side."""
    shift = side * warp[:, 2] + 0.5 * (warp[:, 0] + warp[:, 1]) - 0.5
    return np.column_stack([warp[:, :2], shift]).astype(np.float32)


def _in_shares(warp: Warp, side: int) -> Warp:
    """Undo `_in_pixels`."""
    shift = (warp[:, 2] - 0.5 * (warp[:, 0] + warp[:, 1]) + 0.5) / side
    return np.column_stack([warp[:, :2], shift]).astype(np.float32)


def _register(first: _Float, second: _Float, start: Warp) -> Warp | None:
    """Return the map from `first` into `second`; None where there is none."""
    everywhere = np.ones(first.shape, dtype=np.uint8)
    side = len(first)
    try:
        _, warp = cv2.findTransformECC(
            first, second, _in_pixels(start, side), cv2.MOTION_AFFINE, _STOP, everywhere, _SMOOTHING
        )
    except cv2.error:  # raised where the iteration does not converge: two different pictures
        return None
    return _in_shares(np.asarray(warp, dtype=np.float32), side)


def _compare(first: _Float, second: _Float, warp: Warp) -> Likeness:
    side = len(first)
    flags = cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR
    pixels = _in_pixels(warp, side)
    moved = np.asarray(cv2.warpAffine(second, pixels, (side, side), flags=flags), dtype=np.float32)
    inside = np.ones((side, side), dtype=np.uint8)
    edge = np.ones((round(EDGE * side),) * 2, dtype=np.uint8)
    overlap = cv2.erode(cv2.warpAffine(inside, pixels, (side, side), flags=flags), edge) > 0
    if overlap.mean() < OVERLAP:
        return Likeness(0.0, 0.0, warp)
    picture = _correlation(first[overlap], moved[overlap])
    detail = _correlation(_detail(first)[overlap], _detail(moved)[overlap])
    return Likeness(picture, detail, warp)


def _detail(picture: _Float) -> _Float:
    coarse = cv2.GaussianBlur(picture, (0, 0), COARSE_SHAPES * len(picture))
    return picture - np.asarray(coarse, dtype=np.float32)


def _correlation(first: _Float, second: _Float) -> float:
    one, two = first - first.mean(), second - second.mean()
    size = float(np.sqrt((one @ one) * (two @ two)))
    return float(one @ two) / size if size > 0 else 0.0
