"""Hashing files, decoding included, beside imagehash: seconds, and bits that differ.

Run: python benchmarks/hashes.py FOLDER … [--megapixels N]
Every JPEG below the folders (by its first bytes, not its name) is hashed by
`imagehash.phash(Image.open(file))`, by ours at the same pixels, by ours decoded at a fraction, and
to everything that the hash stage stores; one after the other, file by file, the best of three
each. Shown are processor seconds, ratios of the summed times and the median ratio, how many hashes
are equal bit for bit, and how many bits the decoding at a fraction changes. imagehash.phash gives
64 bits, and so do the two lines of ours that follow it; "all hashes" gives besides the mirror
image's 64, 256 bits, and the 64 of 55 windows. With --megapixels every picture is enlarged to so
many first, and saved at quality 90.
"""

from __future__ import annotations

import argparse
import io
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import imagehash
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from curation.dedup.hashes import phashes, reduction_for
from curation.dedup.signature import read_luminance, signatures
from curation.pictures import BadImageError, decode, dimensions, luminance

ROUNDS = 3


def theirs(content: bytes) -> NDArray[np.bool_]:
    """The pHash by imagehash."""
    bits: NDArray[np.bool_] = imagehash.phash(Image.open(io.BytesIO(content))).hash.ravel()
    return bits


def same_pixels(content: bytes) -> NDArray[np.bool_]:
    """The pHash by ours, decoded whole."""
    return phashes([luminance(content)])[0]


def fraction(content: bytes) -> NDArray[np.bool_]:
    """The pHash by ours, decoded at a fraction."""
    return phashes([read_luminance(content, *dimensions(content))])[0]


def everything(content: bytes) -> NDArray[np.bool_]:
    """All hashes of the stage: 64 and 256 bits, mirror image, windows."""
    signatures([read_luminance(content, *dimensions(content))])
    return np.zeros(64, bool)


WAYS: dict[str, Callable[[bytes], NDArray[np.bool_]]] = {
    "imagehash.phash": theirs,
    "ours, same pixels": same_pixels,
    "ours, at a fraction": fraction,
    "all hashes, at a fraction": everything,
}


def enlarged(content: bytes, megapixels: float) -> bytes:
    """Return the picture as a JPEG of so many megapixels."""
    image = Image.fromarray(decode(content))
    factor = (megapixels * 1e6 / (image.width * image.height)) ** 0.5
    size = round(image.width * factor), round(image.height * factor)
    out = io.BytesIO()
    image.resize(size, Image.Resampling.BICUBIC).save(out, "JPEG", quality=90)
    return out.getvalue()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--megapixels", type=float)
    arguments = parser.parse_args()
    files = [
        path
        for folder in arguments.folders
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.read_bytes()[:3] == b"\xff\xd8\xff"
    ]
    times: dict[str, list[float]] = {name: [] for name in WAYS}
    equal, apart, wide_apart, sizes = 0, [], [], []
    for way in WAYS.values():
        way(files[0].read_bytes())  # what is compiled is read
    for path in files:
        content = path.read_bytes()
        try:
            decode(content)
        except BadImageError:
            continue
        if arguments.megapixels:
            content = enlarged(content, arguments.megapixels)
        width, height = dimensions(content)
        sizes.append(width * height / 1e6)
        found = {}
        for name, way in WAYS.items():
            best = np.inf
            for _ in range(ROUNDS):
                started = time.process_time()
                found[name] = way(content)
                best = min(best, time.process_time() - started)
            times[name].append(best)
        upright = imagehash.phash(Image.fromarray(decode(content))).hash.ravel()
        equal += bool((found["ours, same pixels"] == upright).all())
        if reduction_for(width, height) > 1:
            apart.append(int((found["ours, at a fraction"] != upright).sum()))
            both = [luminance(content), read_luminance(content, width, height)]
            wide_apart.append(
                int(np.diff(phashes(both, 16).astype(int), axis=0).astype(bool).sum())
            )
    used = len(sizes)
    out = sys.stdout.write
    out(f"{used} JPEGs of {min(sizes):.2f} to {max(sizes):.2f} megapixels, ")
    out(f"{np.mean(sizes):.2f} on average\n")
    base = np.array(times["imagehash.phash"])
    for name, taken in times.items():
        each = np.array(taken)
        out(
            f"{name:<27}{each.sum() / used * 1e3:>8.2f} ms per file"
            f"{base.sum() / each.sum():>8.2f} x as fast in sum"
            f"{np.median(base / each):>8.2f} x median\n"
        )
    out(f"equal bit for bit on the same pixels: {equal} of {used}\n")
    for bits, found_apart in ((64, apart), (256, wide_apart)):
        spread = dict(sorted(Counter(found_apart).items()))
        out(f"decoded at a fraction: {len(found_apart)}; ")
        out(f"of {bits} bits differ, in files: {spread}\n")


if __name__ == "__main__":
    main()
