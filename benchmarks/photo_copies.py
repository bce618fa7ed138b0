"""Copies of a photograph as people make them: saved again, resized, framed, trimmed, turned.

Run: python benchmarks/photo_copies.py FOLDER OUT
Writes for every picture NAME.* of FOLDER the original and its copies to OUT as NAME__KIND.jpg.
Everything random (where a crop lies, what a caption says) follows from the picture's name.
"""

from __future__ import annotations

import argparse
import io
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFont, ImageOps

from curation.pictures import BadImageError, decode

Change = Callable[[Image.Image, np.random.Generator], Image.Image]

WORDS = ("happy", "birthday", "to", "the", "best", "one", "ever", "we", "love", "you", "always")
QUALITY = 90  # of the copies that are not about quality


def resized(factor: float) -> Change:
    """Change both sides by `factor`."""

    def change(image: Image.Image, _: np.random.Generator) -> Image.Image:
        size = max(1, round(image.width * factor)), max(1, round(image.height * factor))
        return image.resize(size, Image.Resampling.BICUBIC)

    return change


def bordered(share: float, colour: str) -> Change:
    """Put a frame of `share` of the longer side around the picture."""

    def change(image: Image.Image, _: np.random.Generator) -> Image.Image:
        return ImageOps.expand(image, round(share * max(image.size)), fill=colour)

    return change


def captioned(share: float, below: bool) -> Change:
    """Write words on a strip of `share` of the height: below the picture, or over its foot."""

    def change(image: Image.Image, rng: np.random.Generator) -> Image.Image:
        strip = max(8, round(share * image.height))
        height = image.height + (strip if below else 0)
        written = Image.new("RGB", (image.width, height), "white")
        written.paste(image)
        draw = ImageDraw.Draw(written)
        draw.rectangle((0, height - strip, image.width, height), fill="white" if below else "black")
        words = " ".join(rng.choice(WORDS, 4))
        font = ImageFont.load_default(size=strip * 0.6)
        place = (image.width / 2, height - strip / 2)
        draw.text(place, words, "black" if below else "white", font=font, anchor="mm")
        return written

    return change


def filtered(name: str) -> Change:
    """Change the colours as a filter of a picture app does."""

    def change(image: Image.Image, _: np.random.Generator) -> Image.Image:
        if name == "grey":
            return ImageOps.grayscale(image).convert("RGB")
        if name == "sepia":
            return ImageOps.colorize(ImageOps.grayscale(image), "#1b0f05", "#fff0d8")
        if name == "bright":
            return ImageEnhance.Contrast(ImageEnhance.Brightness(image).enhance(1.2)).enhance(1.15)
        warm = np.asarray(image, np.float64) * (1.1, 1.0, 0.8) + (8, 0, 0)
        return ImageEnhance.Color(Image.fromarray(_clipped(warm))).enhance(1.5)

    return change


def cropped(share: float) -> Change:
    """Take away `share` of width and height, unevenly."""

    def change(image: Image.Image, rng: np.random.Generator) -> Image.Image:
        width, height = round(image.width * (1 - share)), round(image.height * (1 - share))
        left, top = (
            int(rng.integers(0, room + 1)) for room in (image.width - width, image.height - height)
        )
        return image.crop((left, top, left + width, top + height))

    return change


def mirrored(image: Image.Image, _: np.random.Generator) -> Image.Image:
    """Swap left and right."""
    return ImageOps.mirror(image)


def rotated(degrees: float) -> Change:
    """Turn within the frame; what comes in at the corners is black."""

    def change(image: Image.Image, rng: np.random.Generator) -> Image.Image:
        sign = 1 if rng.random() < 0.5 else -1
        return image.rotate(sign * degrees, Image.Resampling.BICUBIC)

    return change


def unchanged(image: Image.Image, _: np.random.Generator) -> Image.Image:
    """Change nothing: only the encoding differs."""
    return image


# Kind, variant, what is done to the pixels, JPEG quality.
COPIES: list[tuple[str, str, Change, int]] = [
    *(("re-encode", f"q{quality}", unchanged, quality) for quality in (30, 50, 70, 90)),
    *(("resize", f"x{factor:g}", resized(factor), QUALITY) for factor in (0.25, 0.5, 0.75, 1.5, 2)),
    ("border", "white", bordered(0.05, "white"), QUALITY),
    ("border", "black", bordered(0.12, "black"), QUALITY),
    ("caption", "below", captioned(0.15, below=True), QUALITY),
    ("caption", "over", captioned(0.15, below=False), QUALITY),
    *(("filter", name, filtered(name), QUALITY) for name in ("grey", "sepia", "bright", "warm")),
    *(("crop", f"{percent}", cropped(percent / 100), QUALITY) for percent in (5, 10, 15, 20, 25)),
    ("mirror", "left-right", mirrored, QUALITY),
    ("rotate", "3", rotated(3), QUALITY),
]
KINDS = list(dict.fromkeys(kind for kind, *_ in COPIES))


def copies(name: str, original: Image.Image) -> Iterator[tuple[str, str, bytes]]:
    """Yield kind, variant and JPEG bytes of every copy of the picture called `name`."""
    for kind, variant, change, quality in COPIES:
        rng = np.random.default_rng(zlib.crc32(f"{name}/{kind}/{variant}".encode()))
        yield kind, variant, _jpeg(change(original, rng), quality)


def write_copies(folder: Path, out: Path, limit: int | None = None) -> int:
    """Write originals and copies of a folder's pictures to `out`; return how many originals."""
    out.mkdir(parents=True, exist_ok=True)
    number = 0
    for path in sorted(folder.iterdir())[:limit]:
        try:
            original = Image.fromarray(decode(path.read_bytes()))
        except (BadImageError, IsADirectoryError):
            continue
        number += 1
        (out / f"{path.stem}__original{path.suffix}").write_bytes(path.read_bytes())
        for kind, variant, content in copies(path.stem, original):
            (out / f"{path.stem}__{kind}-{variant}.jpg").write_bytes(content)
    return number


def _jpeg(image: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def _clipped(values: np.ndarray) -> np.ndarray:
    return np.clip(values, 0, 255).round().astype(np.uint8)


def main() -> None:
    """Write the copies of a folder."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    number = write_copies(arguments.folder, arguments.out)
    sys.stdout.write(f"{number} photographs, {number * len(COPIES)} copies in {arguments.out}\n")


if __name__ == "__main__":
    main()
