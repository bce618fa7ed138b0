"""From the pictures of samples to what a predictor wants to see."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from curation.errors import InputError
from curation.faces.align import CROP_SIZE, TEMPLATE, align
from curation.faces.detector import DetectedFace, Detector
from training.bench.predictions import NO_FACE, UNREADABLE
from training.bench.sample import Alignment, Picture, Sample, UnreadableError

Pixels = NDArray[np.uint8]
Box = tuple[float, float, float, float]
READ_AHEAD = 64
MIN_OVERLAP = 0.1  # intersection over union with the box that tells which face is meant


@dataclass(frozen=True, eq=False)
class Seen:
    """One sample as a predictor sees it: pixels, or the reason why there are none."""

    sample: Sample
    image: Pixels | None
    reason: str | None = None


def pictures(samples: Sequence[Sample], workers: int | None = None) -> Iterator[Seen]:
    """Yield the samples with their pictures decoded, in order; the next few are read ahead.

    Raises:
        InputError: a sample has no picture at hand.
    """
    _check_at_hand(samples)
    pending: deque[Future[Seen]] = deque()
    with ThreadPoolExecutor(workers or min(8, os.cpu_count() or 1), "decode") as pool:
        for sample in samples:
            pending.append(pool.submit(_decoded, sample))
            if len(pending) > READ_AHEAD:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()


def crops(
    samples: Sequence[Sample], device: str = "cpu", workers: int | None = None
) -> Iterator[Seen]:
    """Yield the samples with their faces aligned, (256, 256, 3) uint8, in order.

    A picture without a face that can be the one meant has the reason "no face".
    """
    detector: Detector | None = None
    for seen in pictures(samples, workers):
        picture = seen.sample.picture
        if seen.image is None or picture is None:
            yield seen
        elif picture.alignment is Alignment.ready:
            yield Seen(seen.sample, _ready(picture, seen.image))
        elif picture.landmarks is not None:
            yield Seen(seen.sample, align(seen.image, picture.landmarks))
        else:
            detector = detector or Detector(device=device)
            crop = find_crop(seen.image, picture, detector)
            yield Seen(seen.sample, crop, NO_FACE if crop is None else None)


def find_crop(image: Pixels, picture: Picture, detector: Detector) -> Pixels | None:
    """Return the aligned crop of the face that is meant; None where none is found.

    With a box the face that overlaps it most (intersection over union of at least 0.1), without
    one the largest.
    """
    return find_crops([image], [picture], detector)[0]


def find_crops(
    images: Sequence[Pixels], pictures: Sequence[Picture], detector: Detector
) -> list[Pixels | None]:
    """Return what `find_crop` returns of each; several at once are faster."""
    borders = [
        round(picture.padding * max(image.shape[:2]))
        for image, picture in zip(images, pictures, strict=True)
    ]
    padded = [_bordered(image, border) for image, border in zip(images, borders, strict=True)]
    crops: list[Pixels | None] = []
    found_in_each = detector.detect_batch(padded)
    for image, picture, border, found in zip(padded, pictures, borders, found_in_each, strict=True):
        face = found[0] if found else None
        if picture.box is not None:
            x1, y1, x2, y2 = picture.box
            meant = (x1 + border, y1 + border, x2 + border, y2 + border)
            face = _overlapping(found, meant)
        crops.append(None if face is None else align(image, face.landmarks))
    return crops


def check_template(path: Path, template: Sequence[Sequence[float]]) -> None:
    """See to it that a network was trained on faces aligned as `crops` aligns them.

    Raises:
        InputError: it was not.
    """
    if not np.array_equal(np.array(template), TEMPLATE):
        raise InputError(
            f"{path} was trained on faces aligned to another template than this version's; "
            "train it again"
        )


def _bordered(image: Pixels, border: int) -> Pixels:
    if not border:
        return image
    sides = (border, border, border, border)
    return np.asarray(cv2.copyMakeBorder(image, *sides, cv2.BORDER_CONSTANT), np.uint8)


def _overlapping(found: Sequence[DetectedFace], meant: Box) -> DetectedFace | None:
    best = max(found, key=lambda face: overlap(face.box, meant), default=None)
    return best if best is not None and overlap(best.box, meant) >= MIN_OVERLAP else None


def overlap(one: Box, other: Box) -> float:
    """Return the intersection over union of two boxes x1, y1, x2, y2."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return width * height / (sum(areas) - width * height)


def _decoded(sample: Sample) -> Seen:
    assert sample.picture is not None
    try:
        return Seen(sample, sample.picture.pixels())
    except UnreadableError:
        return Seen(sample, None, UNREADABLE)


def _ready(picture: Picture, image: Pixels) -> Pixels:
    if image.shape != (CROP_SIZE, CROP_SIZE, 3):
        raise InputError(
            f"{picture.place} should be an aligned crop of {CROP_SIZE}x{CROP_SIZE} pixels but has "
            f"{image.shape[1]}x{image.shape[0]}"
        )
    return image


def _check_at_hand(samples: Sequence[Sample]) -> None:
    missing = [sample.sample_id for sample in samples if sample.picture is None]
    if missing:
        raise InputError(
            f"{len(missing):,} of {len(samples):,} samples have labels but no picture here, first "
            f"{missing[0]}; name the folder of the pictures, or judge a predictions file"
        )
