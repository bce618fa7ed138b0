"""Splits by subject: no person stands in two of them, and nobody moves when the dataset grows.

Whoever was in a split of a released version stays in it. When two subjects of different splits turn
out to be one, somebody has to move: a released test wins, then a released validation. New subjects
are shared out within each stratum (one gender, age bin and country), in the order of a keyed hash,
so that every split has its share of every kind of people as far as whole subjects allow.
"""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from curation.dataset.manifest import SPLITS
from curation.errors import SettingsError

TRAIN, VALIDATION, TEST = (SPLITS.index(name) for name in ("train", "validation", "test"))
NEW = -1  # in no released version


def chances(subjects: pa.StringArray, seed: int) -> NDArray[np.uint64]:
    """Return the place of each subject in the order of this seed: a uniform 64-bit number."""
    key = f"split:{seed}".encode()
    digests = b"".join(
        hashlib.blake2b(name.as_py().encode(), digest_size=8, key=key).digest() for name in subjects
    )
    return np.frombuffer(digests, ">u8").astype(np.uint64)


def split_subjects(
    chance: NDArray[np.uint64],
    strata: NDArray[np.int64],
    released: NDArray[np.int8],
    validation: float,
    test: float,
) -> NDArray[np.int8]:
    """Give each subject a split: the place of its name in `SPLITS`, (N,) int8.

    Of each stratum, test gets as many new subjects as it lacks of its share, validation likewise,
    those with the smallest chance first; what rounding leaves over goes on to the next stratum,
    so that neighbours (the ages of one gender in one country) make up for each other. The shares
    are of subjects. The order in which the subjects are given plays no part.

    Args:
        chance: a uniform number for each subject, as `chances` gives it.
        strata: the stratum of each subject; nearby numbers are of similar people.
        released: the split that each subject has in released versions, `NEW` for none.
        validation: the share of the validation split.
        test: the share of the test split.

    Raises:
        SettingsError: nothing would be left for training.
    """
    if validation + test >= 1:
        raise SettingsError(
            f"dataset.validation {validation} and dataset.test {test} leave nothing for training"
        )
    split = np.where(released == NEW, TRAIN, released).astype(np.int8)
    if not len(split):
        return split
    order = np.lexsort((chance, strata))
    starts = np.flatnonzero(np.diff(strata[order], prepend=strata[order[0]] - 1))
    carried = {TEST: 0.0, VALIDATION: 0.0}
    for members in np.split(order, starts[1:]):
        free = members[released[members] == NEW]
        for which, share in ((TEST, test), (VALIDATION, validation)):
            lacking = share * len(members) - np.count_nonzero(released[members] == which)
            wanted = max(0.0, lacking) + carried[which]
            taken = min(len(free), max(0, int(np.floor(wanted + 0.5))))
            # What found nobody is not asked of the next: they are other people.
            carried[which] = float(np.clip(wanted - taken, -0.5, 0.5))
            split[free[:taken]] = which
            free = free[taken:]
    return split


def first_of_each(subject: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    """Return the first row of each of `count` subjects, -1 for one that no row shows."""
    first = np.full(count, -1, np.int64)
    first[subject[::-1]] = np.arange(len(subject))[::-1]
    return first
