"""A sample of a benchmark: what is known of one face, and where its pixels are."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from curation.errors import InputError
from curation.pictures import BadImageError, decode
from training.shards import Member

MAX_PIXELS = 100_000_000


class Alignment(StrEnum):
    """How a picture becomes the aligned crop that a network sees."""

    ready = "ready"  # it is such a crop already: 256 x 256 pixels on our template
    landmarks = "landmarks"  # its five landmarks are known: no detection
    detect = "detect"  # find the face; with a `box`, the one that is meant


class UnreadableError(InputError):
    """The picture of a sample is gone or does not decode; the run counts it and goes on."""


@dataclass(frozen=True, eq=False)
class Picture:
    """The pixels of one sample, read only when asked for.

    `source` is a file, or the place of the encoded bytes in a tar shard. `box` (x1, y1, x2, y2 in
    pixels of the upright picture) tells which of several faces is meant; without one the largest
    is. `landmarks` (5, 2) are ordered as in `curation.faces.align`. `padding` is the border added
    on each side before detection, as a share of the longer side: in a picture cropped to the edge
    of the face a detector finds little.
    """

    source: Path | Member
    alignment: Alignment = Alignment.detect
    box: tuple[float, float, float, float] | None = None
    landmarks: NDArray[np.float64] | None = None
    padding: float = 0.0

    @property
    def place(self) -> str:
        """Where the picture is, for messages."""
        if isinstance(self.source, Member):
            return f"{self.source.file} at byte {self.source.offset:,}"
        return str(self.source)

    def read(self) -> bytes:
        """Return the encoded bytes as they are stored.

        Raises:
            UnreadableError: the file is gone, or ends before the bytes do.
        """
        try:
            if not isinstance(self.source, Member):
                return self.source.read_bytes()
            with self.source.file.open("rb") as stream:
                stream.seek(self.source.offset)
                content = stream.read(self.source.size)
        except OSError as error:
            raise UnreadableError(f"{self.place} cannot be read ({error.strerror})") from None
        if len(content) < self.source.size:
            raise UnreadableError(f"{self.place}: the shard ends early")
        return content

    def pixels(self) -> NDArray[np.uint8]:
        """Return the picture as it is to be seen, (H, W, 3) RGB uint8.

        Raises:
            UnreadableError: it is gone or does not decode.
        """
        try:
            return decode(self.read(), MAX_PIXELS)
        except BadImageError as error:
            raise UnreadableError(f"{self.place}: {error}") from None


@dataclass(frozen=True, eq=False)
class Sample:
    """One face to be judged, and what is known of it; None where it is not.

    A true age is a number of years (`age`) or the interval that holds it (`age_interval`, whole
    years, both ends included), never both.
    """

    sample_id: str  # unique in its protocol, the same on every machine
    picture: Picture | None  # None where the pictures are not at hand: predictions files only
    age: float | None = None
    age_interval: tuple[float, float] | None = None
    gender: str | None = None  # "female" or "male"
    race: str | None = None
    country: str | None = None  # ISO 3166-1 alpha-2
    subject: str | None = None  # who it is; None: nobody else in this test set
    fold: str | None = None  # which part of a cross-validation it is tested in
