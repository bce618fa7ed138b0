"""Everything by which copies of a picture are searched: its hashes, computed in one go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curation.dedup import windows
from curation.dedup.hashes import phash_pair, phashes, reduction_for, signed, to_bytes
from curation.dedup.small import small_picture
from curation.pictures import luminance

# The middle of an aligned crop, as shares of its side: forehead to chin. Farther out it shows
# what the photograph was cut to.
FACE_TOP, FACE_BOTTOM, FACE_LEFT, FACE_RIGHT = 0.22, 0.84, 0.19, 0.81


@dataclass(frozen=True)
class Signature:
    """The hashes of a picture, as the database keeps them."""

    phash: int
    phash_mirrored: int
    phash256: bytes
    window_hashes: bytes


@dataclass(frozen=True)
class FaceSignature:
    """The hashes of a face, taken from its aligned crop."""

    phash: int
    phash256: bytes


def read_luminance(content: bytes, width: int, height: int) -> NDArray[np.uint8]:
    """Return the brightness of a picture of this size, decoded at the fraction that suffices.

    Raises:
        BadImageError: it does not decode.
    """
    return luminance(content, reduction=reduction_for(width, height))


def signatures(pictures: Sequence[NDArray[np.uint8]]) -> list[Signature]:
    """Return the hashes of pictures, (H, W) uint8 luminance as of `read_luminance`."""
    if not pictures:
        return []
    upright, mirrored = phash_pair(pictures)
    wide = to_bytes(phashes(pictures, 16))
    of_windows = [
        windows.to_bytes(windows.window_hashes(small_picture(picture))) for picture in pictures
    ]
    return [
        Signature(*row)
        for row in zip(
            signed(upright).tolist(), signed(mirrored).tolist(), wide, of_windows, strict=True
        )
    ]


def face_signatures(crops: Sequence[NDArray[np.uint8]]) -> list[FaceSignature]:
    """Return the hashes of the faces in aligned crops, (S, S, 3) uint8 RGB or (S, S) luminance."""
    if not crops:
        return []
    faces = [face_of(crop) for crop in crops]
    narrow, wide = signed(phashes(faces)).tolist(), to_bytes(phashes(faces, 16))
    return [FaceSignature(*row) for row in zip(narrow, wide, strict=True)]


def face_of(crop: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the part of an aligned crop that shows the face itself."""
    height, width = crop.shape[:2]
    rows = slice(round(FACE_TOP * height), round(FACE_BOTTOM * height))
    columns = slice(round(FACE_LEFT * width), round(FACE_RIGHT * width))
    return np.ascontiguousarray(crop[rows, columns])
