"""A running average of a network's weights, which is often better than any single step's."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn


class WeightAverage:
    """The exponential moving average of a network: θ̄ ← d·θ̄ + (1 - d)·θ after every step.

    The decay d rises to `decay` as min(decay, (1 + n) / (10 + n)) in step n, so that the random
    first weights are soon forgotten (the rule of TensorFlow's ExponentialMovingAverage). Means
    and variances of batch normalisation are averaged in the same way: they belong to the averaged
    weights, and the last batches' own would not fit them. Whole numbers (batches counted) are
    taken over as they are.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.updates = 0
        self.network = copy.deepcopy(network).requires_grad_(False)

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        """Take in the weights of `network` after one more step."""
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        averages, values = self.network.state_dict(), network.state_dict()
        floating = [key for key, value in values.items() if value.dtype.is_floating_point]
        mine: list[Tensor] = [averages[key] for key in floating]
        torch._foreach_lerp_(mine, [values[key] for key in floating], 1 - decay)
        for key in averages.keys() - set(floating):
            averages[key].copy_(values[key])

    def state_dict(self) -> dict[str, Any]:
        """Return what `load_state_dict` needs to go on."""
        return {"updates": self.updates, "network": self.network.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a state that `state_dict` returned."""
        self.updates = state["updates"]
        self.network.load_state_dict(state["network"])
