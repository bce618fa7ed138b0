"""The schedules against their closed forms and PyTorch's own."""

from __future__ import annotations

import math

import pytest
import torch

from training.schedule import (
    Schedule,
    ScheduleName,
    cosine_with_restarts,
    cosine_with_warmup,
    first_cycle,
    one_cycle,
)


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


def test_sgdr_is_pytorchs_warm_restarts() -> None:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.3)
    theirs = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(
        optimizer, T_0=5, T_mult=2, eta_min=0.01
    )
    for step in range(80):
        ours = cosine_with_restarts(step, 5, 0.3, growth=2, floor=0.01)
        assert ours == pytest.approx(theirs.get_last_lr()[0])
        optimizer.step()
        theirs.step()


def test_sgdr_restarts_where_its_cycles_end_and_the_last_ends_with_the_stage() -> None:
    assert first_cycle(70, 3, 2.0) == 10
    schedule = Schedule(ScheduleName.sgdr, total_steps=74, peak=2.0, warmup_steps=4, cycles=3)
    rates = [schedule.at(step).learning_rate for step in range(74)]
    assert rates[:4] == pytest.approx([0.4, 0.8, 1.2, 1.6])
    assert [step for step, rate in enumerate(rates) if rate == pytest.approx(2.0)] == [4, 14, 34]
    assert rates[9] == pytest.approx(1.0)  # half of the first cycle
    assert rates[24] == pytest.approx(1.0)
    assert rates[-1] < 0.01
    # Cycles that end between steps lose none.
    odd = Schedule(ScheduleName.sgdr, total_steps=100, peak=1.0, cycles=4, growth=1.0)
    assert [odd.at(step).learning_rate for step in (0, 25, 50, 75)] == pytest.approx([1.0] * 4)


@pytest.mark.parametrize("total", [5, 77, 1000])
def test_one_cycle_is_pytorchs_in_rate_and_momentum(total: int) -> None:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.3, momentum=0.9)
    theirs = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.3, total_steps=total)
    for step in range(total):
        ours = one_cycle(step, total, 0.3, 0.3 / 25)
        (group,) = optimizer.param_groups
        assert ours.learning_rate == pytest.approx(group["lr"])
        assert ours.momentum == pytest.approx(group["momentum"])
        optimizer.step()
        if step < total - 1:
            theirs.step()


def test_one_cycle_has_its_known_points() -> None:
    schedule = Schedule(ScheduleName.one_cycle, total_steps=101, peak=1.0, low=0.1)
    first, top, last = schedule.at(0), schedule.at(29), schedule.at(100)
    assert (first.learning_rate, first.momentum) == pytest.approx((0.1, 0.95))
    assert (top.learning_rate, top.momentum) == pytest.approx((1.0, 0.85), abs=1e-3)
    assert (last.learning_rate, last.momentum) == pytest.approx((1e-5, 0.95))
    middle = schedule.at(15).learning_rate
    assert middle == pytest.approx(0.1 + 0.9 * (1 - math.cos(math.pi * 15 / 29.3)) / 2)


@pytest.mark.parametrize("step", [-1, 10])
def test_a_step_outside_one_cycle_is_refused(step: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        one_cycle(step, 10, 1.0, 0.1)
    with pytest.raises(ValueError, match="cycles"):
        cosine_with_restarts(3, 0, 1.0)
