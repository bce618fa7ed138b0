"""How fast a predictor is: reading, finding the face, answering, and all of it, by batch size.

A batch goes through the parts one after another, nothing overlapping, so that the parts of a batch
add up to the whole. One whole round is a warm-up and not counted; in each counted round every batch
size sees every picture, in turns, so that a machine whose speed drifts drifts for all alike.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from curation import console
from curation.errors import InputError
from curation.faces.align import align
from curation.faces.detector import Detector
from training.bench.crops import Pixels, crops, find_crops, pictures
from training.bench.predictions import UNREADABLE
from training.bench.predictors import BenchPredictor, PredictorEntry, Wants
from training.bench.sample import Alignment, Picture, Sample

Clock = Callable[[], float]


class Part(StrEnum):
    """What is timed."""

    reading = "reading"
    detection = "detection"
    prediction = "prediction"
    whole = "whole"


@dataclass(frozen=True)
class Speed:
    """How fast one part is at one batch size."""

    batch_size: int
    part: Part
    images_per_second: float  # median of the rounds
    latency_median: float  # seconds from a whole batch to its result
    latency_95: float  # the 95th percentile, interpolated linearly
    batches: int  # behind the latencies


@dataclass(frozen=True)
class SpeedResult:
    """What was timed, and how fast it is."""

    speeds: tuple[Speed, ...]
    images: int  # timed in each round and batch size, at least
    without_face: int  # left out: no face in them
    unreadable: int  # left out
    detected: int  # of the images, those whose face had to be found
    rounds: int
    finds_faces_itself: bool  # then "prediction" holds the predictor's own detection


def refuse_elsewhere(entry: PredictorEntry) -> None:
    """Refuse a predictor that does not compute on this machine.

    Raises:
        InputError: it is a service or a file.
    """
    if entry.elsewhere:
        raise InputError(
            f"`bench speed` times what computes on this machine, but the answers of {entry.name} "
            f"{entry.elsewhere}; name a --checkpoint, or a --model that `train export` wrote"
        )


def choose(samples: Sequence[Sample], count: int) -> list[Sample]:
    """Return `count` samples at most, evenly from all of the first one's fold.

    One fold only, because a predictor may have a network per fold.

    Raises:
        InputError: there are none.
    """
    if not samples:
        raise InputError("there is no picture to time anything on")
    fold = [sample for sample in samples if sample.fold == samples[0].fold]
    places = np.unique(np.linspace(0, len(fold) - 1, min(count, len(fold))).round().astype(int))
    return [fold[place] for place in places]


def measure(
    predictor: BenchPredictor,
    samples: Sequence[Sample],
    batch_sizes: Sequence[int],
    rounds: int,
    detector_device: str = "cpu",
    protocol: str = "",
    clock: Clock = time.perf_counter,
) -> SpeedResult:
    """Time `predictor` on `samples`, all of one fold, at each batch size.

    Pictures that do not decode or show no face are found beforehand and left out, so that every
    batch is full; the last batch of a round is filled up from the first pictures.

    Raises:
        InputError: a picture is not at hand, too few are left for the largest batch, or the
            predictor cannot go on.
    """
    predictor.start(protocol, samples)
    look = crops(samples, detector_device) if predictor.wants is Wants.crops else pictures(samples)
    usable, reasons = [], []
    with console.progress("images") as progress:
        bar = progress.add_task("looking for faces", total=len(samples))
        for seen in look:
            progress.advance(bar)
            if seen.image is None:
                reasons.append(seen.reason)
            else:
                usable.append(seen.sample)
    if len(usable) < max(batch_sizes):
        raise InputError(
            f"a batch of {max(batch_sizes)} needs as many pictures with a face, but there are "
            f"{len(usable)}; name more with --images, or a smaller --batch-size"
        )
    line = _Line(predictor, detector_device, clock)
    sizes = list(dict.fromkeys(batch_sizes))
    seconds: dict[int, list[NDArray[np.float64]]] = {size: [] for size in sizes}
    with console.progress("rounds") as progress:
        bar = progress.add_task("timing", total=rounds + 1)
        for number in range(rounds + 1):
            for size in sizes[number % len(sizes) :] + sizes[: number % len(sizes)]:
                timed = np.array([line.run(batch) for batch in _batches(usable, size)])
                if number:  # the first warms up
                    seconds[size].append(timed)
            progress.advance(bar)
    own = predictor.wants is Wants.pictures
    detected = 0 if own else sum(_needs_detection(sample) for sample in usable)
    return SpeedResult(
        speeds=tuple(
            speed for size in sizes for speed in _speeds(size, np.stack(seconds[size]), detected)
        ),
        images=len(usable),
        without_face=len(reasons) - reasons.count(UNREADABLE),
        unreadable=reasons.count(UNREADABLE),
        detected=detected,
        rounds=rounds,
        finds_faces_itself=own,
    )


class _Line:
    """The way of a batch from files to answers."""

    def __init__(self, predictor: BenchPredictor, detector_device: str, clock: Clock) -> None:
        self.predictor = predictor
        self.device = detector_device
        self.clock = clock
        self._detector: Detector | None = None

    def run(self, batch: Sequence[Sample]) -> tuple[float, float, float]:
        """Return the seconds of reading, detection and prediction."""
        places = [_picture(sample) for sample in batch]
        started = self.clock()
        images = [picture.pixels() for picture in places]
        read = self.clock()
        if self.predictor.wants is Wants.crops:
            images = self._crops(places, images)
        found = self.clock()
        self.predictor.predict(batch, images)
        return read - started, found - read, self.clock() - found

    def _crops(self, places: Sequence[Picture], images: Sequence[Pixels]) -> list[Pixels]:
        """Return the crops as `training.bench.crops.crops` makes them, found several at once."""
        made: list[Pixels | None] = [
            image
            if picture.alignment is Alignment.ready
            else None
            if picture.landmarks is None
            else align(image, picture.landmarks)
            for picture, image in zip(places, images, strict=True)
        ]
        sought = [place for place, crop in enumerate(made) if crop is None]
        if sought:
            self._detector = self._detector or Detector(device=self.device)
            found = find_crops(
                [images[place] for place in sought],
                [places[place] for place in sought],
                self._detector,
            )
            for place, crop in zip(sought, found, strict=True):
                made[place] = crop
        return [crop for crop in made if crop is not None]


def _picture(sample: Sample) -> Picture:
    assert sample.picture is not None  # `crops` and `pictures` have refused it
    return sample.picture


def _needs_detection(sample: Sample) -> bool:
    picture = _picture(sample)
    return picture.alignment is not Alignment.ready and picture.landmarks is None


def _batches(samples: Sequence[Sample], size: int) -> Iterator[list[Sample]]:
    for start in range(0, len(samples), size):
        yield [samples[place % len(samples)] for place in range(start, start + size)]


def _speeds(size: int, seconds: NDArray[np.float64], detected: int) -> Iterator[Speed]:
    """Yield the speeds of the parts; `seconds` are (rounds, batches, 3)."""
    rounds, batches, _ = seconds.shape
    parts = {
        Part.reading: seconds[..., 0],
        Part.detection: seconds[..., 1],
        Part.prediction: seconds[..., 2],
        Part.whole: seconds.sum(axis=2),
    }
    for part, taken in parts.items():
        if part is Part.detection and not detected:
            continue
        yield Speed(
            batch_size=size,
            part=part,
            images_per_second=float(np.median(batches * size / taken.sum(axis=1))),
            latency_median=float(np.median(taken)),
            latency_95=float(np.percentile(taken, 95)),
            batches=rounds * batches,
        )
