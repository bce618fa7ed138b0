"""The answer that needs no picture: what the training labels alone would say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Baseline:
    """What can be answered without looking, from the labels of the training split."""

    median_age: float | None  # years
    majority_gender: str | None

    @classmethod
    def of(cls, ages: NDArray[np.float64], female: NDArray[np.float64]) -> Baseline:
        """Return the baseline of labels (N,): ages in years, female 1 or 0, NaN where unknown."""
        ages, female = ages[np.isfinite(ages)], female[np.isfinite(female)]
        return cls(
            median_age=float(np.median(ages)) if len(ages) else None,
            majority_gender=("female" if female.mean() >= 0.5 else "male") if len(female) else None,
        )
