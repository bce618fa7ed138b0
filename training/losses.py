"""The loss: that of the age head, plus k times the binary cross-entropy of the gender."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from training.model import FaceOutputs


@dataclass(frozen=True)
class Targets:
    """What a batch should answer; float32 tensors of shape (B,).

    A weight of 0 says that the label is unknown; the value beside it is then 0 and never counts.
    """

    age: Tensor  # years
    female: Tensor  # 1 female, 0 male
    age_weight: Tensor
    gender_weight: Tensor

    def take(self, rows: Tensor) -> Targets:
        """Return the targets of these rows (int64 tensor)."""
        return Targets(
            self.age[rows], self.female[rows], self.age_weight[rows], self.gender_weight[rows]
        )

    def to(self, device: torch.device) -> Targets:
        """Return the targets on `device`."""
        return Targets(
            self.age.to(device),
            self.female.to(device),
            self.age_weight.to(device),
            self.gender_weight.to(device),
        )


@dataclass(frozen=True)
class Loss:
    """The loss and its two parts as scalar tensors: total = age + k·gender."""

    total: Tensor
    age: Tensor
    gender: Tensor


def weighted_mean(values: Tensor, weights: Tensor) -> Tensor:
    """Return Σ w·v / Σ w as a scalar, and 0 when all weights are 0."""
    total = weights.sum()
    return (values * weights).sum() / torch.where(total > 0, total, torch.ones_like(total))


def face_loss(
    outputs: FaceOutputs,
    targets: Targets,
    age_loss: Callable[[Tensor, Tensor], Tensor],
    gender_weight: float,
) -> Loss:
    """Return the loss of a batch; each part is a mean over the samples that carry its label.

    A sample without an age trains the gender and the other way round. `age_loss` is the age
    head's `loss` where the network trains, its `score` where it is judged; `gender_weight` is k.
    """
    age = weighted_mean(age_loss(outputs.age, targets.age), targets.age_weight)
    gender = weighted_mean(
        functional.binary_cross_entropy_with_logits(
            outputs.gender_logit, targets.female, reduction="none"
        ),
        targets.gender_weight,
    )
    return Loss(total=age + gender_weight * gender, age=age, gender=gender)
