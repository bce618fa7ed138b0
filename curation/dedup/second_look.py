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
from math import ceil, floor

import cv2
import numpy as np
from numpy.typing import NDArray

from curation.dedup.small import SIDE, Small, frame

COARSE_SIDE = 64  # of the first, coarser registration, which most candidates do not pass
COARSE_SHAPES = 3 / 64  # of the side; deviation of the blur whose result is subtracted
EDGE = 5 / 64  # of the side; near the end of the overlap the blur has looked across it
OVERLAP = 0.45  # share of the picture, its frame left out, that both must show
STRIP = 0.19  # of the side, in which a caption may stand

# Both at least this: copies of one photograph. Measured on real photographs, copies that were
# re-encoded, resized, filtered, framed or trimmed reach it; of different people in tightly aligned
# portraits, the hardest case, none has more than 0.95 and 0.72.
SAME_PICTURE = 0.95
SAME_DETAIL = 0.75
# Aligned crops show little but a face, and strangers with plain features are near each other: some
# of the demo's drawn people reach 0.979 in detail. Nothing else vouches for such a pair.
SAME_FACE = 0.98
# Below these correlations, before and after the coarse registration, the finer look is spared.
UNLIKELY = 0.5
HOPELESS = 0.85

Warp = NDArray[np.float32]
_Float = NDArray[np.float32]

_STOP = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 50, 1e-4)
_SMOOTHING = 5  # pixels; of the registration, which needs slopes to climb
_LINEAR = cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR
_NEAREST = cv2.WARP_INVERSE_MAP | cv2.INTER_NEAREST
UNMOVED: Warp = np.eye(2, 3, dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Likeness:
    """The two correlations, -1 to 1, of two pictures laid over each other.

    `warp`, (2, 3), maps places in the first picture, 0 to 1 from edge to edge, to the second.
    """

    picture: float
    detail: float
    warp: Warp
    captioned: bool = False  # found when a strip along an edge was left out

    @property
    def same_photograph(self) -> bool:
        """Whether the two are copies of one photograph."""
        return self.picture >= SAME_PICTURE and self.detail >= SAME_DETAIL

    @property
    def same_face(self) -> bool:
        """Whether two aligned face crops, which are all alike, are of one photograph."""
        return self.picture >= SAME_FACE and self.detail >= SAME_FACE


def likeness(first: Small, second: Small, start: Warp = UNMOVED) -> Likeness:
    """Compare two small pictures laid over each other by `start`, then registered; the better one.

    Pictures without any contrast are like nothing: both correlations are 0.
    """
    coarse, fine = _Views(first, second, COARSE_SIDE), _Views(first, second, SIDE)
    best = coarse.compare(start)
    if best.same_photograph or best.picture < UNLIKELY:
        return best
    best = _better(best, coarse.compare_but_for_a_strip(start))
    if best.same_photograph:
        return best
    warp = coarse.register(start)
    if warp is None:
        return best
    best = _better(best, coarse.compare(warp))
    if best.picture < HOPELESS:
        return best
    warp = fine.register(warp)
    return best if warp is None else _better(best, fine.compare(warp))


class _Views:
    """Two pictures at one size, and what of each is not its frame."""

    def __init__(self, first: Small, second: Small, side: int) -> None:
        self.side = side
        self.first, self.second = _at(first, side), _at(second, side)
        self.first_inside, self.second_inside = _inside(first, side), _inside(second, side)

    def compare(self, warp: Warp) -> Likeness:
        """Correlate where the two overlap, frames left out."""
        return self._correlate(warp, self._overlap(warp))

    def compare_but_for_a_strip(self, warp: Warp) -> Likeness:
        """Leave out a strip along the edge that spoils the most: a caption written over it."""
        overlap = self._overlap(warp)
        strip = round(STRIP * self.side)
        found = []
        for rows, columns in (
            (slice(-strip, None), slice(None)),
            (slice(None, strip), slice(None)),
            (slice(None), slice(None, strip)),
            (slice(None), slice(-strip, None)),
        ):
            without = overlap.copy()
            without[rows, columns] = False
            found.append(self._correlate(warp, without, captioned=True))
        return max(found, key=lambda each: each.picture + each.detail)

    def register(self, start: Warp) -> Warp | None:
        """Return the map from the first into the second; None where there is none."""
        try:
            _, warp = cv2.findTransformECC(
                self.first,
                self.second,
                _in_pixels(start, self.side),
                cv2.MOTION_AFFINE,
                _STOP,
                self.first_inside,
                _SMOOTHING,
            )
        except cv2.error:  # raised where the iteration does not converge: two different pictures
            return None
        return _in_shares(np.asarray(warp, dtype=np.float32), self.side)

    def _overlap(self, warp: Warp) -> NDArray[np.bool_]:
        moved = cv2.warpAffine(
            self.second_inside, _in_pixels(warp, self.side), (self.side,) * 2, flags=_NEAREST
        )
        edge = np.ones((round(EDGE * self.side),) * 2, dtype=np.uint8)
        both = np.asarray(moved, np.uint8) & self.first_inside
        both_well_inside: NDArray[np.bool_] = cv2.erode(both, edge) > 0
        return both_well_inside

    def _correlate(
        self, warp: Warp, overlap: NDArray[np.bool_], captioned: bool = False
    ) -> Likeness:
        least = min(self.first_inside.mean(), self.second_inside.mean())
        if overlap.mean() < OVERLAP * least:
            return Likeness(0.0, 0.0, warp)
        pixels, size = _in_pixels(warp, self.side), (self.side,) * 2
        moved = np.asarray(cv2.warpAffine(self.second, pixels, size, flags=_LINEAR), np.float32)
        picture = _correlation(self.first[overlap], moved[overlap])
        detail = _correlation(_detail(self.first)[overlap], _detail(moved)[overlap])
        return Likeness(picture, detail, warp, captioned)


def _inside(small: Small, side: int) -> NDArray[np.uint8]:
    """Return 1 where the picture is, 0 where its frame is, at another size."""
    top, bottom, left, right = (edge * side / SIDE for edge in frame(small))
    mask = np.zeros((side, side), dtype=np.uint8)
    mask[ceil(top) : floor(bottom), ceil(left) : floor(right)] = 1
    return mask


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


def _detail(picture: _Float) -> _Float:
    coarse = cv2.GaussianBlur(picture, (0, 0), COARSE_SHAPES * len(picture))
    return picture - np.asarray(coarse, dtype=np.float32)


def _correlation(first: _Float, second: _Float) -> float:
    one, two = first - first.mean(), second - second.mean()
    size = float(np.sqrt((one @ one) * (two @ two)))
    return float(one @ two) / size if size > 0 else 0.0
