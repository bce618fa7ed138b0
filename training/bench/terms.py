"""Each sample's terms in the sums that metrics are made of (see `training.bench.catalog`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from training.bench.bins import NO_BIN, AgeBins, BinRule
from training.bench.catalog import COVERAGES, SCORE_YEARS
from training.bench.metrics import log_age_crps, log_age_nll, log_age_pit
from training.bench.metrics.distribution import log_age_quantile
from training.bench.predictions import female_numbers, quantile_column

if TYPE_CHECKING:
    import pandas as pd

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Terms:
    """Of N samples, in the order of the truth table."""

    columns: dict[str, Numbers]  # name -> (N,); those that are 0 everywhere are left out
    error: Numbers  # |predicted - true| in years, NaN where either is unknown
    score: Numbers  # P(female), NaN where it or the gender is unknown
    female: Numbers  # the truth: 1, 0 or NaN
    pit: Numbers  # predicted probability of an age up to the true one; NaN without both

    def __len__(self) -> int:
        return len(self.error)

    def matrix(self) -> tuple[dict[str, int], Numbers]:
        """Return the columns' places and their values, (N, K)."""
        names = {name: place for place, name in enumerate(self.columns)}
        if not names:
            return {}, np.zeros((len(self), 0))
        return names, np.ascontiguousarray(np.stack(list(self.columns.values()), axis=1))


def make_terms(truth: pd.DataFrame, predictions: pd.DataFrame, bins: AgeBins) -> Terms:
    """Return the terms of predictions (complete, in the truth's order)."""
    if not np.array_equal(truth["sample_id"], predictions["sample_id"]):
        raise ValueError("the predictions are not in the order of the truth")
    age, female = truth["age"].to_numpy(), truth["female"].to_numpy()
    said = predictions["age"].to_numpy()
    share = predictions["female_probability"].to_numpy()
    columns = {
        "samples": np.ones(len(age)),
        "unanswered": _count(predictions["reason"].notna().to_numpy(dtype=bool)),
    }
    columns |= _gender(female, female_numbers(predictions["gender"]), share)
    columns |= _points(age, said, predictions["age_mape"].to_numpy())
    columns |= _true_intervals(truth, said)
    for rule, key in ((BinRule.nearest, "nearest"), (BinRule.interval, "interval")):
        columns |= _bins(true_bins(truth, bins, rule), said, bins, rule, key)
    columns |= _distribution(age, predictions)
    columns |= _stated_range(age, predictions)
    return Terms(
        columns={name: values for name, values in columns.items() if values.any()},
        error=np.abs(said - age),
        score=np.where(np.isfinite(female), share, np.nan),
        female=female,
        pit=log_age_pit(age, *_normal(predictions)),
    )


def true_bins(truth: pd.DataFrame, bins: AgeBins, rule: BinRule) -> NDArray[np.int64]:
    """Return the bin of each true age or true interval, (N,); `NO_BIN` where it has none."""
    points = bins.assign(truth["age"].to_numpy(), rule)
    intervals = bins.assign_intervals(truth["age_low"].to_numpy(), truth["age_high"].to_numpy())
    return np.where(np.isfinite(truth["age"].to_numpy()), points, intervals)


def _gender(female: Numbers, said: Numbers, share: Numbers) -> dict[str, Numbers]:
    columns = {}
    for name, value in (("women", 1.0), ("men", 0.0)):
        own = female == value
        columns[name] = _count(own)
        columns[f"{name}_answered"] = _count(own & np.isfinite(said))
        columns[f"{name}_right"] = _count(own & (said == value))
    answered = np.isfinite(female) & np.isfinite(share)
    columns["share_answered"] = _count(answered)
    columns["brier"] = _where(answered, (share - female) ** 2)
    return columns


