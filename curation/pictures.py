"""Picture bytes: of which kind they are, whether they are whole, and their pixels as seen."""

from __future__ import annotations

import io
import re
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, UnidentifiedImageError

from curation.errors import EvenfaceError
from curation.exif import metadata_regions, read_exif
from curation.jpeg_grey import grey_jpeg

ORIENTATION = 0x0112  # the EXIF tag
TURNED = frozenset({5, 6, 7, 8})  # orientations that swap width and height
UPRIGHT = {  # what undoes each orientation
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# What Pillow raises over damaged files, depending on the format and on where the damage is.
DAMAGE = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError,
          struct.error, zlib.error, OverflowError, AttributeError)  # fmt: skip

EXTENSIONS = {
    "JPEG": "jpg",
    "PNG": "png",
    "WEBP": "webp",
    "GIF": "gif",
    "BMP": "bmp",
    "TIFF": "tif",
}

_KNOWN_BUT_NOT_READ = {
    "HEIC or AVIF": (4, (b"ftyp",)),
    "JPEG 2000": (0, (b"\x00\x00\x00\x0cjP  ", b"\xff\x4f\xff\x51")),
    "JPEG XL": (0, (b"\xff\x0a", b"\x00\x00\x00\x0cJXL ")),
    "PSD": (0, (b"8BPS",)),
    "PNM": (0, (b"P1\n", b"P2\n", b"P3\n", b"P4\n", b"P5\n", b"P6\n", b"P5 ", b"P6 ")),
    "ICO": (0, (b"\x00\x00\x01\x00",)),
    "SVG": (0, (b"<svg",)),
    "PDF": (0, (b"%PDF",)),
}


@dataclass(frozen=True)
class Facts:
    """A whole picture: Pillow's name of its format, and its size in pixels as seen."""

    format: str
    width: int
    height: int


