"""Learning-rate and momentum schedules as closed-form functions of the step.

Nothing here remembers anything: a run that goes on after it was killed asks for the same step and
is given the same rate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from training.choices import ScheduleName

# Momentum of one cycle: high where the rate is low, and the other way round (Smith 2018, 4.3).
ONE_CYCLE_MOMENTA = (0.85, 0.95)
ONE_CYCLE_RISE = 0.3  # share of the steps
ONE_CYCLE_START = 25.0  # the peak over the first rate
ONE_CYCLE_END = 1e4  # the first rate over the last


@dataclass(frozen=True)
class Rates:
    """What one step trains with; `momentum` is β₁ of AdamW, None where it stays as it is."""

    learning_rate: float
    momentum: float | None = None


@dataclass(frozen=True)
class Schedule:
    """A schedule of `total_steps` steps up to the learning rate `peak`.

    `warmup_steps` come before a cosine and before SGDR; one cycle warms up by itself. SGDR has
    `cycles` cycles, each `growth` times as long as the one before, the last one ending with the
    stage. `low` is the first rate of one cycle (default: the 25th part of the peak).
    """

    name: ScheduleName
    total_steps: int
    peak: float
    warmup_steps: int = 0
    cycles: int = 3
    growth: float = 2.0
    low: float | None = None

    def at(self, step: int) -> Rates:
        """Return what step `step` (0 … total_steps - 1) trains with."""
        if self.name == ScheduleName.one_cycle:
            start = self.peak / ONE_CYCLE_START if self.low is None else self.low
            return one_cycle(step, self.total_steps, self.peak, start)
        if self.name == ScheduleName.cosine:
            rate = cosine_with_warmup(step, self.total_steps, self.peak, self.warmup_steps)
            return Rates(rate)
        if step < self.warmup_steps:
            return Rates(self.peak * (step + 1) / (self.warmup_steps + 1))
        falling = self.total_steps - self.warmup_steps
        first = first_cycle(falling, self.cycles, self.growth)
        return Rates(cosine_with_restarts(step - self.warmup_steps, first, self.peak, self.growth))


def cosine_with_warmup(
    step: int, total_steps: int, peak: float, warmup_steps: int = 0, floor: float = 0.0
) -> float:
    """Return the learning rate of `step` (0 … total_steps - 1).

    During warm-up it rises linearly, peak·(step + 1) / (warmup_steps + 1), so that no step has
    rate 0; then it falls along half a cosine from `peak` to `floor`, which the step after the
    last one would reach (Loshchilov and Hutter 2017, SGDR, equation 5, one cycle).

    Raises:
        ValueError: `step` lies outside the schedule, or warm-up fills all of it.
    """
    if not 0 <= step < total_steps:
        raise ValueError(f"step {step} lies outside a schedule of {total_steps} steps")
    if not 0 <= warmup_steps < total_steps:
        raise ValueError(f"a warm-up of {warmup_steps} steps does not fit {total_steps} steps")
    if step < warmup_steps:
        return peak * (step + 1) / (warmup_steps + 1)
    progress = (step - warmup_steps) / (total_steps - warmup_steps)
    return floor + (peak - floor) * 0.5 * (1.0 + math.cos(math.pi * progress))


def cosine_with_restarts(
    step: int, first: float, peak: float, growth: float = 2.0, floor: float = 0.0
) -> float:
    """Return the learning rate of `step` (0, 1, …) under SGDR.

    Cycle i is `first`·growthⁱ steps long and falls along half a cosine from `peak` to `floor`,
    where the next one starts at `peak` again (Loshchilov and Hutter 2017, equation 5, with T₀ =
    `first` and T_mult = `growth`). `first` may be a fraction: a restart then lies between steps.

    Raises:
        ValueError: `step` is negative, `first` is not positive, or `growth` is below 1.
    """
    if step < 0 or not first > 0 or not growth >= 1:
        raise ValueError(f"no step {step} in cycles of {first} steps growing {growth} times")
    start, length = 0.0, float(first)
    # A hair of tolerance: the sum of fractional cycles must not miss the step it ends on.
    while step >= start + length - 1e-9 * length:
        start, length = start + length, length * growth
    progress = max(0.0, (step - start) / length)
    return floor + (peak - floor) * 0.5 * (1.0 + math.cos(math.pi * progress))


def first_cycle(steps: int, cycles: int, growth: float) -> float:
    """Return the length of the first of `cycles` cycles that together last `steps` steps."""
    return steps / sum(growth**cycle for cycle in range(cycles))


def one_cycle(step: int, total_steps: int, peak: float, start: float) -> Rates:
    """Return learning rate and momentum of `step` (0 … total_steps - 1) under one cycle.

    The rate rises along half a cosine from `start` to `peak` in 30 % of the steps, then falls to
    a ten-thousandth of `start` at the last one; momentum goes the other way between 0.95 and
    0.85 (Smith and Topin 2018, Super-Convergence; Smith 2018, A disciplined approach, 4.3; the
    cosine in place of straight lines as in PyTorch's OneCycleLR).

    Raises:
        ValueError: `step` lies outside the schedule.
    """
    if not 0 <= step < total_steps:
        raise ValueError(f"step {step} lies outside a schedule of {total_steps} steps")
    low, high = ONE_CYCLE_MOMENTA
    top = max(ONE_CYCLE_RISE * total_steps - 1, 0.0)
    if step <= top and top > 0:
        progress = step / top
        return Rates(_half_cosine(start, peak, progress), _half_cosine(high, low, progress))
    progress = (step - top) / max(total_steps - 1 - top, 1.0)
    return Rates(
        _half_cosine(peak, start / ONE_CYCLE_END, progress), _half_cosine(low, high, progress)
    )


def _half_cosine(start: float, end: float, progress: float) -> float:
    """Return the value at `progress` (0 … 1) of half a cosine from `start` to `end`."""
    return end + (start - end) * 0.5 * (1.0 + math.cos(math.pi * progress))
