"""What the second look says of a candidate: of which kind the copy is, and by what evidence."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

import numpy as np

from curation.dedup.candidates import Way
from curation.dedup.second_look import UNMOVED, Likeness, likeness
from curation.dedup.small import Small
from curation.dedup.windows import placement

Kind = Literal["identical", "re-encoded", "resized", "cropped", "rotated", "mirrored", "same-face"]
KINDS: dict[Kind, str] = {
    "identical": "the same bytes",
    "re-encoded": "the same picture and size, encoded or coloured anew",
    "resized": "the same picture at another size",
    "cropped": "one shows a part of the other: a crop, a frame, a caption",
    "rotated": "turned by a few degrees",
    "mirrored": "left and right swapped",
    "same-face": "the same face crop, in pictures that differ elsewhere",
}
TURNED = 1.0  # degrees
TRIMMED = 0.02  # of the side, by which an edge is moved


@dataclass(frozen=True)
class Try:
    """One way in which two pictures may be copies; `swapped`: the second in the first's window."""

    way: Way
    window: int = -1
    swapped: bool = False


@dataclass(frozen=True)
class Evidence:
    """Why two pictures are copies: the kind, and the two correlations (-1 to 1)."""

    kind: Kind
    picture: float
    detail: float


class Looked(Protocol):
    """A picture that can be looked at."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        ...


Photo = TypeVar("Photo", bound=Looked)


def examine(
    first: Photo,
    second: Photo,
    tries: Sequence[Try],
    small: Callable[[Photo], Small],
    face: Callable[[Photo], Small],
) -> Evidence | None:
    """Take the second look; return the evidence of the first way that holds, or None.

    `small` and `face` read the small pictures of a photograph and of its face.
    """
    for attempt in tries:
        if attempt.way is Way.FACE:
            found = likeness(face(first), face(second))
            same = found.same_face
        else:
            found = _look(small(first), small(second), attempt)
            same = found.same_photograph
        if same:
            kind = _kind(attempt.way, found, first.size == second.size)
            return Evidence(kind, found.picture, found.detail)
    return None


def _look(first: Small, second: Small, attempt: Try) -> Likeness:
    if attempt.way is Way.MIRRORED:
        return likeness(np.ascontiguousarray(first[:, ::-1]), second)
    if attempt.way is Way.WINDOW:
        if attempt.swapped:
            return likeness(second, first, placement(attempt.window, first))
        return likeness(first, second, placement(attempt.window, second))
    return likeness(first, second)


def _kind(way: Way, found: Likeness, same_size: bool) -> Kind:
    if way is Way.MIRRORED:
        return "mirrored"
    if way is Way.FACE:
        return "same-face"
    if found.captioned:
        return "cropped"
    (a, b, _), (c, d, _) = found.warp.tolist()
    if abs(math.degrees(math.atan2(c - b, a + d))) > TURNED:
        return "rotated"
    corners = np.array([[0, 1, 0, 1], [0, 0, 1, 1], [1, 1, 1, 1]], dtype=np.float32)
    if np.abs((found.warp - UNMOVED) @ corners).max() > TRIMMED:
        return "cropped"
    return "re-encoded" if same_size else "resized"
