"""What is known of an epoch, and of a run when it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.evaluate import Validation


@dataclass(frozen=True)
class EpochLog:
    """One epoch: losses on both splits, and how the validation split fared."""

    epoch: int  # from 1, through both stages
    stage: str  # "head" or "all"
    learning_rate: float  # of the last step
    train_loss: float
    train_age_loss: float
    train_gender_loss: float
    validation_loss: float
    gender_accuracy: float  # share
    gender_n: int
    mae: float  # years
    age_n: int
    images_per_second: float

    @classmethod
    def of(
        cls,
        number: int,
        stage: str,
        learning_rate: float,
        losses: Sequence[Sequence[float]],
        found: Validation,
        rate: float,
    ) -> EpochLog:
        """Put the figures of one epoch together; training losses are means over its batches."""
        total, age, gender = (float(part) for part in np.mean(losses, axis=0))
        return cls(
            epoch=number,
            stage=stage,
            learning_rate=learning_rate,
            train_loss=total,
            train_age_loss=age,
            train_gender_loss=gender,
            validation_loss=found.loss,
            gender_accuracy=found.gender.value,
            gender_n=found.gender.n,
            mae=found.mae.value,
            age_n=found.mae.n,
            images_per_second=rate,
        )


@dataclass(frozen=True)
class FitResult:
    """Where a run left its model, and how good its best epoch was."""

    checkpoint: Path
    best: EpochLog
    epochs: int
    interrupted: bool = False  # by Ctrl-C
    speaks: bool = True  # False in all processes of a run but the main one
