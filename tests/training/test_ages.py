"""Ages as log(age + γ) and back."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from training.ages import age_from_log, age_interval, log_age, median_age


@pytest.mark.parametrize("gamma", [0.5, 1.0, 5.0, 20.0])
def test_an_age_survives_the_way_to_log_age_and_back(gamma: float) -> None:
    ages = np.array([0.0, 1 / 365, 0.5, 1, 13, 44.25, 116])
    np.testing.assert_allclose(age_from_log(log_age(ages, gamma), gamma), ages, atol=1e-12)


def test_log_age_by_hand() -> None:
    assert log_age(0.0, 1.0) == 0.0
    assert log_age(math.e - 2, 2.0) == pytest.approx(1.0)


def test_an_unknown_age_stays_unknown() -> None:
    assert np.isnan(log_age([np.nan], 5.0)).all()


def test_no_age_is_below_zero() -> None:
    assert age_from_log(-3.0, 5.0) == 0.0


def test_median_and_interval_are_those_of_the_shifted_log_normal_distribution() -> None:
    mean, sigma, gamma = 3.4, 0.25, 5.0
    distribution = stats.lognorm(s=sigma, scale=math.exp(mean), loc=-gamma)
    assert median_age(mean, gamma) == pytest.approx(distribution.median())
    for coverage in (0.5, 0.8, 0.95):
        np.testing.assert_allclose(
            age_interval(mean, sigma, gamma, coverage), distribution.interval(coverage)
        )


def test_intervals_keep_the_shape_of_their_input() -> None:
    assert age_interval(np.zeros((4, 3)), np.ones((4, 3)), 1.0).shape == (4, 3, 2)
