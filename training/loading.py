"""The names of how pictures come in; in a file without heavy imports, so that `--help` is quick."""

from __future__ import annotations

from enum import StrEnum


class Decode(StrEnum):
    """How a JPEG is decoded."""

    exact = "exact"  # every pixel, by the accurate transform, as other decoders do
    fast = "fast"  # every pixel, by the fast transform, colours not smoothed
    scaled = "scaled"  # at the smallest eighths (1/8 … 8/8) that hold what is wanted


class Faces(StrEnum):
    """What the pictures of a folder show."""

    as_is = "as-is"  # one face each, as it is to be seen: the central square is taken
    align = "align"  # whole photographs: the largest face is found and aligned first
