"""Hashing files, decoding included, beside imagehash: seconds, and bits that differ.

Run: python benchmarks/hashes.py FOLDER …
Every JPEG below the folders is hashed by `imagehash.phash(Image.open(file))`, by ours at the same
pixels, by ours decoded at a fraction, and to everything that the hash stage stores; one after the
other, file by file. Shown are ratios of the summed and of the median times, how many hashes are
equal bit for bit, and how many bits the decoding at a fraction changes.
"""

from __future__ import annotations

import argparse
import io
import sys
import time
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
    "ours, all hashes": everything,
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    files = [
        path
        for folder in parser.parse_args().folders
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in (".jpg", ".jpeg")
    ]
    times: dict[str, list[float]] = {name: [] for name in WAYS}
    equal, apart, reduced, pixels = 0, [], 0, 0
    used = 0
    for path in files:
        content = path.read_bytes()
        try:
            decode(content)
        except BadImageError:
            continue
        used += 1
        width, height = dimensions(content)
        pixels += width * height
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
            reduced += 1
            apart.append(int((found["ours, at a fraction"] != upright).sum()))
    out = sys.stdout.write
    out(f"{used} JPEGs, {pixels / used / 1e6:.2f} megapixels on average\n")
    base = np.array(times["imagehash.phash"])
    for name, taken in times.items():
        each = np.array(taken)
        out(
            f"{name:<22}{each.sum() / used * 1e3:>8.2f} ms per file"
            f"{base.sum() / each.sum():>8.2f} x as fast in sum"
            f"{np.median(base / each):>8.2f} x median\n"
        )
    out(f"equal bit for bit on the same pixels: {equal} of {used}\n")
    spread = {int(bits): int(number) for bits, number in zip(*np.unique(apart, return_counts=True))}  # noqa: B905
    out(f"decoded at a fraction: {reduced}; bits that differ, and in how many files: {spread}\n")


if __name__ == "__main__":
    main()
