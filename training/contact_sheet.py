"""Faces side by side with what is said of them, as one PNG for a person to look over."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE, TEXT, GAP = 128, 44, 8  # pixels
PAPER, INK, FAINT = (255, 255, 255), (20, 20, 20), (110, 110, 110)
LARGEST = 1_000  # tiles


@dataclass(frozen=True)
class Tile:
    """One face, (H, W, 3) uint8 RGB, and the lines below it."""

    picture: NDArray[np.uint8]
    lines: tuple[str, ...]


def contact_sheet(tiles: Sequence[Tile], columns: int = 10) -> bytes:
    """Return a PNG of the tiles, row by row, each with its lines (three fit) below it."""
    from PIL import Image, ImageDraw, ImageFont

    columns = max(1, min(columns, len(tiles)))
    rows = max(1, -(-len(tiles) // columns))
    across, down = SIDE + GAP, SIDE + TEXT + GAP
    sheet = Image.new("RGB", (GAP + columns * across, GAP + rows * down), PAPER)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(size=12)
    for place, tile in enumerate(tiles):
        x, y = GAP + place % columns * across, GAP + place // columns * down
        small = cv2.resize(tile.picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        sheet.paste(Image.fromarray(small), (x, y))
        for number, line in enumerate(tile.lines):
            ink = FAINT if number == 0 else INK
            draw.text((x, y + SIDE + 2 + 14 * number), line, fill=ink, font=font)
    content = io.BytesIO()
    sheet.save(content, "PNG", optimize=True)
    return content.getvalue()
