"""What every age head must be able to do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from training.distributions import AgeDistribution

Floats = NDArray[np.float64]


class AgeHead(ABC):
    """How the last numbers of a network become an age: their count, their loss, what they mean.

    A head has no weights: the network's linear layer gives it `width` numbers per face, beside
    the gender's logit. `dials` is what it was made with, for the checkpoint and `run.json`.
    """

    kind: ClassVar[str]  # the name in settings and files
    title: ClassVar[str]  # one line for people
    width: int
    says: ClassVar[tuple[str, ...]]  # the names of what `exported` gives

    @abstractmethod
    def dials(self) -> dict[str, Any]:
        """Return the plain values that `age_head_of` makes the same head from, without `kind`."""

    @abstractmethod
    def start(self, ages: Tensor, weights: Tensor) -> Tensor:
        """Return the biases (width,) that say the distribution of the labels without looking.

        `ages` (N,) are years, `weights` (N,) their weights, 0 where the age is unknown.
        """

    @abstractmethod
    def loss(self, outputs: Tensor, ages: Tensor) -> Tensor:
        """Return what training lessens, per face (B,), for outputs (B, width) and years (B,)."""

    def score(self, outputs: Tensor, ages: Tensor) -> Tensor:
        """Return what epochs are compared by, per face (B,); the loss unless a head says more."""
        return self.loss(outputs, ages)

    @abstractmethod
    def distribution(self, outputs: Floats, calibration: float = 1.0) -> AgeDistribution:
        """Return what outputs (N, width) say; `calibration` is what `calibrate` found."""

    @abstractmethod
    def calibrate(self, outputs: Floats, ages: Floats, weights: Floats) -> float:
        """Return the one number > 0 under which held-out `ages` (N,), years, are likeliest.

        `weights` (N,) are 0 where the age is unknown; 1.0 where no age is known.
        """

    @abstractmethod
    def exported(self, outputs: Tensor, calibration: float) -> tuple[Tensor, ...]:
        """Return what an exported graph gives per face, in the order of `says`.

        The first is "age", the median in years.
        """

    @abstractmethod
    def read(self, exported: Sequence[Floats]) -> AgeDistribution:
        """Return what arrays in the order of `says`, N faces each, say; they are calibrated."""

    @abstractmethod
    def explanation(self) -> str:
        """Return one sentence on what `exported` means, for whoever finds the file."""
