"""What protocols share that read a dataset's own labels at once and know no training split."""

from __future__ import annotations

from training.baseline import Baseline
from training.bench.sample import Sample


class LabelledProtocol:
    """Keeps the samples that a subclass has read."""

    def __init__(self) -> None:
        self._samples: list[Sample] = []

    def samples(self) -> list[Sample]:
        """Return the samples in the order of the dataset's own files."""
        return self._samples

    def baseline(self) -> Baseline | None:
        """Return None: there is no training split, or its labels tell no single answer."""
        return None
