"""Folds that no subject stands in two of, for cross-validation and out-of-fold predictions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from curation.errors import InputError, SettingsError
from training.data import true_ages, true_genders
from training.manifest import Manifest

Rows = NDArray[np.int64]

VALIDATION_SHARE = 0.1
AGE_BAND = 10  # years
UNKNOWN = 99


def subject_folds(
    subjects: Sequence[str], strata: Sequence[int] | Rows, folds: int, seed: int = 0
) -> Rows:
    """Return the fold (0 … folds - 1) of each sample, (N,) int64; a subject is in one fold only.

    Folds are as equal as the subjects allow, in size and in each stratum (`strata`, (N,) whole
    numbers, such as gender and age band together). Subjects go one after the other, the largest
    first and otherwise in an order drawn by `seed`, where they are missed most: into the fold
    that makes the sum of squared counts smallest.

    Raises:
        SettingsError: there are fewer than 2 folds.
        InputError: there are fewer subjects than folds.
    """
    if folds < 2:
        raise SettingsError(f"--folds must be 2 or more, not {folds}: one fold leaves no training")
    names, subject = np.unique(np.asarray(subjects, dtype=str), return_inverse=True)
    if len(names) < folds:
        raise InputError(
            f"there are {len(names)} subjects for {folds} folds, and no subject may stand in two; "
            "take fewer --folds"
        )
    _, stratum = np.unique(np.asarray(strata), return_inverse=True)
    # Each subject's samples per stratum, those of one subject side by side.
    pairs, counts = np.unique(np.stack([subject, stratum]), axis=1, return_counts=True)
    starts = np.searchsorted(pairs[0], np.arange(len(names) + 1))
    sizes = np.bincount(subject)
    order = np.lexsort([np.random.default_rng(seed).random(len(names)), -sizes])
    filled = np.zeros((folds, int(stratum.max()) + 1))
    totals = np.zeros(folds)
    fold_of = np.empty(len(names), dtype=np.int64)
    for name in order:
        here = slice(starts[name], starts[name + 1])
        own, many = pairs[1, here], counts[here]
        # (n + m)² - n² = 2nm + m², and m² is the same for all folds. The total weighs little:
        # it decides between folds that miss the strata equally.
        cost = filled[:, own] @ many + 1e-3 * totals * sizes[name]
        best = int(np.argmin(cost))
        filled[best, own] += many
        totals[best] += sizes[name]
        fold_of[name] = best
    return fold_of[subject]


def manifest_strata(manifest: Manifest) -> Rows:
    """Return a number for gender and age band (ten years) of each row of a manifest, (N,)."""
    ages, female = true_ages(manifest.rows), true_genders(manifest.rows)
    band = np.where(np.isfinite(ages), np.nan_to_num(ages) // AGE_BAND, UNKNOWN)
    gender = np.where(np.isfinite(female), female, 2)
    strata: Rows = (band * 3 + gender).astype(np.int64)
    return strata


def manifest_folds(manifest: Manifest, folds: int, seed: int = 0) -> Rows:
    """Return the fold of each row of a manifest, whatever split it stands in, (N,) int64.

    Raises:
        SettingsError: there are fewer than 2 folds.
        InputError: there are fewer subjects than folds.
    """
    subjects = [str(subject) for subject in manifest.rows["subject"]]
    return subject_folds(subjects, manifest_strata(manifest), folds, seed)


def hold_out(
    manifest: Manifest,
    fold_of: Rows,
    fold: int,
    validation_share: float = VALIDATION_SHARE,
    seed: int = 0,
) -> Manifest:
    """Return the manifest with one fold as `test`, and the others as `train` and `validation`.

    Validation is drawn from the training folds by subject, about `validation_share` of them, so
    that the best epoch is never chosen by people that the network was trained on, nor by those
    that it is tested on.

    Raises:
        SettingsError: `validation_share` is not between 0 and 1.
        InputError: the training folds hold fewer than 2 subjects.
    """
    if not 0 < validation_share < 1:
        raise SettingsError(f"the validation share must be between 0 and 1, not {validation_share}")
    subjects = np.asarray([str(subject) for subject in manifest.rows["subject"]])
    training = fold_of != fold
    split = np.where(training, "train", "test").astype(object)
    parts = max(2, round(1 / validation_share))
    available = len(np.unique(subjects[training]))
    part = subject_folds(
        subjects[training].tolist(),
        manifest_strata(manifest)[training],
        min(parts, max(2, available)),
        seed=seed * 1_000 + fold + 1,
    )
    split[np.flatnonzero(training)[part == 0]] = "validation"
    rows = manifest.rows.assign(split=split.tolist())
    rows.attrs = dict(manifest.rows.attrs)
    return replace(manifest, rows=rows)
