"""Distributions over ages as columns of the predictions table."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.bench.predictions_check import MAX_AGE
from training.choices import Estimate, Reported
from training.distributions import AgeDistribution, ShiftedLogNormal

PERCENTAGES = (2.5, 10, 25, 50, 75, 90, 97.5)  # those that the intervals of the report end at


def age_columns(ages: AgeDistribution, reported: Reported) -> dict[str, Any]:
    """Return the arguments of `Answers` that say `ages`, with the points that are `reported`."""
    by_metric = reported is Reported.by_metric
    point = ages.estimate(Estimate.median if by_metric else Estimate(reported.value))
    columns: dict[str, Any] = {"age": np.clip(point, 0.0, MAX_AGE)}
    if by_metric:
        columns["age_mape"] = np.clip(ages.mape_best(), 0.0, MAX_AGE)
    if isinstance(ages, ShiftedLogNormal):
        columns |= {
            "log_age_mean": ages.mu,
            "log_age_sigma": ages.sigma,
            "log_age_gamma": np.full(len(ages), ages.gamma),
        }
    else:
        columns["quantiles"] = {
            share: np.clip(ages.quantile(share / 100), 0.0, MAX_AGE) for share in PERCENTAGES
        }
    return columns


def age_rule(reported: Reported) -> str:
    """Return how ages became points, in words."""
    most = f"at most {MAX_AGE:.0f} years"
    if reported is Reported.by_metric:
        return f"median of the predicted distribution; MAPE: its MAPE-best point; {most}"
    named = "MAPE-best point" if reported is Reported.mape else reported.value
    return f"{named} of the predicted distribution, {most}"
