"""The brightness of JPEGs, fast: at a fraction of their size only what that fraction needs is read.

At 1/2, 1/4 or 1/8 a picture is made of the lowest 4 x 4, 2 x 2 or 1 x 1 frequencies of each block
(ITU T.81, annexes A.3 and G.1). A progressive JPEG tells the frequencies one range after another,
in scans, first roughly and then refined, so most scans are left out before libjpeg-turbo, which
would decode every one of them, sees the file. Of a baseline JPEG all has to be read.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

BASELINE, PROGRESSIVE = frozenset((0xC0, 0xC1)), 0xC2  # the markers that begin a frame
SCAN, END = 0xDA, 0xD9
# Scans of the brightness that begin at a frequency above this say nothing about 2 x 2; their
# first ones usually tell frequencies 1 to 5.
LAST_FOR_A_QUARTER = 5

_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # neither a coded 0xFF nor a restart


def grey_jpeg(content: bytes, reduction: int) -> NDArray[np.uint8] | None:
    """Return the brightness, (H, W) uint8, of a JPEG at 1/`reduction` (1, 2, 4, 8), not turned.

    At 1 it is what Pillow's `convert("L")` makes of the colours, bit for bit; else what the file
    itself has as brightness, at 1/4 and 1/8 of progressive files a few levels off at most.
    None means that libjpeg-turbo objects, or that the colours are none it turns into grey:
    Pillow is to be asked.
    """
    import simplejpeg

    try:
        height, width, colours, _ = simplejpeg.decode_jpeg_header(content)
        if colours not in ("YCbCr", "Gray"):
            return None
        if reduction == 1:
            if colours == "Gray":
                return np.asarray(simplejpeg.decode_jpeg(content, "GRAY")[:, :, 0])
            from curation.pillow_kernels import grey as grey_of

            return grey_of(simplejpeg.decode_jpeg(content, "RGB"))
        grey: NDArray[np.uint8] = simplejpeg.decode_jpeg(
            needed_scans(content, reduction),
            "GRAY",
            min_height=-(-height // reduction),
            min_width=-(-width // reduction),
        )
        return grey[:, :, 0]
    except ValueError:
        return None


def needed_scans(content: bytes, reduction: int) -> bytes:
    """Return a progressive JPEG without the scans that its brightness at a fraction can spare.

    Kept are the scans of the mean brightnesses (frequency 0), and at 1/2 all, at 1/4 the first,
    rough ones of the luminance's low frequencies. Other files, and files that are not whole, come
    back as they are.
    """
    kept: list[bytes] = []
    copied_to, place, luminance = 0, 2, None
    while place + 12 <= len(content) and content[place + 1] != END:
        kind = content[place + 1]
        if content[place] != 0xFF or kind in BASELINE:
            return content
        if kind == 0xFF:  # a filling byte
            place += 1
            continue
        end = place + 2 + int.from_bytes(content[place + 2 : place + 4], "big")
        if kind == PROGRESSIVE:
            luminance = content[place + 10]  # the first component's name
        elif kind == SCAN:
            following = _MARKER.search(content, end)
            if following is None or luminance is None:
                return content
            end = following.start()
            if not _is_needed(content[place + 4 : place + 16], luminance, reduction):
                kept.append(content[copied_to:place])
                copied_to = end
        place = end
    whole = content[place : place + 2] == bytes((0xFF, END))
    return b"".join(kept) + content[copied_to:] if whole else content


def _is_needed(scan: bytes, luminance: int, reduction: int) -> bool:
    components = scan[0]
    first, _, precision = scan[1 + 2 * components : 4 + 2 * components]
    if first == 0:
        return True
    if reduction == 8 or luminance not in scan[1 : 1 + 2 * components : 2]:
        return False
    refines = precision >> 4 > 0
    return reduction == 2 or (first <= LAST_FOR_A_QUARTER and not refines)
