"""Metrics against scikit-learn and hand-worked cases."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from training.bench.metrics import (
    AGE_BINS,
    exact_bin_accuracy,
    gender_accuracy,
    interval_coverage,
    mean_absolute_error,
    mean_absolute_percentage_error,
    nearest_bin,
    one_off_accuracy,
)

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
    assert AGE_BINS[nearest_bin(age)] == expected


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


def test_values_that_do_not_pair_up_are_refused() -> None:
    with pytest.raises(ValueError, match="true values"):
        mean_absolute_error([1, 2], [1])
