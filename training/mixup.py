"""Mixup (Zhang et al. 2018): two pictures over each other, and the loss of both their labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class Mixed:
    """A batch mixed with itself."""

    images: Tensor  # (B, …) share · image + (1 - share) · image of the partner
    partner: Tensor  # (B,) int64, CPU: whose picture lies over each
    share: float  # 0.5 … 1: how much of the picture itself is left

    def loss(self, loss_of: Callable[[Tensor], Tensor]) -> Tensor:
        """Return share · loss(own labels) + (1 - share) · loss(partners' labels).

        `loss_of(rows)` is the loss of the outputs against the labels of those rows of the batch,
        int64 (B,) on the CPU. Losses instead of labels are mixed, so this holds for every head,
        and a partner without a label counts as it does alone: not at all.
        """
        own = torch.arange(len(self.partner))
        return self.share * loss_of(own) + (1 - self.share) * loss_of(self.partner)


def mixup(images: Tensor, alpha: float, generator: torch.Generator) -> Mixed:
    """Return a batch (B, …) mixed with itself, the share drawn from Beta(α, α).

    α above 0: 0.2 mixes little, 1 evenly. All draws come from `generator` (CPU). A share below
    a half would only swap the two, so its complement is taken.
    """
    # Beta(α, α) from two gamma draws; torch's own take no generator, so the seed goes to numpy.
    seed = int(torch.randint(2**62, (1,), generator=generator))
    share = float(np.random.default_rng(seed).beta(alpha, alpha))
    share = max(share, 1 - share)
    partner = torch.randperm(len(images), generator=generator)
    mixed = share * images + (1 - share) * images[partner.to(images.device)]
    return Mixed(mixed, partner, share)
