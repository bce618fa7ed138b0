"""The loss against hand-worked numbers and PyTorch's own losses."""

from __future__ import annotations

import math

import pytest
import torch

from training.heads.gaussian import GaussianHead, gaussian_nll
from training.losses import Targets, face_loss, weighted_mean
from training.model import FaceOutputs

GAMMA = 5.0
AGE_LOSS = GaussianHead(GAMMA).loss


def outputs(gender: list[float], mean: list[float], log_variance: list[float]) -> FaceOutputs:
    age = torch.stack([torch.tensor(mean), torch.tensor(log_variance)], dim=1)
    return FaceOutputs(torch.tensor(gender), age)


def targets(
    log_age: list[float],
    female: list[float],
    age_weight: list[float] | None = None,
    gender_weight: list[float] | None = None,
) -> Targets:
    ones = [1.0] * len(log_age)
    return Targets(
        torch.tensor(log_age).exp() - GAMMA,
        torch.tensor(female),
        torch.tensor(age_weight or ones),
        torch.tensor(gender_weight or ones),
    )


def test_the_likelihood_by_hand() -> None:
    # σ² = 4, error 2: ½ (log 4 + 4 / 4) = log 2 + ½.
    value = gaussian_nll(torch.tensor([1.0]), torch.tensor([math.log(4.0)]), torch.tensor([3.0]))
    assert value.item() == pytest.approx(math.log(2) + 0.5)


def test_the_likelihood_and_its_gradient_are_those_of_pytorch() -> None:
    generator = torch.Generator().manual_seed(1)
    mean, log_variance, target = torch.randn(3, 50, generator=generator, dtype=torch.float64)
    ours = [mean.clone().requires_grad_(), log_variance.clone().requires_grad_()]
    theirs = [mean.clone().requires_grad_(), log_variance.clone().requires_grad_()]
    loss = gaussian_nll(ours[0], ours[1], target)
    expected = torch.nn.GaussianNLLLoss(reduction="none", eps=0)(theirs[0], target, theirs[1].exp())
    torch.testing.assert_close(loss, expected)
    loss.sum().backward()
    expected.sum().backward()
    for mine, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine.grad, other.grad)


def test_the_likelihood_is_least_where_the_variance_is_the_squared_error() -> None:
    candidates = torch.linspace(-6, 6, 2401)
    values = gaussian_nll(torch.zeros(2401), candidates, torch.full((2401,), 0.5))
    assert candidates[values.argmin()].item() == pytest.approx(math.log(0.25), abs=0.01)


def test_the_total_is_the_age_loss_plus_k_times_the_gender_loss() -> None:
    said = outputs([0.0, math.log(3)], [1.0, 2.0], [0.0, 0.0])
    known = targets([2.0, 2.0], [1.0, 1.0])
    loss = face_loss(said, known, AGE_LOSS, gender_weight=10.0)
    # Age: errors 1 and 0 with σ² = 1. Gender: P(female) = ½ and ¾.
    assert loss.age.item() == pytest.approx((0.5 + 0.0) / 2)
    assert loss.gender.item() == pytest.approx((math.log(2) + math.log(4 / 3)) / 2)
    assert loss.total.item() == pytest.approx(loss.age.item() + 10 * loss.gender.item())


def test_a_positive_logit_means_female() -> None:
    sure = outputs([5.0], [0.0], [0.0])
    female = face_loss(sure, targets([0.0], [1.0]), AGE_LOSS, 1.0).gender
    male = face_loss(sure, targets([0.0], [0.0]), AGE_LOSS, 1.0).gender
    assert female < 0.01 < 5 < male


def test_a_sample_without_one_label_trains_the_other() -> None:
    said = outputs([0.3, -0.7], [1.0, 9.0], [0.1, -0.5])
    age = said.age.requires_grad_()
    logit = said.gender_logit.requires_grad_()
    known = targets([2.0, 0.0], [0.0, 1.0], age_weight=[1.0, 0.0], gender_weight=[0.0, 1.0])
    loss = face_loss(said, known, AGE_LOSS, 1.0)
    alone = gaussian_nll(torch.tensor([1.0]), torch.tensor([0.1]), torch.tensor([2.0]))
    assert loss.age.item() == pytest.approx(alone.item())
    loss.total.backward()
    assert age.grad is not None and logit.grad is not None
    assert (age.grad[0] != 0).all() and (age.grad[1] == 0).all()
    assert logit.grad[0] == 0 and logit.grad[1] != 0


def test_a_batch_without_any_label_of_a_kind_costs_nothing_for_it() -> None:
    known = targets([0.0], [1.0], age_weight=[0.0], gender_weight=[1.0])
    loss = face_loss(outputs([0.0], [4.0], [0.0]), known, AGE_LOSS, 1.0)
    assert loss.age.item() == 0.0
    assert loss.total.item() == pytest.approx(math.log(2))


def test_weights_count_like_repetitions() -> None:
    generator = torch.Generator().manual_seed(2)
    logit, mean, log_variance, log_age = torch.randn(4, 3, generator=generator)
    said, ages = torch.stack([mean, log_variance], dim=1), log_age.exp() - GAMMA
    female = torch.tensor([1.0, 0.0, 1.0])
    times = torch.tensor([1.0, 3.0, 2.0])
    weighted = face_loss(
        FaceOutputs(logit, said), Targets(ages, female, times, times), AGE_LOSS, 2.0
    )
    rows = torch.tensor([0, 1, 1, 1, 2, 2])
    repeated = face_loss(
        FaceOutputs(logit[rows], said[rows]),
        Targets(ages[rows], female[rows], torch.ones(6), torch.ones(6)),
        AGE_LOSS,
        2.0,
    )
    torch.testing.assert_close(weighted.total, repeated.total)


def test_a_weighted_mean_over_no_weight_is_zero() -> None:
    assert weighted_mean(torch.tensor([3.0]), torch.tensor([0.0])).item() == 0.0
