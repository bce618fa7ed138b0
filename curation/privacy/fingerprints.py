"""What is kept of an erased picture, so that its copies are recognised: hashes, never pixels.

Two hashes have to agree. The pHash of 64 bits alone would refuse innocent people, since tightly
aligned portraits share their coarse shapes. So a second hash sees four times finer: the signs of
the 16 x 16 lowest frequencies of the luminance at 64 x 64 pixels (C. Zauner, "Implementation and
benchmarking of perceptual image hash functions", 2010, with four times the block), 256 bits. Of
341,198 pairs of photographs of different people the first lets 508 pass, both together none
(benchmarks/refusals.py).

Trimming moves every frequency, so an erased picture leaves the fingerprints of its trimmed and
mirrored copies too: a newcomer is then hashed once, whatever was done to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curation.dedup.hashes import phash

FINE_RADIUS = 50  # of 256 bits
WORKING_SIDE = 512  # pixels; larger pictures are reduced before anything else
SIDE = 64  # pixels, of the luminance that the fine hash transforms
FREQUENCIES = 16
BYTES = 8 + FREQUENCIES * FREQUENCIES // 8  # of one fingerprint

# Shares of height and width taken off: top, bottom, left, right.
EVEN_TRIMS = (0.0, 0.02, 0.04, 0.06, 0.08, 0.10)
SIDE_TRIMS = (0.04, 0.08)

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Fingerprints:
    """Some fingerprints: coarse (N,) uint64, fine (N, 4) uint64."""

    coarse: NDArray[np.uint64]
    fine: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.coarse)

    def to_text(self) -> str:
        """Return them as hexadecimal text, one after the other."""
        joined = np.concatenate([self.coarse[:, np.newaxis], self.fine], axis=1)
        return joined.astype(">u8").tobytes().hex()

    def matches(self, one: Fingerprints, radius: int) -> NDArray[np.bool_]:
        """Return which of these are near the single fingerprint `one` in both hashes, (N,) bool.

        `radius` in bits of the 64; the fine hash may differ in `FINE_RADIUS`.
        """
        near = np.bitwise_count(self.coarse ^ one.coarse[0]) <= radius
        found: NDArray[np.bool_] = near.copy()
        differing = np.bitwise_count(self.fine[near] ^ one.fine[0]).sum(axis=1)
        found[near] = differing <= FINE_RADIUS
        return found


def from_texts(texts: list[str]) -> Fingerprints:
    """Return the fingerprints of texts as `Fingerprints.to_text` writes them.

    Raises:
        ValueError: a text is of another kind.
    """
    raw = bytes.fromhex("".join(texts))
    if len(raw) % BYTES:
        raise ValueError(f"fingerprints have {BYTES} bytes each")
    numbers = np.frombuffer(raw, dtype=">u8").astype(np.uint64).reshape(-1, BYTES // 8)
    return Fingerprints(numbers[:, 0].copy(), numbers[:, 1:].copy())


def fingerprint(picture: Picture) -> Fingerprints:
    """Return the one fingerprint of a picture, (H, W, 3) uint8 RGB as seen."""
    return _of([_reduced(picture)])


def fingerprints_of_copies(picture: Picture) -> Fingerprints:
    """Return those of a picture, (H, W, 3) uint8 RGB, and of its trimmed and mirrored copies."""
    small = _reduced(picture)
    return _of([copy for way in (small, small[:, ::-1]) for copy in _trimmed(way)])


def _of(pictures: list[Picture]) -> Fingerprints:
    coarse = np.array([phash(np.ascontiguousarray(one)) for one in pictures], dtype=np.int64)
    return Fingerprints(coarse.view(np.uint64), np.stack([_fine(one) for one in pictures]))


def _trimmed(picture: Picture) -> Iterator[Picture]:
    for share in EVEN_TRIMS:
        yield _trim(picture, (share,) * 4)
    for share in SIDE_TRIMS:
        for side in range(4):
            yield _trim(picture, tuple(share if at == side else 0.0 for at in range(4)))


def _trim(picture: Picture, shares: tuple[float, ...]) -> Picture:
    height, width = picture.shape[:2]
    top, bottom, left, right = shares
    return picture[
        round(top * height) : max(1, height - round(bottom * height)),
        round(left * width) : max(1, width - round(right * width)),
    ]


def _reduced(picture: Picture) -> Picture:
    import cv2

    longest = max(picture.shape[:2])
    if longest <= WORKING_SIDE:
        return picture
    factor = WORKING_SIDE / longest
    size = tuple(max(1, round(side * factor)) for side in picture.shape[1::-1])
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _fine(picture: Picture) -> NDArray[np.uint64]:
    import cv2

    shrinks = min(picture.shape[:2]) >= SIDE
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    small = cv2.resize(np.ascontiguousarray(picture), (SIDE, SIDE), interpolation=interpolation)
    luminance = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    spectrum = np.asarray(cv2.dct(luminance), dtype=np.float32)
    lowest = spectrum[:FREQUENCIES, :FREQUENCIES].ravel()
    bits = np.packbits(lowest > np.median(lowest[1:]))  # the first is the mean brightness
    return bits.view(">u8").astype(np.uint64)
