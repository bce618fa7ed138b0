"""EXIF is read as Pillow writes it, and never trusted."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest
from ingest_parts import encoded, picture
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from curation.exif import Exif, read_exif
from curation.pictures import inspect

ORIENTATION, EXIF_IFD, GPS_IFD = 0x0112, 0x8769, 0x8825
TAKEN, DIGITIZED, TAKEN_ZONE, DIGITIZED_ZONE = 0x9003, 0x9004, 0x9011, 0x9012
WITH_EXIF = ["JPEG", "PNG", "WEBP", "TIFF"]


def exif(
    taken: dict[int, str] | None = None, gps: dict[int, object] | None = None, turn: int = 1
) -> Image.Exif:
    """Return EXIF as a camera would write it."""
    made = Image.Exif()
    made[ORIENTATION] = turn
    made[0x010F] = "Maker of cameras"
    if taken:
        made.get_ifd(EXIF_IFD).update(taken)
    if gps:
        made.get_ifd(GPS_IFD).update(gps)
    return made


def place(south: bool = False, west: bool = False) -> dict[int, object]:
    """Return 48 degrees 51 minutes 29.88 seconds, 2 degrees 17 minutes 40.2 seconds."""
    return {
        1: "S" if south else "N",
        2: (IFDRational(48), IFDRational(51), IFDRational(2988, 100)),
        3: "W" if west else "E",
        4: (IFDRational(2), IFDRational(17), IFDRational(402, 10)),
    }


def with_exif(kind: str, made: Image.Exif) -> bytes:
    """Return a file of this kind with this EXIF; into a TIFF Pillow writes the main part only."""
    content = encoded(picture(1), kind, exif=made)
    if kind == "TIFF":
        for tag in (EXIF_IFD, GPS_IFD):
            if inner := made.get_ifd(tag):
                content = _with_directory(content, tag, inner)
    return content


def _with_directory(content: bytes, tag: int, inner: dict[int, Any]) -> bytes:
    """Append a directory to a TIFF of Pillow's, and a main directory that points to it."""
    (at,) = struct.unpack_from("<I", content, 4)
    (count,) = struct.unpack_from("<H", content, at)
    entries = [content[at + 2 + 12 * n : at + 14 + 12 * n] for n in range(count)]
    values, rows = b"", []
    start = len(content) + 2 + 12 * len(inner) + 4
    for key, value in sorted(inner.items()):
        text = isinstance(value, str)
        raw = value.encode() + b"\0" if text else b"".join(
            struct.pack("<II", one.numerator, one.denominator) for one in value
        )  # fmt: skip
        kind, number = (2, len(raw)) if text else (5, len(value))
        where = struct.pack("<I", start + len(values)) if len(raw) > 4 else raw.ljust(4, b"\0")
        values += raw if len(raw) > 4 else b""
        rows.append(struct.pack("<HHI", key, kind, number) + where)
    directory = struct.pack("<H", len(rows)) + b"".join(rows) + bytes(4) + values
    entries.append(struct.pack("<HHII", tag, 4, 1, len(content)))
    entries.sort(key=lambda entry: struct.unpack_from("<H", entry)[0])
    main = struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4)
    moved = content[:4] + struct.pack("<I", len(content) + len(directory)) + content[8:]
    return moved + directory + main


@pytest.mark.parametrize("kind", WITH_EXIF)
@pytest.mark.parametrize(
    ("tags", "taken_at"),
    [
        ({TAKEN: "2024:05:01 12:30:15"}, "2024-05-01T12:30:15"),
        ({TAKEN: "2024:05:01 12:30:15", TAKEN_ZONE: "+02:00"}, "2024-05-01T12:30:15+02:00"),
        ({TAKEN: "2024:05:01 12:30:15", DIGITIZED_ZONE: "+02:00"}, "2024-05-01T12:30:15"),
        ({DIGITIZED: "2024:05:01 12:30:15"}, "2024-05-01T12:30:15"),
        (
            {TAKEN: "0000:00:00 00:00:00", DIGITIZED: "2024:05:01 12:30:15"},
            "2024-05-01T12:30:15",
        ),
        ({TAKEN: "2024:05:01 12:30:15", TAKEN_ZONE: "   :  "}, "2024-05-01T12:30:15"),
        ({TAKEN: "2024:02:30 12:30:15"}, None),
        ({TAKEN: "yesterday"}, None),
        ({}, None),
    ],
)
def test_when_a_picture_was_taken(kind: str, tags: dict[int, str], taken_at: str | None) -> None:
    assert read_exif(with_exif(kind, exif(tags))).taken_at == taken_at


@pytest.mark.parametrize("kind", WITH_EXIF)
@pytest.mark.parametrize(("south", "west"), [(False, False), (True, False), (False, True)])
def test_where_a_picture_was_taken(kind: str, south: bool, west: bool) -> None:
    content = with_exif(kind, exif(gps=place(south, west)))
    found = read_exif(content).coordinates
    assert found is not None
    signs = (-1 if south else 1), (-1 if west else 1)
    assert np.allclose(found, np.multiply(signs, (48.8583, 2.2945)), atol=1e-4)


@pytest.mark.parametrize(
    "gps",
    [
        {1: "N", 2: (IFDRational(0),) * 3, 3: "E", 4: (IFDRational(0),) * 3},  # nothing was seen
        {1: "N", 2: (IFDRational(91), IFDRational(0), IFDRational(0)), 3: "E", 4: place()[4]},
        {1: "N", 2: place()[2]},
        {2: (IFDRational(5),), 4: (IFDRational(5),)},
    ],
)
def test_coordinates_that_cannot_be_say_nothing(gps: dict[int, object]) -> None:
    assert read_exif(encoded(picture(1), exif=exif(gps=gps))).coordinates is None


@pytest.mark.parametrize("turn", range(1, 9))
def test_the_orientation_is_read_as_pillow_reads_it(turn: int) -> None:
    content = encoded(picture(1), exif=exif(turn=turn))
    assert read_exif(content).orientation == turn
    facts = inspect(content, 10_000)
    assert (facts.width, facts.height) == ((48, 64) if turn >= 5 else (64, 48))


def test_both_byte_orders_are_read() -> None:
    for order, mark in (("<", b"II*\x00"), (">", b"MM\x00*")):
        tiff = mark + struct.pack(f"{order}IHHHIHHI", 8, 1, ORIENTATION, 3, 1, 6, 0, 0)
        segment = b"Exif\x00\x00" + tiff
        content = b"\xff\xd8\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment
        assert read_exif(content) == Exif(orientation=6)


def test_damaged_exif_never_raises_and_never_hangs() -> None:
    content = encoded(picture(1), exif=exif({TAKEN: "2024:05:01 12:30:15"}, place()))
    start = content.index(b"Exif")
    draw = np.random.default_rng(1)
    for _ in range(2000):
        damaged = bytearray(content)
        for position in draw.integers(start, start + 250, 4):
            damaged[position] = draw.integers(256)
        read_exif(bytes(damaged))
        read_exif(bytes(damaged[: draw.integers(len(damaged))]))


def test_directories_that_go_round_in_circles_are_left() -> None:
    tiff = b"II*\x00" + struct.pack("<IHI", 8, 0, 8)  # the next directory is this one
    assert read_exif(tiff) == Exif()
