"""Age heads: losses by hand and by finite differences, calibration, and what they say."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.special import softmax

from curation.errors import SettingsError
from training.bench.bins import ADIENCE_BINS
from training.heads import HEADS, AgeHead, age_head_of, make_age_head
from training.heads.classes import AdienceHead, ClassHead, DldlHead
from training.heads.gaussian import GaussianHead, gaussian_nll
from training.reliability import LEVELS, Reliability, coverage, draw_reliability

AGES = torch.tensor([0.0, 3.0, 29.0, 71.0, 104.0], dtype=torch.float64)


def heads() -> list[AgeHead]:
    return [make_age_head(kind, 5.0) for kind in HEADS] + [make_age_head("gaussian", 5.0, 0.5)]


def outputs_of(head: AgeHead, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(len(AGES), head.width, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("head", heads()[:-1], ids=lambda head: head.kind)
def test_gradients_are_those_of_finite_differences(head: AgeHead) -> None:
    outputs = outputs_of(head).requires_grad_()
    assert torch.autograd.gradcheck(lambda said: head.loss(said, AGES), (outputs,))


def test_beta_weighs_each_likelihood_by_its_variance_and_lets_no_gradient_through() -> None:
    head = GaussianHead(5.0, beta=0.5)
    outputs = outputs_of(head).requires_grad_()
    loss = head.loss(outputs, AGES)
    mean, log_variance, target = outputs[:, 0], outputs[:, 1], torch.log(AGES + 5)
    plain = torch.nn.GaussianNLLLoss(reduction="none", eps=0)(mean, target, log_variance.exp())
    torch.testing.assert_close(loss, plain * (0.5 * log_variance).exp())
    loss.sum().backward()
    # By hand: the mean moves with (μ - y) / σ² · σ^(2β), the log-variance with ½·(1 - z²) · σ^(2β).
    variance = log_variance.exp()
    slope = (mean - target) / variance * variance.sqrt()
    spread = 0.5 * (1 - (mean - target).square() / variance) * variance.sqrt()
    assert outputs.grad is not None
    torch.testing.assert_close(outputs.grad, torch.stack([slope, spread], dim=1).detach())
    torch.testing.assert_close(head.score(outputs, AGES), plain)


def test_an_age_belongs_to_the_nearest_bin() -> None:
    head = AdienceHead()
    years = np.arange(0, 100)
    np.testing.assert_array_equal(
        head.classes(torch.from_numpy(years).double()).numpy(), ADIENCE_BINS.assign(years)
    )
    torch.testing.assert_close(ClassHead().classes(AGES), torch.tensor([0, 3, 29, 71, 100]))


def test_cross_entropy_by_hand() -> None:
    outputs = torch.zeros(1, 8, dtype=torch.float64)
    outputs[0, 4] = math.log(9)  # class 25-32 has 9 of 16
    loss = AdienceHead().loss(outputs, torch.tensor([27.0], dtype=torch.float64))
    assert loss.item() == pytest.approx(math.log(16 / 9))


def test_dldl_is_the_divergence_from_a_discretised_normal_and_the_error_of_the_expectation() -> (
    None
):
    head, outputs = DldlHead(sigma=2.0, expectation_weight=0.7), outputs_of(DldlHead())
    said = softmax(outputs.numpy(), axis=1)
    years = np.arange(101)
    wanted = []
    for row, age in zip(said, np.minimum(AGES.numpy(), 100), strict=True):
        label = stats.norm(age, 2.0).pdf(years)
        label /= label.sum()
        wanted.append(stats.entropy(label, row) + 0.7 * abs(row @ years - age))
    np.testing.assert_allclose(head.loss(outputs, AGES).numpy(), wanted)


@pytest.mark.parametrize("head", heads(), ids=lambda head: head.kind)
def test_a_head_is_the_same_after_a_checkpoint(head: AgeHead) -> None:
    again = age_head_of({"kind": head.kind, **head.dials()})
    outputs = outputs_of(head)
    torch.testing.assert_close(again.loss(outputs, AGES), head.loss(outputs, AGES))
    assert again.explanation() == head.explanation()


@pytest.mark.parametrize("head", heads(), ids=lambda head: head.kind)
def test_what_an_exported_graph_gives_is_what_the_distribution_says(head: AgeHead) -> None:
    outputs = outputs_of(head)
    said = head.distribution(outputs.numpy(), 1.3)
    given = head.exported(outputs, 1.3)
    assert len(given) == len(head.says) and head.says[0] == "age"
    np.testing.assert_allclose(given[0].numpy(), said.median(), atol=1e-9)
    read = head.read([one.numpy() for one in given])
    np.testing.assert_allclose(read.interval(0.8), said.interval(0.8), atol=1e-9)
    np.testing.assert_allclose(read.mape_best(), said.mape_best(), atol=1e-9)


@pytest.mark.parametrize("head", heads(), ids=lambda head: head.kind)
def test_biases_say_the_distribution_of_the_labels(head: AgeHead) -> None:
    ages = torch.from_numpy(np.random.default_rng(0).gamma(4, 8, 4000).clip(0, 95).round())
    weights = torch.ones_like(ages)
    weights[ages > 60] = 0.0  # unknown
    biases = head.start(ages, weights).numpy()[None]
    known = ages[weights > 0].numpy()
    said = head.distribution(biases)
    assert said.median()[0] == pytest.approx(np.median(known), abs=3.0)
    assert said.probability_below(65.0)[0] > 0.93


def test_calibration_finds_how_far_deviations_are_off() -> None:
    random = np.random.default_rng(1)
    outputs = np.stack([random.normal(3.4, 0.5, 5000), random.normal(-3, 0.3, 5000)], axis=1)
    truth = outputs[:, 0] + 1.7 * np.exp(0.5 * outputs[:, 1]) * random.normal(size=5000)
    ages = np.exp(truth) - 5
    weights = np.ones(5000)
    weights[:50], ages[:50] = 0.0, 0.0  # unknown
    head = GaussianHead(5.0)
    scale = head.calibrate(outputs, ages, weights)
    assert scale == pytest.approx(1.7, rel=0.03)
    likelihood = [
        gaussian_nll(
            torch.from_numpy(outputs[50:, 0]),
            torch.from_numpy(outputs[50:, 1] + 2 * math.log(s)),
            torch.from_numpy(truth[50:]),
        ).mean()
        for s in (0.99 * scale, scale, 1.01 * scale)
    ]
    assert likelihood[1] < likelihood[0] and likelihood[1] < likelihood[2]
    inside = head.distribution(outputs, scale).interval(0.8)
    covered = ((inside[:, 0] <= ages) & (ages <= inside[:, 1]))[50:].mean()
    assert covered == pytest.approx(0.8, abs=0.02)


def test_a_temperature_undoes_logits_that_are_too_sure() -> None:
    random = np.random.default_rng(2)
    logits = random.normal(0, 2, (4000, 8))
    own = np.array([random.choice(8, p=row) for row in softmax(logits, axis=1)])
    ages = np.array([sum(limits) / 2 for limits in ADIENCE_BINS.limits])[own]
    head = AdienceHead()
    assert head.calibrate(2.5 * logits, ages, np.ones(4000)) == pytest.approx(2.5, rel=0.06)
    assert head.calibrate(logits, ages, np.zeros(4000)) == 1.0  # no age is known


def test_wrong_choices_are_named() -> None:
    with pytest.raises(SettingsError, match=r"no age head 'ordinal'.*gaussian.*dldl"):
        make_age_head("ordinal", 5.0)
    with pytest.raises(SettingsError, match="--beta must lie between 0 and 1"):
        make_age_head("gaussian", 5.0, 1.5)
    with pytest.raises(SettingsError, match="--beta belongs to --age-head gaussian, not years"):
        make_age_head("years", 5.0, 0.5)


def test_coverage_is_the_share_of_ages_inside_each_interval() -> None:
    random = np.random.default_rng(3)
    outputs = np.stack([random.normal(3.5, 0.4, 20_000), np.full(20_000, math.log(0.04))], axis=1)
    head = GaussianHead(5.0)
    ages = np.exp(outputs[:, 0] + 0.4 * random.normal(size=20_000)) - 5  # twice as wide as said
    weights = np.ones(20_000)
    weights[:5000], ages[:5000] = 0.0, 0.0  # unknown
    found = Reliability(
        before=coverage(head.distribution(outputs), ages, weights),
        after=coverage(head.distribution(outputs, 2.0), ages, weights),
    )
    wanted = [2 * stats.norm.cdf(stats.norm.ppf(0.5 + level / 2) / 2) - 1 for level in LEVELS]
    np.testing.assert_allclose(found.before, wanted, atol=0.015)
    np.testing.assert_allclose(found.after, LEVELS, atol=0.015)
    assert found.covered(0.8) == pytest.approx(0.8, abs=0.015)
    assert np.isnan(coverage(head.distribution(outputs), ages, np.zeros(20_000))).all()
    assert draw_reliability(found).startswith(b"\x89PNG")
