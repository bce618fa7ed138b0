"""Metrics against scikit-learn and hand-worked cases."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from training.bench.bins import ADIENCE_BINS, FAIRFACE_BINS, NO_BIN, BinRule
from training.bench.metrics import (
    area_under_curve,
    balanced_accuracy,
    bias,
    brier_score,
    cumulative_score,
    exact_bin_accuracy,
    gender_accuracy,
    interval_coverage,
    interval_distance,
    interval_width,
    mean_absolute_error,
    mean_absolute_percentage_error,
    median_absolute_error,
    one_off_accuracy,
    recall,
)

AGE_BINS = ADIENCE_BINS.limits

RANDOM = np.random.default_rng(11)
TRUE = RANDOM.uniform(0.5, 90, 300)
SAID = np.maximum(TRUE + RANDOM.normal(0, 9, 300), 0)


def test_errors_are_those_of_scikit_learn() -> None:
    assert mean_absolute_error(TRUE, SAID).value == pytest.approx(
        sklearn_metrics.mean_absolute_error(TRUE, SAID)
    )
    assert mean_absolute_percentage_error(TRUE, SAID).value == pytest.approx(
        sklearn_metrics.mean_absolute_percentage_error(TRUE, SAID)
    )


def test_gender_accuracy_is_that_of_scikit_learn() -> None:
    true, said = RANDOM.integers(0, 2, 200), RANDOM.integers(0, 2, 200)
    figure = gender_accuracy(true, said)
    assert figure.value == pytest.approx(sklearn_metrics.accuracy_score(true, said))
    assert figure.n == 200


def test_median_error_is_that_of_scikit_learn() -> None:
    assert median_absolute_error(TRUE, SAID).value == pytest.approx(
        sklearn_metrics.median_absolute_error(TRUE, SAID)
    )


def test_gender_metrics_are_those_of_scikit_learn() -> None:
    true = RANDOM.integers(0, 2, 300)
    share = np.round(np.clip(0.3 * true + RANDOM.uniform(0, 0.7, 300), 0, 1), 2)  # with ties
    said = (share > 0.5).astype(int)
    for figure, expected in (
        (balanced_accuracy(true, said), sklearn_metrics.balanced_accuracy_score(true, said)),
        (recall(true, said, 1), sklearn_metrics.recall_score(true, said)),
        (recall(true, said, 0), sklearn_metrics.recall_score(true, said, pos_label=0)),
        (area_under_curve(true, share), sklearn_metrics.roc_auc_score(true, share)),
        (brier_score(true, share), sklearn_metrics.brier_score_loss(true, share)),
    ):
        assert figure.value == pytest.approx(expected)


def test_there_is_no_area_with_one_gender_only() -> None:
    assert math.isnan(area_under_curve([1, 1], [0.2, 0.9]).value)


def test_scores_bias_and_distances_by_hand() -> None:
    true, said = [10, 20, 30, 40], [11, 17, 30, 48]
    assert cumulative_score(true, said, 1).value == 0.5
    assert cumulative_score(true, said, 3).value == 0.75
    assert bias(true, said).value == pytest.approx((1 - 3 + 0 + 8) / 4)
    # 25-32: 20 is 5 away, 40 is 8, 27 inside.
    assert interval_distance([25] * 3, [32] * 3, [20, 40, 27]).value == pytest.approx(13 / 3)


def test_what_is_not_predicted_is_left_out() -> None:
    figure = mean_absolute_error([10, 20, 30], [13, np.nan, 29])
    assert (figure.value, figure.n) == (2.0, 2)


def test_unknown_labels_are_left_out_of_the_figure_and_of_its_n() -> None:
    figure = mean_absolute_error([10, np.nan, 30], [13, 99, 29])
    assert (figure.value, figure.n) == (2.0, 2)
    genders = gender_accuracy([1, np.nan, 0, 1], [1, 1, 1, 1])
    assert (genders.value, genders.n) == (pytest.approx(2 / 3), 3)


def test_age_zero_has_no_percentage_and_is_counted() -> None:
    figure = mean_absolute_percentage_error([0, 10, 20, np.nan], [1, 15, 18, 7])
    assert figure.value == pytest.approx((0.5 + 0.1) / 2)
    assert (figure.n, figure.excluded) == (2, 1)


def test_a_figure_over_no_sample_is_no_number() -> None:
    for figure in (mean_absolute_error([], []), gender_accuracy([np.nan], [1])):
        assert math.isnan(figure.value)
        assert figure.n == 0


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (0, (0, 2)),
        (2, (0, 2)),
        (2.9, (0, 2)),
        (3, (0, 2)),  # halfway between 2 and 4: the younger
        (3.01, (4, 6)),
        (7, (4, 6)),
        (7.01, (8, 12)),
        (13.5, (8, 12)),
        (13.6, (15, 20)),
        (22.5, (15, 20)),
        (22.6, (25, 32)),
        (35, (25, 32)),
        (35.1, (38, 43)),
        (45.5, (38, 43)),
        (45.6, (48, 53)),
        (56.5, (48, 53)),
        (56.6, (60, 100)),
        (117, (60, 100)),
    ],
)
def test_every_age_belongs_to_the_nearest_bin(age: float, expected: tuple[int, int]) -> None:
    assert AGE_BINS[ADIENCE_BINS.assign(age)] == expected


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (0, (0, 2)),
        (2.5, (0, 2)),  # rounded to 2: half a year to the younger
        (2.6, None),
        (3, None),
        (24.4, None),
        (24.6, (25, 32)),
        (32.4, (25, 32)),
        (55, None),
        (100.6, None),
        (np.nan, None),
    ],
)
def test_under_the_interval_rule_an_age_must_fall_into_a_bin(
    age: float, expected: tuple[int, int] | None
) -> None:
    found = ADIENCE_BINS.assign(age, BinRule.interval)
    assert (None if found == NO_BIN else AGE_BINS[found]) == expected


def test_bins_without_gaps_are_the_same_under_both_rules() -> None:
    ages = np.arange(0, 120, 0.25)
    nearest = FAIRFACE_BINS.assign(ages, BinRule.nearest)
    assert (nearest == FAIRFACE_BINS.assign(ages, BinRule.interval)).all()
    assert FAIRFACE_BINS.labels[-1] == "70+"


def test_a_true_interval_belongs_to_the_bin_that_holds_it() -> None:
    low, high = [25, 8, 25, np.nan, 30], [32, 23, 30, np.nan, 30]
    found = ADIENCE_BINS.assign_intervals(low, high)
    assert found.tolist() == [4, NO_BIN, 4, NO_BIN, 4]


def test_bin_accuracies_under_the_interval_rule_by_hand() -> None:
    true = [30, 30, 30, 30, 3]
    said = [31, 35, 41, 22, 1]
    # 30 is in 25-32. 31 exact; 35 in no bin; 41 one off; 22 in no bin; 3 has no bin itself.
    exact = exact_bin_accuracy(true, said, rule=BinRule.interval)
    one_off = one_off_accuracy(true, said, rule=BinRule.interval)
    assert (exact.value, exact.n, exact.excluded) == (0.25, 4, 1)
    assert (one_off.value, one_off.n, one_off.excluded) == (0.5, 4, 1)


def test_exact_and_one_off_accuracy_by_hand() -> None:
    true = [1, 30, 30, 30, 70, np.nan]
    said = [3, 26, 41, 49, 44, 5]
    # Bins: 0→0 exact; 4→4 exact; 4→5 one off; 4→6 two off; 7→5 two off; unknown.
    assert exact_bin_accuracy(true, said).value == pytest.approx(2 / 5)
    assert one_off_accuracy(true, said).value == pytest.approx(3 / 5)
    assert one_off_accuracy(true, said).n == 5


def test_one_off_accuracy_against_a_plain_loop() -> None:
    def bin_of(age: float) -> int:
        distances = [max(low - age, age - high, 0) for low, high in AGE_BINS]
        return distances.index(min(distances))

    hits = sum(abs(bin_of(t) - bin_of(s)) <= 1 for t, s in zip(TRUE, SAID, strict=True))
    assert one_off_accuracy(TRUE, SAID).value == pytest.approx(hits / len(TRUE))


def test_coverage_counts_ages_inside_their_intervals_ends_included() -> None:
    figure = interval_coverage([10, 20, 30, np.nan], [[10, 12], [21, 25], [20, 30], [0, 99]])
    assert (figure.value, figure.n) == (pytest.approx(2 / 3), 3)


def test_width_is_the_mean_of_the_known_samples() -> None:
    figure = interval_width([10, np.nan, 30], [[10, 12], [0, 50], [20, 30]])
    assert (figure.value, figure.n) == (6.0, 2)


def test_values_that_do_not_pair_up_are_refused() -> None:
    with pytest.raises(ValueError, match="true values"):
        mean_absolute_error([1, 2], [1])