class BadImageError(EvenfaceError):
    """Bytes that are no usable picture: `reason` is a short word, the message a sentence."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def sniff(content: bytes) -> str:
    """Return the format that the first bytes tell ("JPEG", "PNG", …); names play no part.

    Raises:
        BadImageError: they are of no image (`not-an-image`) or of one that is not read
            (`unsupported-format`).
    """
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if content.startswith((b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")):
        return "TIFF"
    if content.startswith(b"BM") and content[6:10] == b"\x00\x00\x00\x00":
        return "BMP"
    for name, (offset, starts) in _KNOWN_BUT_NOT_READ.items():
        if content[offset : offset + 16].startswith(starts):
            raise BadImageError("unsupported-format", f"{name} files are not read")
    raise BadImageError("not-an-image", f"the content is {_guess(content)}")


def inspect(content: bytes, max_pixels: int) -> Facts:
    """Check a file and return its format and size; `max_pixels` is held against its header first.

    Raises:
        BadImageError: `not-an-image`, `unsupported-format`, `too-many-pixels`, `truncated` or
            `corrupt`.
    """
    name = sniff(content)
    found = _proven_jpeg(content, max_pixels) if name == "JPEG" else None
    if found is None:
        with _pillow_without_warnings():
            image = _open(content, max_pixels)
            _load(image)
            found = *image.size, _orientation(image)
    width, height, orientation = found
    if orientation in TURNED:
        width, height = height, width
    # Pillow names a JPEG with several pictures in it (portrait mode of phones) MPO.
    return Facts(name, width, height)


def dimensions(content: bytes, max_pixels: int | None = None) -> tuple[int, int]:
    """Return width and height as seen, from the header alone: whether it is whole is not checked.

    Raises:
        BadImageError: `not-an-image`, `unsupported-format`, `too-many-pixels`, or a bad header.
    """
    with _pillow_without_warnings():
        image = _open(content, max_pixels)
        width, height = image.size
        return (height, width) if _orientation(image) in TURNED else (width, height)


def decode(
    content: bytes, max_pixels: int | None = None, *, reduction: int = 1
) -> NDArray[np.uint8]:
    """Return the picture as it is to be seen: (H, W, 3) RGB uint8, EXIF orientation applied.

    Of several frames the first; transparent parts become white; 16 bits are scaled to 8. With a
    `reduction` of 2, 4 or 8 a JPEG is decoded at that fraction of its width and height (rounded
    up), which saves most of the time; other formats have no such short cut and come whole.

    Raises:
        BadImageError: as `inspect`.
    """
    with _pillow_without_warnings():
        image = _open(content, max_pixels)
        _load(image, reduction)
        if (method := UPRIGHT.get(_orientation(image))) is not None:
            image = image.transpose(method)
        return np.asarray(_rgb(image), dtype=np.uint8)


def luminance(
    content: bytes, max_pixels: int | None = None, *, reduction: int = 1
) -> NDArray[np.uint8]:
    """Return the brightness of the picture as it is to be seen: (H, W) uint8, as `decode`.

    At reduction 1 it is what Pillow makes of `decode`'s colours (ITU-R 601-2). A JPEG decoded at a
    fraction gives its own brightness, without a detour over colours: faster, and a level off here
    and there (`curation.jpeg_grey`); damage to what the fraction does not need goes unnoticed.

    Raises:
        BadImageError: as `inspect`.
    """
    with _pillow_without_warnings():
        image = _open(content, max_pixels)
        turned = UPRIGHT.get(_orientation(image))
        grey = grey_jpeg(content, reduction) if image.format in ("JPEG", "MPO") else None
        if grey is None:
            _load(image, reduction)
            plain = image.mode == "L" and "transparency" not in image.info
            image = image if plain else _rgb(image).convert("L")
            grey = np.asarray(image, dtype=np.uint8)
        return grey if turned is None else np.asarray(Image.fromarray(grey).transpose(turned))


@contextmanager
def _pillow_without_warnings() -> Iterator[None]:
    """Silence what Pillow says about odd files, and its pixel limit, which `_open` replaces."""
    limit = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def _open(content: bytes, max_pixels: int | None) -> Image.Image:
    name = sniff(content)
    try:
        image: Image.Image = Image.open(io.BytesIO(content), formats=[name])
    except DAMAGE as error:
        raise _damaged(name, content, error) from None
    _hold_pixels(*image.size, max_pixels)
    return image


def _proven_jpeg(content: bytes, max_pixels: int | None) -> tuple[int, int, int] | None:
    """Return width, height and orientation of a JPEG once every coded coefficient was read.

    libjpeg-turbo decodes it in grey at an eighth of its size. That reads all of the coded data, as
    decoding whole does, and finds the same damage: wherever bytes were flipped, overwritten or cut
    off, both report it or neither does. Only the arithmetic after it, which cannot fail, is saved:
    half of the time, or two thirds of what Pillow takes. Pillow, besides, hides damage that it can
    paint over: of 600 JPEGs with 500 bytes overwritten it refuses 3, this 569.

    None means that libjpeg-turbo will not say: Pillow is to be asked.
    """
    import simplejpeg

    # In XMP, which Pillow reads when EXIF says nothing.
    if any(b"tiff:Orientation" in content[slice(*part)] for part in metadata_regions(content)):
        return None
    try:
        height, width, colours, _ = simplejpeg.decode_jpeg_header(content)
        if colours in ("CMYK", "YCCK"):
            return None
        _hold_pixels(width, height, max_pixels)
        simplejpeg.decode_jpeg(content, "GRAY", min_height=1, min_width=1, min_factor=8)
    except ValueError as error:
        words = str(error)
        if words.startswith("Premature end of JPEG file"):
            raise BadImageError("truncated", f"this JPEG file does not decode: {words}") from None
        if words.startswith("Corrupt JPEG data") and not _is_padding(content, words):
            raise BadImageError("corrupt", f"this JPEG file does not decode: {words}") from None
        return None
    return width, height, read_exif(content).orientation


def _is_padding(content: bytes, words: str) -> bool:
    """Return whether the extra bytes before the end mark are all alike: cameras fill up so.

    Otherwise they are coded pixels that were left over, because some before them were lost.
    """
    found = re.search(r"(\d+) extraneous bytes before marker 0xd9", words)
    end = metadata_regions(content)[1][0]
    return found is not None and len(set(content[end - int(found[1]) : end])) == 1


def _hold_pixels(width: int, height: int, max_pixels: int | None) -> None:
    if max_pixels is not None and width * height > max_pixels:
        raise BadImageError(
            "too-many-pixels",
            f"{width} x {height} pixels, at most {max_pixels:,} are taken",
        )


def _load(image: Image.Image, reduction: int = 1) -> None:
    """Decode every pixel; Pillow is told nowhere to accept a file that ends early."""
    assert not ImageFile.LOAD_TRUNCATED_IMAGES
    if reduction > 1:
        image.draft(None, (max(1, image.width // reduction), max(1, image.height // reduction)))
    try:
        image.load()
    except DAMAGE as error:
        raise _damaged(str(image.format), b"", error) from None


def _damaged(name: str, content: bytes, error: Exception) -> BadImageError:
    if isinstance(error, UnidentifiedImageError):
        error = ValueError("its header is damaged")  # Pillow's own words name a memory address
    # A WebP file says its length at once, and its decoder not why it fails.
    shorter = name == "WEBP" and len(content) < int.from_bytes(content[4:8], "little") + 8
    cut = shorter or "truncated" in str(error).lower()
    return BadImageError(
        "truncated" if cut else "corrupt", f"this {name} file does not decode: {error}"
    )


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(ORIENTATION, 1)
    except DAMAGE:
        return 1  # unreadable EXIF does not make a picture unreadable
    return value if isinstance(value, int) else 1


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        values = np.asarray(image, dtype=np.float32)
        top = 65535.0 if image.mode != "F" else max(1.0, float(values.max()))
        scaled = np.clip(values * (255.0 / top), 0, 255)
        return Image.fromarray(scaled.astype(np.uint8)).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        flat = Image.new("RGB", image.size, "white")
        opaque = image.convert("RGBA")
        flat.paste(opaque, mask=opaque.getchannel("A"))
        return flat
    return image if image.mode == "RGB" else image.convert("RGB")


def _guess(content: bytes) -> str:
    if not content:
        return "empty"
    start = content[:256].lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return "a web page"
    if start.startswith((b"{", b"[", b"<?xml")):
        return "text"
    return "no image format that is known"
