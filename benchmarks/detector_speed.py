"""The detector's time and boxes beside facenet-pytorch's MTCNN, on one core, in one run.

Run: taskset -c 1 python benchmarks/detector_speed.py [FOLDER …] [--each 10] [--large 4]
Every FOLDER holds photographs, of which `--each` are taken (0: all); without folders, portraits are
drawn. Both sides look at each picture right after one another, with the same settings; the ratio
is that of the medians, and in brackets that of the sums. Pictures are scaled to the sizes named,
and looked at in their own size. Then `--large` pictures as 12-megapixel JPEGs, decoding included,
in full and with reduced decoding, whose error is shown as the overlap of the boxes.
"""

from __future__ import annotations

import argparse
import io
import platform
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from detection import drawn, photographs
from facenet_pytorch import MTCNN
from numpy.typing import NDArray
from PIL import Image

from curation.faces.detector import DetectedFace, Detector
from curation.faces.photograph import Photograph
from curation.pictures import decode

Picture = NDArray[np.uint8]
Boxes = NDArray[np.float64]

SETTINGS = (  # size, smallest face, the ratio wanted
    ((1920, 1080), 40, 3.0),
    ((1920, 1080), 80, 4.5),
    ((640, 480), 40, 2.5),
    (None, 40, 0.0),
)
LARGE = (4000, 3000)


def main() -> None:
    """Print one line per setting."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--each", type=int, default=10)
    parser.add_argument("--large", type=int, default=4)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    pictures = [one for folder in arguments.folders for one in some(folder, arguments.each)]
    pictures = pictures or list(drawn(12))
    say(f"{processor()}, one thread; {len(pictures)} pictures")
    for size, min_face, wanted in SETTINGS:
        compare(pictures, size, min_face, wanted)
    for min_face in (40, 80, 160):
        compare_large(pictures[:: max(1, len(pictures) // max(1, arguments.large))], min_face)


def some(folder: Path, each: int) -> Iterator[Picture]:
    """Yield `each` pictures, evenly from the folder; 0 stands for all."""
    found = list(photographs(folder))
    yield from found[:: max(1, len(found) // each)] if each else found


def compare(
    pictures: Sequence[Picture], size: tuple[int, int] | None, min_face: int, wanted: float
) -> None:
    """Time both on each picture, and hold their boxes against each other."""
    theirs, ours = MTCNN(keep_all=True, min_face_size=min_face), Detector(min_face)
    ours.detect(pictures[0])  # compiles
    times, faces, lost, extra, least = [], 0, 0, 0, 1.0
    for picture in pictures:
        if size:
            picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
        if min(picture.shape[:2]) < min_face:
            continue
        one, expected = timed(lambda image: reference(theirs, image), picture)
        other, found = timed(ours.detect, picture)
        times.append((one, other))
        overlaps = matched(expected, corners(found))
        faces += len(expected)
        lost += int((overlaps < 0.95).sum())
        extra += len(found) - len(expected)
        least = min(least, *overlaps) if len(overlaps) else least
    name = f"{size[0]} x {size[1]}" if size else "own size"
    say(
        f"{name}, faces from {min_face}: {ratio(times)}"
        + (f", wanted {wanted:g}" if wanted else "")
        + f"; {faces} boxes, {lost} below IoU 0.95 (least {least:.4f}), {extra} extra"
    )


def compare_large(pictures: Sequence[Picture], min_face: int) -> None:
    """Time both from the bytes of 12-megapixel JPEGs, ours in full and reduced."""
    theirs, ours = MTCNN(keep_all=True, min_face_size=min_face), Detector(min_face)
    times: dict[str, list[tuple[float, float]]] = {"full": [], "reduced": []}
    overlaps: list[float] = []
    reduction = 1
    for picture in pictures:
        content = jpeg(cv2.resize(picture, LARGE, interpolation=cv2.INTER_CUBIC))
        one, expected = timed(lambda content: reference(theirs, decode(content)), content)
        for name in times:
            fast = min_face if name == "reduced" else None
            other, (photograph, found) = timed(
                lambda content, fast=fast: look(ours, content, min_face, fast), content
            )
            times[name].append((one, other))
        reduction = photograph.reduction
        overlaps += matched(expected, corners(found)).tolist()
    for name, both in times.items():
        say(f"12 megapixels, faces from {min_face}, decoded in {name}: {ratio(both)}")
    say(
        f"  reduced to 1/{reduction}: overlap of boxes {np.median(overlaps):.3f} (median), "
        f"{np.mean(np.array(overlaps) > 0.5):.1%} of {len(overlaps)} above 0.5"
    )


def look(
    detector: Detector, content: bytes, min_face: int, fast: float | None
) -> tuple[Photograph, list[DetectedFace]]:
    """Return the photograph and its faces in pixels of the whole picture."""
    photograph = Photograph(content, fast)
    (found,) = detector.detect_batch([photograph.pixels], [min_face / photograph.reduction])
    return photograph, [photograph.in_full_size(face) for face in found]


def reference(mtcnn: Any, picture: Picture) -> Boxes:
    """Return facenet-pytorch's boxes."""
    boxes, _, _ = mtcnn.detect(picture, landmarks=True)
    return np.empty((0, 4)) if boxes is None else np.asarray(boxes, np.float64)


def corners(faces: Sequence[DetectedFace]) -> Boxes:
    """Return the boxes of faces, (n, 4)."""
    return np.array([face.box for face in faces]).reshape(-1, 4)


def matched(expected: Boxes, found: Boxes) -> NDArray[np.float64]:
    """Return, per expected box, the largest intersection over union with a found one."""
    if not len(expected) or not len(found):
        return np.zeros(len(expected))
    low = np.maximum(expected[:, None, :2], found[None, :, :2])
    high = np.minimum(expected[:, None, 2:], found[None, :, 2:])
    common = np.clip(high - low, 0, None).prod(axis=2)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(axis=1) for boxes in (expected, found)]
    return np.asarray((common / (areas[0][:, None] + areas[1][None] - common)).max(axis=1))


def timed(work: Callable[[Any], Any], what: Any) -> tuple[float, Any]:
    """Return the seconds that `work` takes, and its result."""
    started = time.perf_counter()
    result = work(what)
    return time.perf_counter() - started, result


def ratio(times: Sequence[tuple[float, float]]) -> str:
    """Return both medians and how often the one goes into the other."""
    array = np.array(times)
    theirs, ours = np.median(array, axis=0)
    sums = array.sum(axis=0)
    return (
        f"{1000 * theirs:.0f} ms and {1000 * ours:.0f} ms, {theirs / ours:.1f} times "
        f"({sums[0] / sums[1]:.1f})"
    )


def jpeg(picture: Picture) -> bytes:
    """Encode as a camera would."""
    buffer = io.BytesIO()
    Image.fromarray(np.asarray(picture, np.uint8)).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def processor() -> str:
    """Return the processor's name."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def say(line: str) -> None:
    """Print at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
