"""Metrics as pure functions of arrays: (N,) true, (N,) predicted -> a figure with its n.

A sample whose true label is unknown (NaN), or about which nothing is said (NaN), is left out of
the figure and out of its n. Ages are years; genders are 1 for female and 0 for male. A figure over
no sample at all is NaN.
"""

from __future__ import annotations

from training.bench.metrics.age import (
    bias,
    cumulative_score,
    interval_distance,
    mean_absolute_error,
    mean_absolute_percentage_error,
    median_absolute_error,
)
from training.bench.metrics.bins import exact_bin_accuracy, one_off_accuracy
from training.bench.metrics.distribution import (
    calibration_curve,
    interval_coverage,
    interval_width,
    log_age_crps,
    log_age_nll,
    log_age_pit,
)
from training.bench.metrics.figure import Figure
from training.bench.metrics.gender import (
    area_under_curve,
    balanced_accuracy,
    brier_score,
    gender_accuracy,
    recall,
)

__all__ = [
    "Figure",
    "area_under_curve",
    "balanced_accuracy",
    "bias",
    "brier_score",
    "calibration_curve",
    "cumulative_score",
    "exact_bin_accuracy",
    "gender_accuracy",
    "interval_coverage",
    "interval_distance",
    "interval_width",
    "log_age_crps",
    "log_age_nll",
    "log_age_pit",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "median_absolute_error",
    "one_off_accuracy",
    "recall",
]
