"""Points and intervals of predicted ages against brute force and scipy's distributions."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from training.choices import Estimate
from training.distributions import YOUNGEST, AgeDistribution, AgeHistogram, ShiftedLogNormal

GAMMA = 5.0
MU = np.log(np.array([3.0, 12.0, 35.0, 80.0]) + GAMMA)
SIGMA = np.array([0.35, 0.2, 0.25, 0.1])
EDGES = np.array([0.0, 3.0, 7.0, 14.0, 22.5, 40.0, 100.5])
SHARES = np.array([[0.5, 0.3, 0.1, 0.05, 0.03, 0.02], [0.0, 0.1, 0.2, 0.4, 0.2, 0.1]])

LOG_NORMAL = ShiftedLogNormal(MU, SIGMA, GAMMA)
HISTOGRAM = AgeHistogram(SHARES, EDGES)


def drawn(said: AgeDistribution, which: int) -> NDArray[np.float64]:
    """A million ages of one distribution, evenly over its probabilities; below 0 counts as 0."""
    shares = (np.arange(1_000_000) + 0.5) / 1_000_000
    if isinstance(said, ShiftedLogNormal):
        ages = stats.lognorm(said.sigma[which], loc=-GAMMA, scale=np.exp(said.mu[which])).ppf(
            shares
        )
        return np.maximum(np.asarray(ages), 0.0)
    return np.interp(shares, np.concatenate([[0.0], np.cumsum(SHARES[which])]), EDGES)


@pytest.mark.parametrize("said", [LOG_NORMAL, HISTOGRAM], ids=["log-normal", "histogram"])
def test_points_have_the_least_expected_error_of_their_kind(said: AgeDistribution) -> None:
    for which in range(len(said)):
        ages = drawn(said, which)
        known = ages[ages >= YOUNGEST]
        costs = {
            Estimate.median: lambda a, ages=ages: np.abs(ages - a).mean(),
            Estimate.mean: lambda a, ages=ages: np.square(ages - a).mean(),
            Estimate.mape: lambda a, known=known: (np.abs(known - a) / known).mean(),
        }
        for kind, cost in costs.items():
            point = float(said.estimate(kind)[which])
            best = cost(point)
            for step in (0.002, 0.02, 0.2):
                for other in (point * (1 - step), point * (1 + step)):
                    assert best <= cost(other) * (1 + 1e-7), (kind, which, other)


def test_without_a_shift_the_mape_best_point_is_exp_of_mu_less_the_variance() -> None:
    mu, sigma = np.log([20.0, 40.0, 70.0]), np.array([0.1, 0.25, 0.3])
    said = ShiftedLogNormal(mu, sigma, gamma=0.0)
    np.testing.assert_allclose(said.mape_best(), np.exp(mu - sigma**2), rtol=1e-4)
    np.testing.assert_allclose(said.mape_best_closed(), np.exp(mu - sigma**2), rtol=1e-9)


def test_with_a_shift_the_closed_form_comes_near_the_integral() -> None:
    grown = ShiftedLogNormal(MU[2:], SIGMA[2:], GAMMA)
    np.testing.assert_allclose(grown.mape_best_closed(), grown.mape_best(), rtol=0.01)
    plain = np.exp(MU[2:] - SIGMA[2:] ** 2) - GAMMA
    closer = np.abs(grown.mape_best_closed() - grown.mape_best())
    assert (closer < np.abs(plain - grown.mape_best())).all()
    assert (grown.mape_best() < grown.median()).all()


def test_the_mape_best_point_is_defined_however_young_or_unsure() -> None:
    mu = np.log(np.array([0.0, 0.2, 1.0, 1.0]) + GAMMA)
    said = ShiftedLogNormal(mu, np.array([1e-3, 0.01, 3.0, 40.0]), GAMMA)
    points = said.mape_best()
    assert np.isfinite(points).all()
    assert (points >= YOUNGEST - 1e-9).all()
    assert points[0] == pytest.approx(YOUNGEST, abs=0.05)


def test_quantiles_intervals_and_probabilities_are_those_of_scipy() -> None:
    truth = stats.lognorm(SIGMA, loc=-GAMMA, scale=np.exp(MU))
    for share in (0.025, 0.1, 0.5, 0.9, 0.975):
        wanted = np.maximum(truth.ppf(share), 0.0)
        np.testing.assert_allclose(LOG_NORMAL.quantile(share), wanted, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(LOG_NORMAL.probability_below(18.0), truth.cdf(18.0))
    np.testing.assert_allclose(LOG_NORMAL.interval(0.8)[:, 0], np.maximum(truth.ppf(0.1), 0))
    piecewise = stats.rv_histogram((SHARES[0], EDGES), density=False)
    for share in (0.1, 0.5, 0.9):
        assert HISTOGRAM.quantile(share)[0] == pytest.approx(float(piecewise.ppf(share)))
    assert HISTOGRAM.probability_below(10.0)[0] == pytest.approx(float(piecewise.cdf(10.0)))
    assert HISTOGRAM.mean()[0] == pytest.approx(float(piecewise.mean()))


def test_a_histogram_by_hand() -> None:
    # Half of the probability lies below 3 years, so the median is 3; 80 % end at 7 years.
    assert HISTOGRAM.median()[0] == pytest.approx(3.0)
    assert HISTOGRAM.quantile(0.8)[0] == pytest.approx(7.0)
    # Between 1 and 2 with certainty: the weighted median is the geometric middle, √2.
    sure = AgeHistogram(np.array([[0.0, 1.0]]), np.array([0.0, 1.0, 2.0]))
    assert sure.mape_best()[0] == pytest.approx(np.sqrt(2))
    mean, deviation = sure.log_moments(gamma=0.0)
    assert mean[0] == pytest.approx(np.log(1.5))
    assert deviation[0] == pytest.approx(0.0, abs=1e-5)
