"""Splits by subject: no person stands in two of them, and nobody moves when the dataset grows.

When two subjects turn out to be one, one of them has to move, unless both were in the same split.
A released test wins: whoever was in the test split of an earlier version of a dataset stays there,
and draws the rest of the person's photographs along.
"""

from __future__ import annotations

import hashlib

from sqlalchemy import select
from sqlalchemy.orm import Session

from curation.database.models import DatasetVersion, Sample
from curation.errors import SettingsError


def released_tests(session: Session, name: str) -> set[str]:
    """Return the faces that were in the test split of an earlier version of dataset `name`."""
    statement = (
        select(Sample.face_id)
        .join(DatasetVersion, DatasetVersion.id == Sample.dataset_id)
        .where(DatasetVersion.name == name, Sample.split == "test")
    )
    return set(session.scalars(statement))


def split_of(subject: str, seed: int, validation: float, test: float) -> str:
    """Return "train", "validation" or "test" for a subject.

    A hash of seed and subject gives a number from 0 to 1; below `test` is the test split, the
    next `validation` of the range the validation split. The shares are of subjects and hold on
    average.

    Raises:
        SettingsError: nothing would be left for training.
    """
    if validation + test >= 1:
        raise SettingsError(
            f"dataset.validation {validation} and dataset.test {test} leave nothing for training"
        )
    digest = hashlib.blake2b(subject.encode(), digest_size=8, key=f"split:{seed}".encode())
    place = int.from_bytes(digest.digest(), "big") / 2**64
    if place < test:
        return "test"
    return "validation" if place < test + validation else "train"
