"""The sizes at which P-Net, which sees faces of twelve pixels, looks at an image."""

from __future__ import annotations

from typing import NamedTuple

CELL = 12  # pixels P-Net sees at once
FACTOR = 0.709  # from one level to the next: about half the area


class Level(NamedTuple):
    """An image scaled by about `scale`, to `height` times `width` pixels."""

    scale: float
    height: int
    width: int


def pyramid(height: int, width: int, min_face: float) -> list[Level]:
    """Return the levels at which faces from `min_face` pixels to the whole image are seen.

    An image whose shorter side is below `min_face` has none. Sizes are facenet-pytorch's.
    """
    scale = CELL / min_face
    shorter = min(height, width) * scale
    levels = []
    while shorter >= CELL:
        levels.append(Level(scale, int(height * scale + 1), int(width * scale + 1)))
        scale *= FACTOR
        shorter *= FACTOR
    return levels
