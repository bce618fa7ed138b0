"""Taking the place out of a picture's bytes: coordinates in EXIF, XMP and attached films.

Blanked in place and without loss: pixels and all other metadata stay, and so does the length of
the file. Where nothing has to go, the very same bytes come back.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator

from curation.exif import (
    EXIF_IFD,
    GPS_IFD,
    LARGEST_GPS_VALUE,
    Directories,
    metadata_regions,
    tiff_blocks,
)

PNG = b"\x89PNG\r\n\x1a\n"

# XMP names them `exif:GPSLatitude="48,51.5N"` or `<exif:GPSLatitude>48,51.5N</exif:GPSLatitude>`.
_ATTRIBUTE = re.compile(rb"(:GPS\w+\s*=\s*)(\"[^\"]*\"|'[^']*')")
_ELEMENT = re.compile(rb"(:GPS\w+[^<>]*>)([^<]+)(?=</)")
_UTF_16 = re.compile(rb"G\x00P\x00S\x00(?:[\x20-\x7e]\x00){2,200}")
# Films behind a picture ("motion photos") name them in ISO 6709: +48.8577+002.2950/
_FILM_MARKS = (b"\xa9xyz", b"ISO6709", b"loci")
_ISO_6709 = re.compile(rb"[+-]\d{2,6}(?:\.\d+)?[+-]\d{3,7}(?:\.\d+)?(?:[+-]\d+(?:\.\d+)?)?")


def without_place(content: bytes) -> bytes:
    """Return a picture's bytes without coordinates; the same object where there were none."""
    changed = _png(content) if content.startswith(PNG) else _blanked(content)
    return content if changed == content else changed


def _blanked(content: bytes) -> bytes:
    regions = metadata_regions(content)
    blocks = tiff_blocks(content)
    if not blocks and not any(_may_name_a_place(content[slice(*region)]) for region in regions):
        return content
    left = bytearray(content)
    for start, end in blocks:
        _blank_gps(left, Directories(left, start, end))
    for start, end in regions:
        left[start:end] = _without_words(bytes(left[start:end]))
    return bytes(left)


def _may_name_a_place(part: bytes) -> bool:
    return any(mark in part for mark in (b"GPS", b"G\x00P\x00S\x00", *_FILM_MARKS))


def _without_words(content: bytes) -> bytes:
    if b"GPS" in content:
        content = _ATTRIBUTE.sub(
            lambda m: m[1] + m[2][:1] + b" " * (len(m[2]) - 2) + m[2][-1:], content
        )
        content = _ELEMENT.sub(lambda m: m[1] + b" " * len(m[2]), content)
    if b"G\x00P\x00S\x00" in content:
        content = _UTF_16.sub(lambda m: b" \x00" * (len(m[0]) // 2), content)
    for mark in _FILM_MARKS:
        if mark in content:
            return _ISO_6709.sub(lambda m: b" " * len(m[0]), content)
    return content


def _blank_gps(content: bytearray, tiff: Directories) -> None:
    """Overwrite every GPS directory with zeros, and take the entry out that points to it."""
    for directory in list(tiff.chain()):
        inner = [
            tiff.start + tiff.number(entry.value_at, 4)
            for entry in tiff.entries(directory)
            if entry.tag == EXIF_IFD
        ]
        for at in (directory, *inner):
            for entry in tiff.entries(at):
                if entry.tag == GPS_IFD:
                    _zero(content, tiff, tiff.start + tiff.number(entry.value_at, 4))
                    _take_out(content, tiff, at, entry.at)
                    break


def _zero(content: bytearray, tiff: Directories, at: int) -> None:
    entries = tiff.entries(at)
    for entry in entries:
        if entry.size <= LARGEST_GPS_VALUE:
            content[entry.value_at : entry.value_at + entry.size] = bytes(entry.size)
    for entry in entries:
        content[entry.at : entry.at + 12] = bytes(12)


def _take_out(content: bytearray, tiff: Directories, directory: int, entry: int) -> None:
    count = tiff.number(directory, 2)
    if count == 0:  # a damaged file, whose GPS directory was this very one
        return
    # All that is behind the entry moves up, and with it the pointer to the next directory.
    end = min(tiff.end, directory + 2 + 12 * count + 4)
    content[entry:end] = content[entry + 12 : end] + bytes(12)
    struct.pack_into(f"{tiff.order}H", content, directory, count - 1)


def _png(content: bytes) -> bytes:
    """Do the same for a PNG, whose chunks carry check sums and may be packed."""
    chunks = [(kind, _png_chunk(kind, data)) for kind, data in _chunks(content)]
    return PNG + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
        if data is not None
    )


def _png_chunk(kind: bytes, data: bytes) -> bytes | None:
    """Return a chunk without coordinates; None where all of it has to go."""
    if kind == b"eXIf":
        return _blanked(data)
    if kind not in (b"iTXt", b"zTXt", b"tEXt"):
        return data
    keyword = data.partition(b"\x00")[0]
    if keyword.startswith(b"Raw profile type"):  # EXIF or XMP in hexadecimal digits
        return None
    packed = kind == b"zTXt" or (
        kind == b"iTXt" and data[len(keyword) + 1 : len(keyword) + 2] == b"\x01"
    )
    if packed and keyword == b"XML:com.adobe.xmp":
        return None
    return _without_words(data)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(PNG)
    while at + 12 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        yield kind, content[at + 8 : at + 8 + length]
        at += 12 + length
