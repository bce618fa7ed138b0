"""Perceptual hashes of pictures, bit for bit those of the imagehash package, in batches.

pHash: the luminance is squeezed to 4s x 4s pixels, and of its cosine transform the s x s lowest
frequencies are kept; a bit says whether a frequency is above their median, read row by row, the
first bit being the most significant. s is 8 (64 bits, by which copies are searched) or 16 (256
bits, which tell whether what was found can be a copy). As the median halves them, half of the
bits are set, and two pHashes always differ in an even number of bits. dHash says of 8 x 9 pixels
whether each is brighter than the one to its left.

Mirrored left to right, a picture has the same frequencies with every other column negated, so
`phash_pair` gets the hash of the mirror image almost for nothing.

Databases have signed 64-bit integers only, so 64 bits are stored in two's complement: `signed` and
`hexadecimal` go there and back, and `str(imagehash.phash(image))` is the hexadecimal form. 256
bits are stored as 32 bytes. The distance of two hashes is the number of bits that differ.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SIGN = 1 << 63
OVERSAMPLED = 4  # pixels per kept frequency, in each direction; imagehash's highfreq_factor
# A picture whose shorter side has fewer pixels is decoded whole: at this size the hash of a JPEG
# decoded at a fraction differs in a few bits only from that of the whole one.
LEAST_SIDE = 128

Picture = NDArray[np.uint8]
Bits = NDArray[np.bool_]


def phash(image: Picture) -> int:
    """Return the pHash of `image`, for storing.

    `image` is (H, W, 3) uint8 RGB or (H, W) uint8 luminance, as seen (EXIF applied).
    """
    return int(signed(phashes([image]))[0])


def phashes(images: Sequence[Picture], hash_size: int = 8) -> Bits:
    """Return the pHashes, (N, hash_size²) bool, of pictures as in `phash`."""
    return _above_median(_low_frequencies(images, hash_size))


def phash_pair(images: Sequence[Picture], hash_size: int = 8) -> tuple[Bits, Bits]:
    """Return the pHashes of pictures, and those of their mirror images.

    The mirror images' are those of the negated frequencies; squeezing a picture that was really
    mirrored may round a pixel differently, which in rare cases turns a bit.
    """
    low = _low_frequencies(images, hash_size)
    mirrored = low.copy()
    mirrored[:, :, 1::2] *= -1
    return _above_median(low), _above_median(mirrored)


def dhashes(images: Sequence[Picture], hash_size: int = 8) -> Bits:
    """Return the dHashes, (N, hash_size²) bool, of pictures as in `phash`."""
    small = _squeezed(images, hash_size + 1, hash_size)
    return (small[:, :, 1:] > small[:, :, :-1]).reshape(len(small), -1)


def signed(bits: Bits) -> NDArray[np.int64]:
    """Return (N, 64) bits as N numbers, as the database keeps them."""
    return packed(bits)[:, 0].view(np.int64)


def packed(bits: Bits) -> NDArray[np.uint64]:
    """Return (N, 64 k) bits as (N, k) numbers, the first bit the most significant."""
    return from_bytes(np.packbits(bits, axis=1).tobytes()).reshape(len(bits), -1)


def to_bytes(bits: Bits) -> list[bytes]:
    """Return (N, 256) bits as N strings of 32 bytes, as the database keeps them."""
    return [row.tobytes() for row in np.packbits(bits, axis=1)]


def from_bytes(content: bytes) -> NDArray[np.uint64]:
    """Return the numbers in bytes of `to_bytes`, one or many after another."""
    return np.frombuffer(content, dtype=">u8").astype(np.uint64)


def hexadecimal(number: int) -> str:
    """Return the hexadecimal text, as imagehash prints it, of a stored 64-bit hash."""
    return f"{number % (2 * SIGN):016x}"


def reduction_for(width: int, height: int) -> int:
    """Return at which fraction (1, 2, 4 or 8) a JPEG of this size is decoded for its hashes."""
    fitting = [part for part in (8, 4, 2) if min(width, height) >= part * LEAST_SIDE]
    return fitting[0] if fitting else 1


def _low_frequencies(images: Sequence[Picture], hash_size: int) -> NDArray[np.float64]:
    from scipy.fftpack import dct

    side = OVERSAMPLED * hash_size
    # imagehash's own two transforms; rows that play no part are left out in between, and of a
    # stack of pictures each comes out as it does alone: nothing is summed across them.
    columns = dct(_squeezed(images, side, side), axis=1)[:, :hash_size]
    low: NDArray[np.float64] = dct(columns, axis=2)[:, :, :hash_size]
    return low


def _above_median(low: NDArray[np.float64]) -> Bits:
    values = low.reshape(len(low), -1)
    above: Bits = values > np.median(values, axis=1, keepdims=True)
    return above


def _squeezed(images: Sequence[Picture], width: int, height: int) -> Picture:
    """Return the luminance of pictures, (N, height, width) uint8, by Pillow's own arithmetic."""
    from curation.pillow_kernels import grey, squeezed

    small = np.empty((len(images), height, width), dtype=np.uint8)
    for number, image in enumerate(images):
        small[number] = squeezed(image if image.ndim == 2 else grey(image), width, height)
    return small
