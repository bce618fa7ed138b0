"""Folds: no subject stands in two, and they are as equal as the subjects allow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from discs import Row
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.errors import InputError, SettingsError
from training.folds import hold_out, manifest_folds, subject_folds
from training.manifest import open_manifest


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 3)), min_size=1, max_size=200),
    st.integers(2, 6),
    st.integers(0, 5),
)
def test_no_subject_stands_in_two_folds_and_every_sample_in_one(
    samples: list[tuple[int, int]], folds: int, seed: int
) -> None:
    subjects = [f"s{subject}" for subject, _ in samples]
    if len(set(subjects)) < folds:
        with pytest.raises(InputError, match="take fewer --folds"):
            subject_folds(subjects, [stratum for _, stratum in samples], folds, seed)
        return
    fold_of = subject_folds(subjects, [stratum for _, stratum in samples], folds, seed)
    assert set(fold_of) == set(range(folds))
    assert len(set(zip(subjects, fold_of, strict=True))) == len(set(subjects))


def test_folds_are_equal_in_size_and_in_every_stratum() -> None:
    random = np.random.default_rng(0)
    subjects = [f"s{i}" for i in range(600) for _ in range(int(random.integers(1, 4)))]
    strata = random.choice(5, size=len(subjects), p=[0.5, 0.3, 0.15, 0.04, 0.01])
    fold_of = subject_folds(subjects, strata, 5)
    for stratum in range(5):
        counts = np.bincount(fold_of[strata == stratum], minlength=5)
        assert counts.max() - counts.min() <= 6, counts
    sizes = np.bincount(fold_of)
    assert sizes.max() - sizes.min() <= 12


def test_the_seed_decides_the_folds_and_one_fold_is_refused() -> None:
    subjects = [f"s{i}" for i in range(100)]
    first, again, other = (subject_folds(subjects, [0] * 100, 5, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    with pytest.raises(SettingsError, match="--folds must be 2 or more, not 1"):
        subject_folds(subjects, [0] * 100, 1)


def test_validation_is_drawn_from_the_training_folds_by_subject(
    make_dataset: Callable[..., Path],
) -> None:
    def pair(rows: list[Row]) -> None:
        for place in range(0, len(rows), 2):
            rows[place + 1]["subject"] = rows[place]["subject"]

    manifest = open_manifest(make_dataset({"train": 60, "validation": 20, "test": 20}, pair))
    fold_of = manifest_folds(manifest, 5)
    rows = hold_out(manifest, fold_of, 2, validation_share=0.2).rows
    assert list(rows["split"] == "test") == list(fold_of == 2)
    of = {name: set(part["subject"]) for name, part in rows.groupby("split")}
    assert not of["train"] & of["validation"]
    assert not (of["train"] | of["validation"]) & of["test"]
    assert 12 <= (rows["split"] == "validation").sum() <= 20
    assert (manifest.rows["split"] == "train").sum() == 60  # what was given stays as it was
