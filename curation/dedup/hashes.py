"""The 64-bit perceptual hash of an image (pHash, as the imagehash package defines it).

The 64 bits are the signs of the 8 x 8 lowest frequencies of the image's luminance at 32 x 32
pixels, above or below their median, read row by row, the first bit being the most significant.
Databases have signed 64-bit integers only, so the number is stored in two's complement:
`stored` and `hexadecimal` go there and back, and `str(imagehash.phash(image))` is the
hexadecimal form. The distance of two hashes is the number of bits that differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from imagehash import ImageHash

SIGN = 1 << 63


def phash(image: NDArray[np.uint8]) -> int:
    """Return the pHash of `image`, (H, W, 3) uint8 RGB as seen (EXIF applied), for storing."""
    import imagehash
    from PIL import Image

    return stored(imagehash.phash(Image.fromarray(image)))


def stored(image_hash: ImageHash) -> int:
    """Return 64 bits of imagehash as the signed integer that the database keeps."""
    unsigned = int(str(image_hash), 16)
    return unsigned - 2 * SIGN if unsigned >= SIGN else unsigned


def hexadecimal(number: int) -> str:
    """Return the hexadecimal text, as imagehash prints it, of a stored hash."""
    return f"{number % (2 * SIGN):016x}"
