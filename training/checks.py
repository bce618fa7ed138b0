"""The two splits that a run needs, and what they must have for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from curation.errors import InputError
from curation.faces.align import CROP_SIZE
from training.augment import stored_size
from training.choices import Sampling
from training.data import Split, load_split
from training.embeddings import open_embeddings
from training.manifest import Manifest
from training.settings import FitSettings


def load_splits(manifest: Manifest, settings: FitSettings) -> tuple[Split, Split]:
    """Return the train and the validation split.

    Raises:
        InputError: a split is empty or too small, one of them lacks the labels of a task that the
            other has, or knows only one gender.
    """
    size = stored_size(settings.image_size, CROP_SIZE, settings.view)
    by_weight = settings.sampler is Sampling.weights
    how = settings.decode
    file = settings.embeddings
    embeddings = None if file is None else open_embeddings(Path(file))
    train = load_split(manifest, "train", size, settings.workers, how, by_weight, embeddings)
    if len(train) < 2:
        raise InputError(f"{manifest.path} has one train sample; batch statistics need two or more")
    validation = load_split(
        manifest, "validation", size, settings.workers, how, embeddings=embeddings
    )
    check_tasks(manifest, train, validation, settings.gender_weight)
    return train, validation


def check_tasks(manifest: Manifest, train: Split, validation: Split, gender_weight: float) -> None:
    """Refuse splits that cannot teach, or cannot judge, what the other one has labels for.

    A label that neither split has is simply not learnt. Genders are not asked for when k is 0.
    """
    tasks = [("age", train.ages, validation.ages)]
    if gender_weight > 0:
        tasks.append(("gender", train.female, validation.female))
    for task, learnt, judged in tasks:
        for name, labels, others in (("train", learnt, judged), ("validation", judged, learnt)):
            if np.isfinite(others).any() and not np.isfinite(labels).any():
                aside = " (--gender-weight 0 trains without)" if task == "gender" else ""
                raise InputError(
                    f"{manifest.path} has no {task} in its {name} split, but in the other; "
                    f"label some of its {len(labels):,} samples, or leave {task} out{aside}"
                )
    if gender_weight > 0:
        for split in (train, validation):
            known = split.female[np.isfinite(split.female)]
            if len(known) and known.min() == known.max():
                absent = "male" if known[0] == 1 else "female"
                raise InputError(
                    f"{manifest.path} has no sample of gender {absent!r} in its {split.name} split "
                    f"({len(known):,} with a gender); add some, or say --gender-weight 0 to train "
                    "ages only"
                )
