"""All figures of all groups: each against the pure function on the group's own rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from bench_world import make_truth, predict

from training.bench import metrics
from training.bench.bins import ADIENCE_BINS, BinRule
from training.bench.evaluation import AS_ERRORS, Settings, evaluate
from training.bench.groupwise import gaps, ranked
from training.bench.metrics import Figure
from training.bench.metrics.distribution import log_age_quantile
from training.bench.predictions_check import complete

Rows = pd.DataFrame
FEW = Settings(resamples=40)


def _normal(said: Rows) -> tuple[pd.Series, pd.Series, pd.Series]:
    return said["log_age_mean"], said["log_age_sigma"], said["log_age_gamma"]


def _interval(said: Rows, percent: int) -> np.ndarray:
    shares = (0.5 - percent / 200, 0.5 + percent / 200)
    return np.stack([log_age_quantile(share, *_normal(said)) for share in shares], axis=1)


def _female(said: Rows) -> pd.Series:
    return (said["gender"] == "female").astype(float)


PURE: dict[str, Callable[[Rows, Rows], Figure]] = {
    "gender_accuracy": lambda t, s: metrics.gender_accuracy(t["female"], _female(s)),
    "balanced_accuracy": lambda t, s: metrics.balanced_accuracy(t["female"], _female(s)),
    "recall_female": lambda t, s: metrics.recall(t["female"], _female(s), 1),
    "recall_male": lambda t, s: metrics.recall(t["female"], _female(s), 0),
    "auc": lambda t, s: metrics.area_under_curve(t["female"], s["female_probability"]),
    "brier": lambda t, s: metrics.brier_score(t["female"], s["female_probability"]),
    "mae": lambda t, s: metrics.mean_absolute_error(t["age"], s["age"]),
    "median_error": lambda t, s: metrics.median_absolute_error(t["age"], s["age"]),
    "mape": lambda t, s: metrics.mean_absolute_percentage_error(t["age"], s["age"]),
    "cs3": lambda t, s: metrics.cumulative_score(t["age"], s["age"], 3),
    "bias": lambda t, s: metrics.bias(t["age"], s["age"]),
    "exact_bin_nearest": lambda t, s: metrics.exact_bin_accuracy(t["age"], s["age"]),
    "one_off_bin_interval": lambda t, s: metrics.one_off_accuracy(
        t["age"], s["age"], rule=BinRule.interval
    ),
    "nll": lambda t, s: Figure(float(metrics.log_age_nll(t["age"], *_normal(s)).mean()), len(t)),
    "crps": lambda t, s: Figure(float(metrics.log_age_crps(t["age"], *_normal(s)).mean()), len(t)),
    "coverage_80": lambda t, s: metrics.interval_coverage(t["age"], _interval(s, 80)),
    "width_95": lambda t, s: metrics.interval_width(t["age"], _interval(s, 95)),
}


def test_every_group_has_the_figures_of_its_own_rows() -> None:
    truth = make_truth(300)
    said = predict(truth)
    evaluation = evaluate(truth, said, settings=FEW)
    families = {group.family for group in evaluation.groups}
    singles = {("gender",), ("race",), ("age",), ("country",)}
    assert singles < families and len(families) == 1 + 4 + 6
    labels = truth.assign(
        gender=truth["female"].map({1.0: "female", 0.0: "male"}),
        age=[ADIENCE_BINS.labels[i] for i in ADIENCE_BINS.assign(truth["age"])],
    )
    some = [
        one for one in enumerate(evaluation.groups) if len(one[1].family) < 2 or one[0] % 5 == 0
    ]
    for place, group in some:
        inside = np.ones(len(truth), dtype=bool)
        for name, value in group.attributes:
            inside &= (labels[name] == value).to_numpy()
        assert evaluation.samples[place] == inside.sum()
        for name, pure in PURE.items():
            expected = pure(truth[inside], said[inside])
            found = evaluation.estimate(name, place)
            if found is None:
                assert np.isnan(expected.value), (name, group)
            else:
                assert found.value == pytest.approx(expected.value), (name, group)
                assert (found.n, found.excluded) == (expected.n, expected.excluded)
    overall = evaluation.estimate("mae")
    assert overall is not None and overall.subjects == truth["subject"].nunique()


def unanswered_world() -> tuple[Rows, Rows]:
    truth = make_truth(200)
    said = predict(truth)
    said.loc[:49, ["gender"]] = None
    said.loc[:49, ["female_probability", "age", "log_age_mean", "log_age_sigma"]] = np.nan
    said.loc[:49, "log_age_gamma"] = np.nan
    said.loc[:49, "reason"] = "no face"
    return truth, complete(said, "the world")


def test_unanswered_samples_are_counted_and_figures_given_both_ways() -> None:
    truth, said = unanswered_world()
    evaluation = evaluate(truth, said, settings=FEW)
    assert evaluation.unanswered[0] == 50
    rest = metrics.gender_accuracy(truth["female"][50:], _female(said[50:]))
    left_out = evaluation.estimate("gender_accuracy")
    as_errors = evaluation.estimate(f"gender_accuracy{AS_ERRORS}")
    assert left_out is not None and as_errors is not None
    assert left_out.value == pytest.approx(rest.value)
    assert left_out.n == len(truth) - 50
    assert as_errors.value == pytest.approx(rest.value * (len(truth) - 50) / len(truth))
    assert as_errors.n == len(truth)
    assert evaluation.estimate(f"mae{AS_ERRORS}") is None  # years have no size of an error
    for name in ("balanced_accuracy", "recall_male", "cs5", "one_off_bin_interval"):
        assert evaluation.estimate(f"{name}{AS_ERRORS}") is not None, name


def test_true_intervals_have_bins_and_distances_but_no_errors_in_years() -> None:
    truth = make_truth(200)
    ends = np.array(ADIENCE_BINS.limits)[np.random.default_rng(1).integers(0, 8, len(truth))]
    truth["age"] = np.nan
    truth["age_low"], truth["age_high"] = ends[:, 0].astype(float), ends[:, 1].astype(float)
    truth.loc[0, ["age_low", "age_high"]] = [8.0, 23.0]  # in no bin
    said = predict(truth.assign(age=ends.mean(axis=1)), sigma=0.3)
    evaluation = evaluate(truth, said, settings=FEW)
    for name in ("mae", "mape", "median_error", "cs5", "bias", "nll", "crps", "coverage_80"):
        assert evaluation.estimate(name) is None, name
    exact = evaluation.estimate("exact_bin_nearest")
    assert exact is not None
    own = ADIENCE_BINS.assign_intervals(truth["age_low"], truth["age_high"])
    guess = ADIENCE_BINS.assign(said["age"])
    assert exact.value == pytest.approx((own == guess)[1:].mean())
    assert (exact.n, exact.excluded) == (len(truth) - 1, 1)
    distance = evaluation.estimate("interval_distance")
    expected = metrics.interval_distance(truth["age_low"], truth["age_high"], said["age"])
    assert distance is not None and distance.value == pytest.approx(expected.value)


def test_stated_quantiles_and_ranges_are_measured_as_stated() -> None:
    truth = make_truth(100)
    count = len(truth)
    random = np.random.default_rng(4)
    low = np.clip(truth["age"] + random.normal(-5, 5, count), 0, 90)
    said = complete(
        pd.DataFrame(
            {"sample_id": truth["sample_id"], "age_q10": low, "age_q50": low + 5,
             "age_q90": low + 10, "age_low": low, "age_high": low + 4}
        ),
        "the world",
    )  # fmt: skip
    evaluation = evaluate(truth, said, settings=FEW)
    coverage, width = evaluation.estimate("coverage_80"), evaluation.estimate("width_80")
    assert coverage is not None and width is not None
    assert coverage.value == pytest.approx(
        ((low <= truth["age"]) & (truth["age"] <= low + 10)).mean()
    )
    assert width.value == pytest.approx(10)
    stated = evaluation.estimate("range_coverage")
    assert stated is not None
    assert stated.value == pytest.approx(((low <= truth["age"]) & (truth["age"] <= low + 4)).mean())
    assert evaluation.estimate("coverage_50") is None
    assert evaluation.estimate("crps") is None


def test_an_interval_that_rests_on_few_subjects_is_not_reliable() -> None:
    truth = make_truth(200)
    truth.loc[truth["subject"].isin([f"person{i}" for i in range(10)]), "race"] = "Rare"
    evaluation = evaluate(truth, predict(truth), settings=FEW)
    rare = next(i for i, g in enumerate(evaluation.groups) if g.attributes == (("race", "Rare"),))
    few, all_ = evaluation.estimate("mae", rare), evaluation.estimate("mae")
    assert few is not None and all_ is not None
    assert few.subjects == 10 and not few.reliable
    assert all_.reliable
    settings = Settings(resamples=40, min_samples=60)
    large = evaluate(truth, predict(truth), settings=settings)
    assert all(figure.estimate.n >= 60 for figure in ranked(large, "mae"))


def test_without_resamples_there_are_figures_but_no_intervals() -> None:
    truth = make_truth(50)
    estimate = evaluate(truth, predict(truth), settings=Settings(resamples=0)).estimate("mae")
    assert estimate is not None
    assert np.isnan(estimate.low) and not estimate.reliable


def test_the_gap_is_between_the_extremes_and_its_interval_from_the_same_resamples() -> None:
    truth = make_truth(400)
    said = predict(truth)
    black = truth["race"] == "Black"
    said.loc[black, "age"] = (said["age"] + 25)[black].clip(upper=120)
    evaluation = evaluate(truth, said, settings=Settings(resamples=200))
    gap = next(gap for gap in gaps(evaluation, "mae") if gap.family == ("race",))
    assert gap.worst.group.attributes == (("race", "Black"),)
    expected = gap.worst.estimate.value - gap.best.estimate.value
    assert gap.difference == pytest.approx(expected)
    assert 0 < gap.low < expected < gap.high
    assert gap.groups == 3
    assert ranked(evaluation, "mae")[0].group.attributes[0][0] in ("race", "gender", "age")


def test_curves_are_the_pure_functions_on_the_same_samples() -> None:
    truth = make_truth(500)
    said = predict(truth)
    evaluation = evaluate(truth, said, settings=FEW)
    age, gender = evaluation.curves.age(), evaluation.curves.gender()
    assert age is not None and gender is not None
    pit = metrics.log_age_pit(truth["age"], *_normal(said))
    assert age.observed == pytest.approx(metrics.calibration_curve(pit, age.predicted))
    share = said["female_probability"].to_numpy()
    place = np.minimum((share * 10).astype(int), 9)
    expected = [
        truth["female"].to_numpy()[place == i].mean() for i in range(10) if (place == i).any()
    ]
    assert gender.observed == pytest.approx(expected)
    assert gender.n.sum() == len(truth)
