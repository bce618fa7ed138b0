"""How many second looks windows cost, by their radius and by the number of pictures.

Run: python benchmarks/window_looks.py FOLDER …
Of all pairs of the pictures below each folder, that share is counted whose windows are near by
chance; times the number of pictures, it is the looks that each of so many pictures like these
takes, and the widest radius with at most 20 is the one that dedup chooses. Folders should hold no
copies.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from curation.dedup import windows
from curation.dedup.read_files import picture_files
from curation.dedup.signature import read_luminance, signatures
from curation.dedup.window_radius import MOST_LOOKS, WIDEST, near_shares
from curation.pictures import BadImageError, dimensions

COUNTS = (10_000, 100_000, 1_000_000, 3_300_000)


def main() -> None:
    """Print one table for each folder."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    out = sys.stdout.write
    for folder in parser.parse_args().folders:
        found = []
        for file in picture_files([folder]):
            content = Path(file).read_bytes()
            try:
                found += signatures([read_luminance(content, *dimensions(content))])
            except BadImageError:
                continue
        hashes = np.array([each.phash for each in found], dtype=np.int64).view(np.uint64)
        of_windows = windows.read(b"".join(each.window_hashes for each in found))
        shares = near_shares(hashes, of_windows, WIDEST)[1:]
        out(f"{folder.name}, {len(found)} pictures; looks at windows for each of\n")
        out("radius    share of pairs" + "".join(f"{count:>12,}" for count in COUNTS) + "\n")
        for radius in range(0, WIDEST + 1, 2):  # two hashes differ in an even number of bits
            cells = "".join(f"{shares[radius] * count:>12.3g}" for count in COUNTS)
            out(f"{radius:<10}{shares[radius]:>14.2e}{cells}\n")
        even = shares[::2]
        chosen = [max([-1, *(2 * np.flatnonzero(even * n <= MOST_LOOKS))]) for n in COUNTS]
        out("radius chosen           " + "".join(f"{radius:>12}" for radius in chosen) + "\n")


if __name__ == "__main__":
    main()