def _points(age: Numbers, said: Numbers, relative: Numbers) -> dict[str, Numbers]:
    """Return the terms of errors; those in proportion are taken at `relative` where it is given."""
    known = np.isfinite(age)
    answered = known & np.isfinite(said)
    positive = answered & (age > 0)
    error = np.abs(said - age)
    return {
        "age_known": _count(known),
        "age_answered": _count(answered),
        "age_positive": _count(positive),
        "age_zero": _count(answered & ~positive),
        "error": _where(answered, error),
        "signed_error": _where(answered, said - age),
        "relative_error": _where(
            positive,
            np.abs(np.where(np.isfinite(relative), relative, said) - age)
            / np.where(positive, age, 1.0),
        ),
        **{f"within_{years}": _count(answered & (error <= years)) for years in SCORE_YEARS},
    }


def _true_intervals(truth: pd.DataFrame, said: Numbers) -> dict[str, Numbers]:
    low, high = truth["age_low"].to_numpy(), truth["age_high"].to_numpy()
    answered = np.isfinite(low) & np.isfinite(said)
    distance = np.maximum(low - said, 0) + np.maximum(said - high, 0)
    return {
        "true_interval_answered": _count(answered),
        "interval_distance": _where(answered, distance),
    }


def _bins(
    own: NDArray[np.int64], said: Numbers, bins: AgeBins, rule: BinRule, key: str
) -> dict[str, Numbers]:
    guess = bins.assign(said, rule)
    known = own != NO_BIN
    answered = known & np.isfinite(said)
    beside = answered & (np.abs(own - guess) <= 1) & (guess != NO_BIN)
    return {
        f"bin_known_{key}": _count(known),
        f"bin_answered_{key}": _count(answered),
        f"binless_{key}": _count(~known & np.isfinite(said)),
        f"exact_{key}": _count(answered & (own == guess)),
        f"one_off_{key}": _count(beside),
    }


def _distribution(age: Numbers, predictions: pd.DataFrame) -> dict[str, Numbers]:
    normal = _normal(predictions)
    answered = np.isfinite(age) & np.isfinite(normal[0]) & (age + normal[2] > 0)
    columns = {
        "distribution_answered": _count(answered),
        "nll": _where(answered, log_age_nll(age, *normal)),
        "crps": _where(answered, log_age_crps(age, *normal)),
    }
    for percent in COVERAGES:
        low = _quantile(predictions, normal, 50 - percent / 2)
        high = _quantile(predictions, normal, 50 + percent / 2)
        given = np.isfinite(age) & np.isfinite(low) & np.isfinite(high)
        columns[f"interval_answered_{percent}"] = _count(given)
        columns[f"covered_{percent}"] = _count(given & (low <= age) & (age <= high))
        columns[f"width_{percent}"] = _where(given, high - low)
    return columns


def _quantile(
    predictions: pd.DataFrame, normal: tuple[Numbers, Numbers, Numbers], percentage: float
) -> Numbers:
    """Return the quantile as it is stated, else that of the normal distribution of log(age + γ)."""
    ages = log_age_quantile(percentage / 100, *normal)
    column = quantile_column(percentage)
    if column not in predictions:
        return ages
    stated = predictions[column].to_numpy()
    return np.where(np.isfinite(stated), stated, ages)


def _stated_range(age: Numbers, predictions: pd.DataFrame) -> dict[str, Numbers]:
    low, high = predictions["age_low"].to_numpy(), predictions["age_high"].to_numpy()
    given = np.isfinite(age) & np.isfinite(low)
    return {
        "range_answered": _count(given),
        "range_covered": _count(given & (low <= age) & (age <= high)),
        "range_width": _where(given, high - low),
    }


def _normal(predictions: pd.DataFrame) -> tuple[Numbers, Numbers, Numbers]:
    return (
        predictions["log_age_mean"].to_numpy(),
        predictions["log_age_sigma"].to_numpy(),
        predictions["log_age_gamma"].to_numpy(),
    )


def _count(flags: NDArray[np.bool_]) -> Numbers:
    return flags.astype(np.float64)


def _where(flags: NDArray[np.bool_], values: Numbers) -> Numbers:
    return np.where(flags, values, 0.0)
