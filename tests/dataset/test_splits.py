"""Splits: by subject, stratified, the same whatever the order, and never changed once released."""

from __future__ import annotations

from random import Random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from curation.dataset.manifest import SPLITS
from curation.dataset.splits import NEW, TEST, VALIDATION, chances, split_subjects
from curation.errors import SettingsError

SUBJECTS = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from([NEW, NEW, NEW, 0, VALIDATION, TEST])),
    max_size=120,
)
SHARES = st.tuples(st.floats(0, 0.4), st.floats(0, 0.4))


def places(count: int, seed: int = 1) -> NDArray[np.uint64]:
    return chances(pa.array([f"subject {number}" for number in range(count)]), seed)


def columns(subjects: list[tuple[int, int]]) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
    strata = np.array([stratum for stratum, _ in subjects], np.int64)
    return strata, np.array([split for _, split in subjects], np.int8)


@settings(deadline=None)
@given(SUBJECTS, SHARES, st.randoms(use_true_random=False))
def test_the_order_of_subjects_changes_nothing(
    subjects: list[tuple[int, int]], shares: tuple[float, float], random: Random
) -> None:
    strata, released = columns(subjects)
    chance = places(len(subjects))
    order = list(range(len(subjects)))
    random.shuffle(order)
    straight = split_subjects(chance, strata, released, *shares)
    shuffled = split_subjects(chance[order], strata[order], released[order], *shares)
    assert (straight[order] == shuffled).all()


@settings(deadline=None)
@given(SUBJECTS, SHARES)
def test_whoever_was_released_stays_and_each_stratum_gets_its_share_within_one(
    subjects: list[tuple[int, int]], shares: tuple[float, float]
) -> None:
    strata, released = columns(subjects)
    validation, test = shares
    split = split_subjects(places(len(subjects)), strata, released, validation, test)
    assert (split[released != NEW] == released[released != NEW]).all()
    for stratum in np.unique(strata):
        here = strata == stratum
        free = int((here & (released == NEW)).sum())
        kept = int((here & (released == TEST)).sum())
        lacking = max(0.0, test * here.sum() - kept)
        new = int((here & (released == NEW) & (split == TEST)).sum())
        assert abs(new - min(lacking, free)) <= 1


@settings(deadline=None)
@given(SUBJECTS, SUBJECTS, SHARES)
def test_a_growing_dataset_keeps_every_split(
    first: list[tuple[int, int]], more: list[tuple[int, int]], shares: tuple[float, float]
) -> None:
    both = first + more
    strata, _ = columns(both)
    chance = places(len(both))
    released = np.full(len(both), NEW, np.int8)
    count = len(first)
    before = split_subjects(chance[:count], strata[:count], released[:count], *shares)
    released[:count] = before
    after = split_subjects(chance, strata, released, *shares)
    assert (after[:count] == before).all()


def test_many_subjects_are_shared_out_as_asked_in_every_stratum() -> None:
    rng = np.random.default_rng(1)
    strata = np.sort(rng.integers(0, 40, 20_000))
    new = np.full(len(strata), NEW, np.int8)
    split = split_subjects(places(len(strata)), strata, new, 0.1, 0.2)
    counts = np.bincount(split, minlength=len(SPLITS))
    np.testing.assert_allclose(counts / len(split), [0.7, 0.1, 0.2], atol=1e-3)
    per_stratum = np.bincount(strata[split == TEST], minlength=40)
    np.testing.assert_allclose(per_stratum, 0.2 * np.bincount(strata), atol=1)
    other = split_subjects(places(len(strata), seed=2), strata, new, 0.1, 0.2)
    assert np.count_nonzero(other != split) > 5_000


def test_people_of_rare_strata_are_not_all_left_to_training() -> None:
    """A hundred strata of one subject each: rounding each alone would leave test empty."""
    strata = np.arange(100)
    split = split_subjects(places(100), strata, np.full(100, NEW, np.int8), 0.1, 0.2)
    assert np.bincount(split, minlength=3).tolist() == [70, 10, 20]


def test_shares_that_leave_nothing_for_training_are_refused() -> None:
    with pytest.raises(SettingsError, match="leave nothing for training"):
        split_subjects(places(1), np.zeros(1, np.int64), np.full(1, NEW, np.int8), 0.5, 0.5)
