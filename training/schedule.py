"""Learning-rate schedules as closed-form functions of the step."""

from __future__ import annotations

import math


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
