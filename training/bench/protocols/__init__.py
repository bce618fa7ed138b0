"""Protocols: what a test set is made of, one file per dataset.

A protocol yields samples and says what can be answered without looking at them. To add one, write
a class with these members and name it in `training/bench/run.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from training.checkpoint import Baseline


@dataclass(frozen=True)
class BenchSample:
    """One face to be judged, and what is known of it; None where it is not."""

    sample_id: str
    image: NDArray[np.uint8]  # aligned crop, (256, 256, 3) RGB
    age: float | None  # years
    gender: str | None  # "female" or "male"
    race: str | None
    country: str | None
    subject: str | None


class BenchProtocol(Protocol):
    """A test set."""

    name: str

    def __len__(self) -> int:
        """Return the number of samples."""

    def samples(self) -> Iterator[BenchSample]:
        """Yield the samples in a fixed order."""

    def baseline(self) -> Baseline | None:
        """Return what the training labels alone would answer, where there are any."""

    def describe(self) -> dict[str, str]:
        """Return which data this is, for the report: names, versions, hashes."""
