"""Pictures out of their bytes, straight to where they are wanted.

libjpeg-turbo (by simplejpeg, which lets go of the interpreter lock) writes into the batch itself.
By default its pixels are those of every other decoder, to the last bit; two short cuts are there
by name. Their errors, in levels of 255, are of aligned crops of real faces (docs/training.md).
"""

from __future__ import annotations

import threading

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray

from curation.faces.align import CROP_SIZE
from curation.pictures import BadImageError, decode
from training.loading import Decode

Pixels = NDArray[np.uint8]

MAX_PIXELS = 100_000_000
HEAD = 1 << 16  # bytes; a JPEG says at its beginning how it is to be turned


class _Scratch(threading.local):
    """One crop per thread, to decode into where it is still to be reduced."""

    def __init__(self) -> None:
        self.crop: Pixels = np.empty((CROP_SIZE, CROP_SIZE, 3), dtype=np.uint8)


_scratch = _Scratch()


def decode_crop(encoded: bytes, target: Pixels, how: Decode = Decode.exact) -> None:
    """Decode an aligned crop into `target`, (S, S, 3) uint8 RGB, contiguous.

    Where S is less than the crop's size it is reduced by area averaging.

    Raises:
        ValueError: the bytes are no JPEG of CROP_SIZE pixels each way, or are damaged.
    """
    size = len(target)
    fast = how is Decode.fast
    whole = target if size == CROP_SIZE else _scratch.crop
    if how is Decode.scaled and size < CROP_SIZE:
        if simplejpeg.decode_jpeg_header(encoded)[:2] != (CROP_SIZE, CROP_SIZE):
            raise ValueError("another size")
        found = simplejpeg.decode_jpeg(
            encoded, "RGB", min_height=size, min_width=size, buffer=whole
        )
    else:
        found = simplejpeg.decode_jpeg(encoded, "RGB", fast, fast, buffer=whole)
        if found.shape != (CROP_SIZE, CROP_SIZE, 3):
            raise ValueError("another size")
    if found.shape == target.shape and whole is not target:
        target[:] = found
    elif whole is not target:
        cv2.resize(found, (size, size), dst=target, interpolation=cv2.INTER_AREA)


def decode_picture(encoded: bytes, target: Pixels, how: Decode = Decode.exact) -> None:
    """Decode a picture of any kind into `target`, (S, S, 3) uint8 RGB: its central square.

    It is turned as its EXIF says, and reduced by area averaging, or enlarged linearly.

    Raises:
        ValueError: the bytes are no whole picture of a kind that is read.
    """
    size = len(target)
    picture = _upright_jpeg(encoded, size, how)
    if picture is None:
        try:
            picture = decode(encoded, MAX_PIXELS)
        except BadImageError as error:
            raise ValueError(str(error)) from error
    height, width = picture.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = picture[top : top + side, left : left + side]
    way = cv2.INTER_AREA if side > size else cv2.INTER_LINEAR
    cv2.resize(square, (size, size), dst=target, interpolation=way)


def _upright_jpeg(encoded: bytes, size: int, how: Decode) -> Pixels | None:
    """Return a JPEG that is not to be turned, (H, W, 3), or None where Pillow is to be asked."""
    head = encoded[:HEAD]
    if not head.startswith(b"\xff\xd8") or b"Exif\0" in head or b"Orientation" in head:
        return None
    try:
        height, width, colours, _ = simplejpeg.decode_jpeg_header(encoded)
        if colours not in ("YCbCr", "Gray", "RGB") or height * width > MAX_PIXELS:
            return None
        least = size if how is Decode.scaled else 0
        fast = how is Decode.fast
        picture: Pixels = simplejpeg.decode_jpeg(
            encoded, "RGB", fast, fast, min_height=least, min_width=least
        )
    except ValueError:
        return None  # Pillow says in words what is wrong with it, or knows how to read it
    return picture
