"""The settings of a training run, and what they are when nobody says."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, TypeVar

from curation.errors import SettingsError

SMALL_DATASET = 2000  # training samples


class Precision(StrEnum):
    """Arithmetic of the forward pass."""

    auto = "auto"  # bf16 on CUDA, fp32 on a CPU
    bf16 = "bf16"
    fp32 = "fp32"


@dataclass(frozen=True)
class Plan:
    """The choices that depend on first weights and dataset, made."""

    epochs_head: int
    epochs: int
    batch_size: int
    learning_rate: float  # peak

    @property
    def total_epochs(self) -> int:
        """Epochs of both stages."""
        return self.epochs_head + self.epochs


@dataclass(frozen=True)
class FitSettings:
    """All settings of `train fit`; None leaves a choice to `plan`."""

    backbone: str = "resnet50"
    weights: str = "imagenet"  # "imagenet", "none", or a file
    image_size: int = 224  # pixels
    epochs_head: int | None = None
    epochs: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    gamma: float = 5.0  # years
    gender_weight: float = 1.0  # k
    age_head: str = "gaussian"  # a key of training.heads.HEADS
    beta: float = 0.0  # of β-NLL; 0 is the plain likelihood
    momentum: float = 0.9
    weight_decay: float = 5e-4
    gradient_clip: float = 1.0  # largest norm of the gradient
    warmup: float = 0.1  # share of a stage's steps
    seed: int = 0
    device: str = "auto"
    precision: Precision = Precision.auto
    workers: int | None = None  # decoding threads; None = one per core, at most 8

    def __post_init__(self) -> None:
        """Refuse numbers that no training can use.

        Raises:
            SettingsError: which setting, and what it must be.
        """
        for name in ("learning_rate", "gamma", "batch_size", "image_size"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise SettingsError(f"--{name.replace('_', '-')} must be greater than 0")
        if not self.gender_weight >= 0:
            raise SettingsError("--gender-weight must not be negative")

    def plan(self, samples: int) -> Plan:
        """Return the settings' own choices, and the usual ones for `samples` training samples.

        Random features have nothing to teach a head, so without pretrained weights stage 1 is
        left out; in exchange the network needs more epochs and a higher rate. A small dataset
        gets smaller batches, and so more steps per epoch.

        Raises:
            SettingsError: there is no epoch at all.
        """
        from_scratch = self.weights == "none"
        plan = Plan(
            epochs_head=_or(self.epochs_head, 0 if from_scratch else 3),
            epochs=_or(self.epochs, 40 if from_scratch else 20),
            batch_size=_or(self.batch_size, 16 if samples < SMALL_DATASET else 32),
            learning_rate=_or(self.learning_rate, 0.05 if from_scratch else 0.01),
        )
        if plan.total_epochs < 1:
            raise SettingsError("--epochs-head and --epochs are both 0: there is nothing to do")
        return plan

    def as_dict(self, plan: Plan) -> dict[str, Any]:
        """Return settings and plan as plain values, for the checkpoint and the run folder."""
        return {**asdict(self), **asdict(plan), "precision": self.precision.value}


Number = TypeVar("Number", int, float)


def _or(value: Number | None, default: Number) -> Number:
    return default if value is None else value
