"""EXIF: how a picture is to be turned, when it was taken, and where; and taking the where out.

Read straight from the bytes (TIFF 6.0 directories, as in EXIF 3.0 and CIPA DC-008), because that
takes microseconds and because coordinates can so be blanked without touching anything else: the
pixels stay as they are, and all other tags, too. Damaged EXIF says nothing; it is never an error.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

ORIENTATION, EXIF_IFD, GPS_IFD = 0x0112, 0x8769, 0x8825
DATE_TIME_ORIGINAL, DATE_TIME_DIGITIZED = 0x9003, 0x9004
OFFSETS = {DATE_TIME_ORIGINAL: 0x9011, DATE_TIME_DIGITIZED: 0x9012}  # time zones
LATITUDE_REF, LATITUDE, LONGITUDE_REF, LONGITUDE = 1, 2, 3, 4

TYPE_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
MOST_DIRECTORIES = 32  # a chain longer than this goes round in circles
LARGEST_GPS_VALUE = 4_096  # bytes; what claims to be longer is no value of a GPS directory

TIFF_STARTS = (b"II*\x00", b"MM\x00*")
_EXIF_START = re.compile(rb"Exif\x00\x00(?=II\*\x00|MM\x00\*)")
_DATE = re.compile(r"(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)")
_ZONE = re.compile(r"[+-]\d\d:\d\d")


@dataclass(frozen=True)
class Exif:
    """What is taken from a picture's EXIF."""

    orientation: int = 1  # 1 to 8
    taken_at: str | None = None  # ISO 8601: local time, with an offset where the camera gave one
    coordinates: tuple[float, float] | None = None  # latitude, longitude in degrees


@dataclass(frozen=True)
class Entry:
    """One entry of a directory: where it stands, and where its value does."""

    tag: int
    kind: int
    count: int
    at: int
    value_at: int
    size: int


class Directories:
    """The TIFF directories in `content[start:end]`; nothing outside is read."""

    def __init__(self, content: bytes | bytearray, start: int, end: int) -> None:
        self._content = content
        self.start, self.end = start, end
        self.order = "<" if content[start : start + 2] == b"II" else ">"

    def chain(self) -> Iterator[int]:
        """Yield where each directory of the main chain stands."""
        at, seen = self.number(self.start + 4, 4), set[int]()
        while at and at not in seen and len(seen) < MOST_DIRECTORIES:
            seen.add(at)
            yield self.start + at
            at = self.number(self.start + at + 2 + 12 * self.number(self.start + at, 2), 4)

    def entries(self, at: int) -> list[Entry]:
        """Return the entries of the directory at `at` whose values lie within bounds."""
        found = []
        for number in range(self.number(at, 2)):
            entry = at + 2 + 12 * number
            if entry + 12 > self.end:
                break
            tag, kind, count = struct.unpack_from(f"{self.order}HHI", self._content, entry)
            size = TYPE_SIZES.get(kind, 0) * count
            value = entry + 8 if size <= 4 else self.start + self.number(entry + 8, 4)
            if value + size <= self.end:
                found.append(Entry(tag, kind, count, entry, value, size))
        return found

    def number(self, at: int, size: int) -> int:
        """Return an unsigned number of 2 or 4 bytes; 0 beyond the end."""
        if at < self.start or at + size > self.end:
            return 0
        kind = "H" if size == 2 else "I"
        return int(struct.unpack_from(self.order + kind, self._content, at)[0])

    def short(self, entry: Entry) -> int:
        """Return the value of an entry that is a SHORT."""
        return self.number(entry.value_at, 2) if entry.kind == 3 else 0

    def text(self, entry: Entry | None) -> str:
        """Return the value of an ASCII entry."""
        if entry is None or entry.kind != 2:
            return ""
        raw = bytes(self._content[entry.value_at : entry.value_at + entry.size])
        return raw.partition(b"\x00")[0].decode("ascii", errors="replace").strip()

    def degrees(self, entry: Entry | None) -> float | None:
        """Return degrees, minutes and seconds (three RATIONALs) as degrees."""
        if entry is None or entry.kind not in (5, 10) or entry.count != 3:
            return None
        parts = struct.unpack_from(f"{self.order}6I", self._content, entry.value_at)
        if 0 in parts[1::2]:
            return None
        found: float = sum(
            above / below / unit
            for above, below, unit in zip(parts[::2], parts[1::2], (1, 60, 3600), strict=True)
        )
        return found


