"""The moving average of weights, and the optimizers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from training.ema import WeightAverage
from training.optimizer import build_optimizer, set_rates
from training.schedule import Rates
from training.settings import OptimizerName


def test_the_average_follows_its_closed_form_batch_statistics_included() -> None:
    network = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    average = WeightAverage(network, decay=0.9)
    torch.manual_seed(0)
    values, means = [], []
    for _ in range(100):
        with torch.no_grad():
            network[0].weight.normal_()
        network(torch.randn(4, 2))
        values.append(network[0].weight.detach().clone().numpy())
        means.append(network[1].running_mean.clone().numpy())
        average.update(network)
    # d of step n is min(0.9, (1 + n) / (10 + n)): a value is weighed by (1 - d) and then by the
    # d of every later step.
    decays = np.array([min(0.9, (1 + n) / (10 + n)) for n in range(1, 101)])
    later = np.append(np.cumprod(decays[:0:-1])[::-1], 1.0)
    weights = (1 - decays) * later
    expected = np.tensordot(weights, np.array(values), axes=1)
    begin = np.prod(decays)  # what is left of the first weights
    assert begin < 1e-4
    assert average.network[0].weight.numpy() == pytest.approx(expected, abs=1e-3)
    assert average.network[1].running_mean.numpy() == pytest.approx(
        np.tensordot(weights, np.array(means), axes=1), abs=1e-4
    )
    assert int(average.network[1].num_batches_tracked) == 100
    assert not any(p.requires_grad for p in average.network.parameters())


def test_an_average_that_goes_on_is_the_one_that_was_never_stopped() -> None:
    network = nn.Linear(3, 1)
    whole, first = WeightAverage(network, 0.99), WeightAverage(network, 0.99)
    for step in range(8):
        with torch.no_grad():
            network.weight.fill_(step)
        whole.update(network)
        if step == 4:
            second = WeightAverage(nn.Linear(3, 1), 0.99)
            second.load_state_dict(first.state_dict())
            first = second
        first.update(network)
    assert torch.equal(first.network.weight, whole.network.weight)


def test_only_weights_decay_and_momentum_follows_the_schedule() -> None:
    network = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    for name in OptimizerName:
        optimizer = build_optimizer(name, network, weight_decay=0.1, momentum=0.9)
        decays = {
            id(parameter): group["weight_decay"]
            for group in optimizer.param_groups
            for parameter in group["params"]
        }
        assert decays.pop(id(network[0].weight)) == 0.1
        assert set(decays.values()) == {0.0}
        set_rates(optimizer, Rates(0.3))
        set_rates(optimizer, Rates(0.2, momentum=0.87))
        for group in optimizer.param_groups:
            assert group["lr"] == 0.2
            assert group.get("momentum", group.get("betas", (0,))[0]) == 0.87


def test_sgd_is_nesterovs_method_by_hand() -> None:
    weight = nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        weight.weight.fill_(1.0)
    optimizer = build_optimizer(OptimizerName.sgd, weight, weight_decay=0.0, momentum=0.5)
    set_rates(optimizer, Rates(0.1))
    for _ in range(2):
        optimizer.zero_grad()
        (weight(torch.ones(1, 1)) ** 2 / 2).sum().backward()
        optimizer.step()
    # v₁ = 1, w₁ = 1 - 0.1·(1 + 0.5·1) = 0.85; v₂ = 0.5 + 0.85 = 1.35,
    # w₂ = 0.85 - 0.1·(0.85 + 0.5·1.35) = 0.6975
    assert weight.weight.item() == pytest.approx(0.6975)
