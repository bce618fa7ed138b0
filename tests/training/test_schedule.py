"""The schedule against its closed form."""

from __future__ import annotations

import math

import pytest
import torch

from training.schedule import cosine_with_warmup


def test_warm_up_rises_linearly_and_never_starts_at_zero() -> None:
    rates = [cosine_with_warmup(step, 100, 1.0, warmup_steps=4) for step in range(5)]
    assert rates == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])


def test_the_cosine_has_its_known_points() -> None:
    assert cosine_with_warmup(0, 8, 3.0) == 3.0
    assert cosine_with_warmup(2, 8, 3.0) == pytest.approx(3.0 * (1 + math.sqrt(0.5)) / 2)
    assert cosine_with_warmup(4, 8, 3.0) == pytest.approx(1.5)
    assert cosine_with_warmup(4, 8, 3.0, floor=1.0) == pytest.approx(2.0)
    assert 0 < cosine_with_warmup(7, 8, 3.0) < 0.12


def test_after_warm_up_it_is_pytorchs_cosine_annealing() -> None:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.3)
    theirs = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=40, eta_min=0.01)
    for step in range(40):
        ours = cosine_with_warmup(step + 10, 50, 0.3, warmup_steps=10, floor=0.01)
        assert ours == pytest.approx(theirs.get_last_lr()[0])
        optimizer.step()
        theirs.step()


@pytest.mark.parametrize(("step", "total", "warmup"), [(-1, 5, 0), (5, 5, 0), (0, 5, 5), (0, 0, 0)])
def test_a_step_outside_the_schedule_is_refused(step: int, total: int, warmup: int) -> None:
    with pytest.raises(ValueError, match="steps"):
        cosine_with_warmup(step, total, 1.0, warmup)
