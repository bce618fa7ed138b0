"""Metrics of age distributions against numerical integration, properscoring and SciPy."""

from __future__ import annotations

import math

import numpy as np
import properscoring
import pytest
from scipy import stats

from training.bench.metrics import calibration_curve, log_age_crps, log_age_nll, log_age_pit
from training.bench.metrics.distribution import LARGEST_CRPS, OLDEST, log_age_quantile

CASES = [  # age, μ, σ, γ
    (20.0, 3.3, 0.2, 5.0),
    (1.0, 2.0, 0.5, 5.0),
    (80.0, 3.0, 1.0, 1.0),
    (0.0, 1.8, 0.4, 5.0),
    (33.0, 3.6, 0.02, 5.0),
    (30.0, 3.0, 1.5, 0.0),
]


def distribution(mu: float, sigma: float, gamma: float) -> stats.rv_continuous:
    return stats.lognorm(sigma, loc=-gamma, scale=math.exp(mu))


@pytest.mark.parametrize("case", CASES)
def test_crps_is_the_integral_that_properscoring_takes(case: tuple[float, ...]) -> None:
    age, *parameters = case
    law = distribution(*parameters)
    expected = properscoring.crps_quadrature(age, law, xmin=-np.inf, xmax=np.inf)
    assert log_age_crps(*case) == pytest.approx(float(expected), rel=1e-5)


@pytest.mark.parametrize("case", CASES)
def test_crps_is_the_defining_integral_on_a_fine_grid(case: tuple[float, ...]) -> None:
    age, mu, sigma, gamma = case
    law = distribution(mu, sigma, gamma)
    # In z, the standard normal variable, so that both tails are reached; dx = (x + γ) σ dz.
    z = np.linspace(-12, 14, 400_001)
    x = np.exp(mu + sigma * z) - gamma
    inside = (law.cdf(x) - (x >= age)) ** 2 * (x + gamma) * sigma
    assert log_age_crps(*case) == pytest.approx(float(np.trapezoid(inside, z)), rel=1e-3)


def test_crps_of_a_sure_forecast_is_the_absolute_error() -> None:
    assert log_age_crps(30, math.log(40 + 5), 1e-9, 5) == pytest.approx(10, abs=1e-5)


def test_crps_agrees_with_a_large_ensemble() -> None:
    random = np.random.default_rng(3)
    members = np.exp(random.normal(3.4, 0.3, 4000)) - 5
    expected = properscoring.crps_ensemble(31.0, members)
    assert log_age_crps(31.0, 3.4, 0.3, 5.0) == pytest.approx(float(expected), rel=0.03)


def test_a_sigma_gone_wild_stays_a_number() -> None:
    scores = log_age_crps(30.0, 3.0, np.array([20.0, 60.0, 148.0]), 5.0)
    assert (scores == LARGEST_CRPS).all()


@pytest.mark.parametrize("case", CASES)
def test_likelihood_and_pit_are_those_of_scipys_lognormal(case: tuple[float, ...]) -> None:
    age, *parameters = case
    if age + parameters[2] == 0:
        assert math.isnan(float(log_age_nll(*case)))
        return
    law = distribution(*parameters)
    assert log_age_nll(*case) == pytest.approx(-law.logpdf(age))
    assert log_age_pit(*case) == pytest.approx(law.cdf(age))


def test_quantiles_are_scipys_held_between_0_and_the_oldest() -> None:
    law = distribution(3.5, 0.2, 5.0)
    assert log_age_quantile(0.9, 3.5, 0.2, 5.0) == pytest.approx(law.ppf(0.9))
    assert log_age_quantile(0.025, 1.6, 0.9, 5.0) == 0
    assert log_age_quantile(0.975, 4.0, 148.0, 5.0) == pytest.approx(OLDEST)


def test_calibration_of_forecasts_that_are_right_lies_on_the_diagonal() -> None:
    random = np.random.default_rng(5)
    count = 40_000
    mu, sigma = random.uniform(2.5, 4.3, count), random.uniform(0.1, 0.4, count)
    ages = np.exp(random.normal(mu, sigma)) - 5.0
    levels = np.arange(0.05, 1, 0.05)
    observed = calibration_curve(log_age_pit(ages, mu, sigma, 5.0), levels)
    assert np.abs(observed - levels).max() < 0.01


def test_the_calibration_curve_by_hand() -> None:
    observed = calibration_curve([0.1, 0.2, 0.9, np.nan], [0.2, 0.5, 0.95])
    assert observed.tolist() == pytest.approx([2 / 3, 2 / 3, 1])
