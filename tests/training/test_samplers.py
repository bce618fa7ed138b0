"""Samplers: how often an epoch shows each sample, and that it follows from seed and epoch."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.errors import InputError, SettingsError
from training.samplers import Sampling, age_times, batch_generator, make_sampler

AGES = np.concatenate([np.full(600, 30.0), np.full(300, 31.5), np.full(60, 60.2), np.full(5, 90.0)])


def test_as_is_shows_each_sample_once_in_another_order_each_epoch() -> None:
    sampler = make_sampler(Sampling.as_is, 3, AGES)
    first, second = sampler.rows(0), sampler.rows(1)
    assert sorted(first) == sorted(second) == list(range(len(AGES)))
    assert (first != second).any()


def test_weights_show_samples_in_proportion_and_never_those_of_weight_0() -> None:
    weights = np.tile([0.0, 1.0, 3.0], 100)
    sampler = make_sampler(Sampling.weights, 0, np.zeros(300), weights)
    drawn = sum(np.bincount(sampler.rows(epoch), minlength=300) for epoch in range(40))
    assert (drawn[0::3] == 0).all()
    assert drawn[2::3].sum() == pytest.approx(3 * drawn[1::3].sum(), rel=0.02)
    # 300 pictures, weights that add up to 400: 0.75 and 2.25 times per epoch.
    one = np.bincount(sampler.rows(0), minlength=300)
    assert set(one[1::3]) <= {0, 1}
    assert set(one[2::3]) <= {2, 3}


def test_uniform_over_age_levels_the_peak_and_repeats_the_rare_to_a_limit() -> None:
    """Worked by hand: 965 samples of 4 years, at most 4 times each.

    The 5 of 90 years are repeated 4 times: 20. The 60 of 60 years to 240 at most. The level of
    the other two then is L with 2 L + 240 + 20 = 965, so 352.5; of 600 that is 0.5875 each.
    """
    times = age_times(AGES.astype(np.int64), max_repeats=4)
    assert times[[0, 600, 900, 960]] == pytest.approx([352.5 / 600, 352.5 / 300, 4.0, 4.0])
    rows = make_sampler(Sampling.uniform_age, 1, AGES).rows(7)
    assert len(rows) == len(AGES)
    counts = Counter(AGES[rows].tolist())
    assert (counts[60.2], counts[90.0]) == (240, 20)
    assert {counts[30.0], counts[31.5]} == {352, 353}
    assert np.bincount(rows).max() == 4


def test_over_the_epochs_every_sample_of_the_peak_is_shown() -> None:
    sampler = make_sampler(Sampling.uniform_age, 1, AGES)
    seen = set()
    for epoch in range(20):
        seen |= set(sampler.rows(epoch))
    assert seen == set(range(len(AGES)))


def test_samples_without_an_age_keep_their_share() -> None:
    ages = np.concatenate([AGES, np.full(50, np.nan)])
    rows = make_sampler(Sampling.uniform_age, 1, ages).rows(0)
    assert np.isnan(ages[rows]).sum() == 50


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-1, 9), min_size=1, max_size=80), st.floats(1.0, 8.0))
def test_an_epoch_keeps_its_length_whatever_the_ages(years: list[int], limit: float) -> None:
    times = age_times(np.array(years), limit)
    assert times.sum() == pytest.approx(len(years))
    assert times.max() <= limit + 1e-9


def test_a_run_resumes_from_seed_epoch_and_position() -> None:
    undisturbed = make_sampler(Sampling.uniform_age, 5, AGES).batches(3, 64)
    resumed = make_sampler(Sampling.uniform_age, 5, AGES).batches(3, 64)[9:]
    for one, other in zip(undisturbed[9:], resumed, strict=True):
        np.testing.assert_array_equal(one, other)
    sizes = {len(batch) for batch in undisturbed}
    assert max(sizes) <= 64
    assert max(sizes) - min(sizes) <= 1
    draws = [torch.rand(3, generator=batch_generator(5, *at)) for at in ((3, 9), (3, 9), (9, 3))]
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])


def test_what_cannot_decide_is_refused() -> None:
    with pytest.raises(InputError, match="no training sample has a weight above 0"):
        make_sampler(Sampling.weights, 0, AGES, np.zeros(len(AGES)))
    with pytest.raises(InputError, match="no training sample has an age"):
        make_sampler(Sampling.uniform_age, 0, np.full(9, np.nan))
    with pytest.raises(SettingsError, match="--max-repeats must be 1 or more"):
        make_sampler(Sampling.uniform_age, 0, AGES, max_repeats=0.5)
