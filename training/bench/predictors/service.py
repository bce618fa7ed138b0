"""What the services of others have in common: consent, cache, pace, retries, one face per answer.

A service is sent pictures of people, so it is asked only when told so by name and with
`--send-pictures`. Its answers are kept in a folder under the hash of what was sent: a run that was
interrupted goes on, and nothing is paid twice.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from curation import console
from curation.errors import InputError, TrainingError
from training.bench.crops import MIN_OVERLAP, Box, overlap
from training.bench.predictions import NO_FACE, UNREADABLE, Answers
from training.bench.predictors import PredictorOptions, TrainedOn, Wants
from training.bench.sample import Picture, Sample, UnreadableError
from training.files import write_atomically

TRIES = 6
FIRST_PAUSE = 1.0  # seconds; doubled after each try, with jitter
LONGEST_PAUSE = 60.0


class BusyError(Exception):
    """The service asks to be left alone for a while; `pause` in seconds where it says so."""

    def __init__(self, pause: float | None = None) -> None:
        super().__init__()
        self.pause = pause


class RefusedError(Exception):
    """The service does not take this picture; the message says why."""


@dataclass(frozen=True)
class ServiceFace:
    """One face as a service sees it. `box` (x1, y1, x2, y2) in pixels of the picture sent."""

    box: Box | None
    female_probability: float | None = None
    female: float | None = None  # 1 or 0, where there is no probability
    age: float | None = None  # years, where it states a point
    age_range: tuple[float, float] | None = None  # where it states a range


class ServicePredictor(ABC):
    """A service that is asked over the network, one picture at a time."""

    service: ClassVar[str]  # its name, and that of its folder in the cache
    version: ClassVar[str]  # of the question: another one is asked anew
    operator: ClassVar[str]  # who gets the pictures
    variables: ClassVar[tuple[str, ...]]  # environment variables with its keys

    wants = Wants.files
    batch_size = 1
    trained_on: tuple[TrainedOn, ...] = ()
    age_rule = "as stated"
    device = ""

    def __init__(self, options: PredictorOptions) -> None:
        """Take the keys from the environment.

        Raises:
            InputError: a key is missing, or sending pictures was not agreed to.
        """
        self.name = self.service
        lacking = [name for name in self.variables if not os.environ.get(name)]
        if lacking:
            raise InputError(f"{self.service} needs a key: set {' and '.join(lacking)}")
        if not options.send_pictures:
            raise InputError(
                f"{self.service} sends every picture of the test set to {self.operator}; say "
                "--send-pictures if you may do that"
            )
        self._cache = (options.cache or Path("bench-cache")) / self.service / self.version
        self._wait = 1 / options.rate if options.rate else 0.0
        self._next = 0.0

    @abstractmethod
    def ask(self, content: bytes) -> dict[str, Any]:
        """Send one picture; return the service's answer as it is, for the cache.

        Raises:
            BusyError: it asks to wait.
            RefusedError: it does not take this picture.
            TrainingError: it cannot go on (a wrong key, an empty account).
        """

    @abstractmethod
    def faces(self, answer: dict[str, Any], size: tuple[int, int]) -> list[ServiceFace]:
        """Return the faces in an answer; `size` is width and height of the picture sent."""

    def content(self, picture: Picture) -> bytes:
        """Return what is sent of a picture."""
        return picture.read()

    def start(self, protocol: str, samples: Sequence[Sample]) -> None:
        """Say what will be sent.

        Raises:
            InputError: a sample has no picture at hand.
        """
        without = [sample.sample_id for sample in samples if sample.picture is None]
        if without:
            raise InputError(
                f"{len(without):,} of {len(samples):,} samples have no picture here to send, "
                f"first {without[0]}"
            )
        console.err().print(
            f"{len(samples):,} pictures go to {self.operator}, except those answered before in "
            f"{self._cache}"
        )

    def predict(self, samples: Sequence[Sample], images: Sequence[NDArray[np.uint8]]) -> Answers:
        """Answer for the face of each sample that is meant."""
        found: list[ServiceFace | None] = []
        reasons: list[str | None] = []
        for sample in samples:
            assert sample.picture is not None
            face, reason = self._answer(sample.picture)
            found.append(face)
            reasons.append(reason)
        ranges = [face.age_range if face and face.age_range else None for face in found]
        return Answers(
            count=len(samples),
            female_probability=_column(found, lambda face: face.female_probability),
            female=_column(found, lambda face: face.female),
            age=_column(found, lambda face: face.age),
            age_low=np.array([np.nan if one is None else one[0] for one in ranges]),
            age_high=np.array([np.nan if one is None else one[1] for one in ranges]),
            reason=reasons,
        )

    def baseline(self) -> None:
        """Return None: nothing is known of its training labels."""
        return None

    def describe(self) -> dict[str, Any]:
        """Return service and question; the same answers give the same report."""
        return {"service": self.service, "question": self.version}

    def _answer(self, picture: Picture) -> tuple[ServiceFace | None, str | None]:
        try:
            content = self.content(picture)
            size = _size(picture)
        except UnreadableError:
            return None, UNREADABLE
        answer = self._remembered(content)
        if "refused" in answer:
            return None, f"refused: {answer['refused']}"
        faces = self.faces(answer, size)
        face = meant(faces, picture.box)
        return face, None if face is not None else NO_FACE

    def _remembered(self, content: bytes) -> dict[str, Any]:
        """Return the answer in the cache, or ask and keep it there."""
        digest = hashlib.sha256(content).hexdigest()
        file = self._cache / digest[:2] / f"{digest}.json"
        if file.is_file():
            known: dict[str, Any] = json.loads(file.read_text())
            return known
        answer = self._ask_patiently(content)
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file, json.dumps(answer, sort_keys=True).encode())
        return answer

    def _ask_patiently(self, content: bytes) -> dict[str, Any]:
        pause = FIRST_PAUSE
        for attempt in range(TRIES):
            time.sleep(max(0.0, self._next - time.monotonic()))
            self._next = time.monotonic() + self._wait
            try:
                return self.ask(content)
            except RefusedError as refused:
                return {"refused": str(refused)}
            except BusyError as busy:
                if attempt + 1 < TRIES:
                    time.sleep(busy.pause or pause * random.uniform(0.5, 1.5))
                    pause = min(2 * pause, LONGEST_PAUSE)
        raise TrainingError(
            f"{self.service} was busy or out of reach {TRIES} times in a row; what it answered is "
            f"kept in {self._cache}: the same command goes on from there"
        )


def meant(faces: Sequence[ServiceFace], box: Box | None) -> ServiceFace | None:
    """Return the face that is meant: the one that overlaps the box most, else the largest."""
    if box is None:
        return max(faces, key=lambda face: _area(face.box), default=None)
    best = max(faces, key=lambda face: overlap(face.box or box, box), default=None)
    if best is None or overlap(best.box or box, box) < MIN_OVERLAP:
        return None
    return best


def _area(box: Box | None) -> float:
    return 0.0 if box is None else (box[2] - box[0]) * (box[3] - box[1])


def _size(picture: Picture) -> tuple[int, int]:
    height, width = picture.pixels().shape[:2]
    return width, height


def _column(
    faces: Sequence[ServiceFace | None], value: Callable[[ServiceFace], float | None]
) -> NDArray[np.float64]:
    numbers = [None if face is None else value(face) for face in faces]
    return np.array([np.nan if number is None else number for number in numbers])
