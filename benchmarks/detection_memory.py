"""That the detector's memory stays flat: resident megabytes while it works through many pictures.

Run: python benchmarks/detection_memory.py [--images 10000] [--batch 16]
Batches of drawn pictures and noise of ever other sizes, 100 to 480 pixels a side.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import cv2
import numpy as np
from detection import drawn
from numpy.typing import NDArray

from curation.faces.detector import Detector

SHOWN_AT = (100, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000)


def main() -> None:
    """Print a line at each of the counts in `SHOWN_AT`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--batch", type=int, default=16)
    arguments = parser.parse_args()
    rng = np.random.default_rng(1)
    originals = list(drawn(16))
    detector = Detector(40)
    done, faces, started = 0, 0, time.perf_counter()
    shown = iter(SHOWN_AT)
    following = next(shown)
    while done < arguments.images:
        batch = [any_size(originals, rng) for _ in range(arguments.batch)]
        faces += sum(map(len, detector.detect_batch(batch)))
        done += len(batch)
        if done >= following:
            seconds = time.perf_counter() - started
            sys.stdout.write(
                f"{done:>6} images, {faces} faces, {resident():.0f} MB, {done / seconds:.0f}/s\n"
            )
            sys.stdout.flush()
            following = next(shown)


def any_size(originals: list[NDArray[np.uint8]], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return one of the originals, or noise, in a size drawn at random."""
    width, height = (int(side) for side in rng.integers(100, 480, 2))
    if rng.random() < 0.1:
        return rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    picture = originals[int(rng.integers(len(originals)))]
    return np.asarray(cv2.resize(picture, (width, height)), np.uint8)


def resident() -> float:
    """Return this process's resident memory in megabytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


if __name__ == "__main__":
    main()
