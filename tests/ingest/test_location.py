"""No coordinate gets into the store or the database; the country does."""

from __future__ import annotations

import hashlib
import io
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ingest_parts import encoded, files, ingest, picture, rows, settings
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from sqlalchemy import select
from test_exif import EXIF_IFD, GPS_IFD, TAKEN, WITH_EXIF, exif, place, with_exif

from curation.database.models import Image as ImageRow
from curation.database.models import Label
from curation.exif import read_exif
from curation.ingest.fetch import FetchMedia
from curation.location import without_place
from curation.pictures import inspect
from curation.stages import run
from curation.workspace import Workspace

XMP = b"""<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
 xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/"
 exif:GPSLatitude="48,51.4980N" exif:GPSLongitude = '2,17.6700E' xmpRights:Marked="True">
 <exif:GPSAltitude>33712/1000</exif:GPSAltitude></rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""
FILM = (
    b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00isommp42....\xa9xyz\x00\x12\x15\xc7+48.8583+002.2945/"
)

# How the coordinates of this place look in bytes: 29.88 and 40.2 seconds as rationals of both
# byte orders and in hexadecimal digits, the degrees of XMP, and those of a film.
RATIONALS = [struct.pack(order + "II", *value) for order in "<>" for value in ((747, 25), (201, 5))]
TRACES = [
    *RATIONALS, *(trace.hex().encode() for trace in RATIONALS),
    b"51.498", b"17.67", b"33712", b"48.858", b"2.2945",
]  # fmt: skip


def _png(**text: Any) -> bytes:
    info = PngInfo()
    for keyword, value in text.items():
        packed = keyword.startswith("packed_")
        info.add_itxt(keyword.removeprefix("packed_").replace("_", ":"), value, zip=packed)
    return encoded(picture(1), "PNG", pnginfo=info)


def _raw_profile() -> bytes:
    block = exif(gps=place()).tobytes()
    info = PngInfo()
    info.add_text("Raw profile type exif", f"\nexif\n{len(block)}\n{block.hex()}\n")
    return encoded(picture(1), "PNG", pnginfo=info)


CASES: dict[str, Callable[[], bytes]] = {
    **{f"{kind} EXIF": lambda kind=kind: with_exif(kind, exif(gps=place()))
       for kind in WITH_EXIF},
    "JPEG XMP": lambda: encoded(picture(1), xmp=XMP),
    "JPEG both": lambda: encoded(picture(1), exif=exif(gps=place()), xmp=XMP),
    "WEBP XMP": lambda: encoded(picture(1), "WEBP", xmp=XMP),
    "PNG XMP": lambda: _png(**{"XML_com.adobe.xmp": XMP.decode()}),
    "PNG packed XMP": lambda: _png(**{"packed_XML_com.adobe.xmp": XMP.decode()}),
    "PNG raw profile": _raw_profile,
    "TIFF XMP": lambda: encoded(picture(1), "TIFF", tiffinfo={700: XMP}),
    "XMP in UTF-16": lambda: encoded(picture(1), xmp=XMP.decode().encode("utf-16-le")),
    "a second picture behind": lambda: (
        encoded(picture(1)) + encoded(picture(2), exif=exif(gps=place()))
    ),
    "a film behind": lambda: encoded(picture(1)) + FILM,
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_coordinates_are_gone_and_the_pixels_are_as_they_were(case: str) -> None:
    content = CASES[case]()
    left = without_place(content)
    assert left != content
    for trace in TRACES:
        assert trace not in left, trace
        assert trace.decode("latin-1").encode("utf-16-le") not in left
    before, after = (Image.open(io.BytesIO(one)) for one in (content, left))
    assert np.array_equal(np.asarray(before), np.asarray(after))
    assert not after.getexif().get_ifd(GPS_IFD)
    assert GPS_IFD not in after.getexif()
    assert inspect(left, 10_000) == inspect(content, 10_000)
    assert without_place(left) is left  # nothing more to take out


@pytest.mark.parametrize("kind", WITH_EXIF)
def test_all_other_metadata_stay(kind: str) -> None:
    made = exif({TAKEN: "2024:05:01 12:30:15"}, place(), turn=6)
    content = with_exif(kind, made)
    left = without_place(content)
    assert len(left) == len(content)
    found = Image.open(io.BytesIO(left)).getexif()
    assert found[0x010F] == "Maker of cameras"
    assert found.get_ifd(EXIF_IFD)[TAKEN] == "2024:05:01 12:30:15"
    assert read_exif(left).orientation == 6


def test_rights_in_xmp_stay() -> None:
    left = without_place(encoded(picture(1), xmp=XMP))
    assert b'xmpRights:Marked="True"' in left


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP"])
def test_where_nothing_has_to_go_the_very_bytes_come_back(kind: str) -> None:
    plain = encoded(picture(1), kind)
    assert without_place(plain) is plain
    if kind in WITH_EXIF:
        dated = with_exif(kind, exif({TAKEN: "2024:05:01 12:30:15"}))
        assert without_place(dated) is dated


def test_damaged_exif_does_not_damage_a_picture() -> None:
    content = encoded(picture(1), exif=exif(gps=place()))
    start, draw = content.index(b"Exif"), np.random.default_rng(1)
    for _ in range(500):
        damaged = bytearray(content)
        for position in draw.integers(start + 14, start + 150, 3):
            damaged[position] = draw.integers(256)
        left = without_place(bytes(damaged))
        pixels = content.index(b"\xff\xdb")
        assert left[pixels:] == content[pixels:]


def _country(latitude: float, longitude: float) -> str | None:
    return "FR" if 41 < latitude < 51 and -5 < longitude < 10 else None


def test_a_picture_with_coordinates_is_stored_without_and_known_by_the_file_that_came(
    workspace: Workspace, tmp_path: Path
) -> None:
    made = exif({TAKEN: "2024:05:01 12:30:15"}, place())
    content = encoded(picture(1), exif=made, xmp=XMP)
    for name in ("a.jpg", "copy.jpg"):
        (tmp_path / name).write_bytes(content)
    ingest(workspace, str(tmp_path / "a.jpg"), str(tmp_path / "copy.jpg"))
    stage = FetchMedia(workspace.store, settings(), country_of=_country)
    assert run(stage, workspace.database).added["images"] == 1
    [stored] = files(workspace).values()
    assert stored == without_place(content)
    with workspace.database.session() as session:
        [image] = session.scalars(select(ImageRow))
        assert image.id == hashlib.sha256(content).hexdigest()
        assert (image.taken_at, image.byte_count) == ("2024-05-01T12:30:15", len(stored))
        labels = session.execute(
            select(Label.value, Label.origin, Label.rule).where(Label.attribute == "country")
        ).all()
    assert [tuple(row) for row in labels] == [("FR", "source", "exif-gps")] * 2  # one per post
    everything = repr(rows(workspace)).encode() + stored
    assert not [trace for trace in TRACES if trace in everything]
    assert not re.search(rb"48\.8\d|2\.29\d", everything)
