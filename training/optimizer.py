"""The optimizer of a stage, and how a step's rates are set in it."""

from __future__ import annotations

import torch
from torch import nn

from training.choices import OptimizerName
from training.schedule import Rates

FUSED_ON = ("cpu", "cuda")


def build_optimizer(
    name: OptimizerName,
    module: nn.Module,
    weight_decay: float,
    momentum: float,
    scaled: bool = False,
) -> torch.optim.Optimizer:
    """Return SGD with Nesterov momentum, or AdamW (Loshchilov and Hutter 2019), at rate 0.

    `momentum` is β₁ of AdamW; its β₂ is 0.999. One kernel does a whole tensor's step where there
    is one: weights are read and written once, instead of once per operation. Not with `scaled`
    gradients: where the scaler leaves out the first step, PyTorch's kernel for SGD goes on with a
    momentum that nobody has set.
    """
    groups = parameter_groups(module, weight_decay)
    known = all(p.device.type in FUSED_ON for p in module.parameters())
    fused = True if known and not scaled else None
    if name == OptimizerName.adamw:
        return torch.optim.AdamW(groups, lr=0.0, betas=(momentum, 0.999), fused=fused)
    return torch.optim.SGD(groups, lr=0.0, momentum=momentum, nesterov=True, fused=fused)


def parameter_groups(module: nn.Module, weight_decay: float) -> list[dict[str, object]]:
    """Return optimizer groups that decay weights, but neither biases nor normalisation scales."""
    parameters = [p for p in module.parameters() if p.requires_grad]
    return [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]


def set_rates(optimizer: torch.optim.Optimizer, rates: Rates) -> None:
    """Set learning rate and, where it moves, momentum of all groups."""
    for group in optimizer.param_groups:
        group["lr"] = rates.learning_rate
        if rates.momentum is not None:
            if "betas" in group:
                group["betas"] = (rates.momentum, group["betas"][1])
            else:
                group["momentum"] = rates.momentum