def read_exif(content: bytes) -> Exif:
    """Return what the first EXIF block of a picture says, whatever its format."""
    for start, end in tiff_blocks(content):
        return _read(Directories(content, start, end))
    return Exif()


def metadata_regions(content: bytes | bytearray) -> list[tuple[int, int]]:
    """Return the parts of a file in which metadata may stand: all of it, or in a JPEG what is
    before and behind the coded pixels.
    """
    if content[:3] != b"\xff\xd8\xff":
        return [(0, len(content))]
    at = 2
    while content[at : at + 1] == b"\xff" and content[at + 1 : at + 2] not in (b"\xda", b""):
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    # Among the coded pixels there is no end mark: an 0xff in them is followed by 0x00.
    end = content.find(b"\xff\xd9", at)
    return [(0, min(at, len(content))), (end if end >= 0 else len(content), len(content))]


def tiff_blocks(content: bytes | bytearray) -> list[tuple[int, int]]:
    """Return where each block of TIFF directories starts and ends.

    A JPEG may hold several: phones put further pictures behind the first. Each is found by its
    mark, which ten bytes of pixels do not imitate.
    """
    if content[:4] in TIFF_STARTS:
        return [(0, len(content))]
    blocks = [
        (found.end(), _segment_end(content, found.start()))
        for region in metadata_regions(content)
        for found in _EXIF_START.finditer(content, *region)
    ]
    if content[:4] == b"RIFF":  # WebP and PNG say in a chunk's name what is in it
        blocks += _chunk(content, b"EXIF", "<I", length_at=4, data_at=8)
    if content[:4] == b"\x89PNG":
        blocks += _chunk(content, b"eXIf", ">I", length_at=-4, data_at=4)
    return blocks


def _chunk(
    content: bytes | bytearray, name: bytes, length: str, *, length_at: int, data_at: int
) -> list[tuple[int, int]]:
    at = content.find(name)
    start = at + data_at
    if at < 4 or content[start : start + 4] not in TIFF_STARTS:
        return []
    (size,) = struct.unpack_from(length, content, at + length_at)
    return [(start, min(len(content), start + size))]


def _segment_end(content: bytes | bytearray, mark: int) -> int:
    """Return the end of the JPEG segment, or the chunk, that starts with `Exif` at `mark`."""
    if content[mark - 4 : mark - 2] == b"\xff\xe1":
        length = int.from_bytes(content[mark - 2 : mark], "big")
        return min(len(content), mark - 2 + length)
    return len(content)


def _read(tiff: Directories) -> Exif:
    first = next(tiff.chain(), None)
    if first is None:
        return Exif()
    main = {entry.tag: entry for entry in tiff.entries(first)}
    orientation = tiff.short(main[ORIENTATION]) if ORIENTATION in main else 1
    inner = _directory(tiff, main.get(EXIF_IFD))
    return Exif(
        orientation if 1 <= orientation <= 8 else 1,
        _taken_at(tiff, inner),
        _coordinates(tiff, _directory(tiff, main.get(GPS_IFD))),
    )


def _directory(tiff: Directories, pointer: Entry | None) -> dict[int, Entry]:
    if pointer is None:
        return {}
    at = tiff.start + tiff.number(pointer.value_at, 4)
    return {entry.tag: entry for entry in tiff.entries(at)}


def _taken_at(tiff: Directories, entries: dict[int, Entry]) -> str | None:
    for tag, zone_tag in OFFSETS.items():
        if found := _DATE.fullmatch(tiff.text(entries.get(tag))):
            zone = tiff.text(entries.get(zone_tag))
            text = f"{found[1]}-{found[2]}-{found[3]}T{found[4]}"
            text += zone if _ZONE.fullmatch(zone) else ""
            try:
                datetime.fromisoformat(text)  # 0000:00:00 is what some cameras write
            except ValueError:
                continue
            return text
    return None


def _coordinates(tiff: Directories, entries: dict[int, Entry]) -> tuple[float, float] | None:
    latitude = tiff.degrees(entries.get(LATITUDE))
    longitude = tiff.degrees(entries.get(LONGITUDE))
    if latitude is None or longitude is None or latitude > 90 or longitude > 180:
        return None
    if latitude == longitude == 0.0:  # no satellite was seen
        return None
    south = tiff.text(entries.get(LATITUDE_REF)).upper().startswith("S")
    west = tiff.text(entries.get(LONGITUDE_REF)).upper().startswith("W")
    return (-latitude if south else latitude), (-longitude if west else longitude)
