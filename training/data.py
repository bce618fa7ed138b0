"""One split of a manifest as the training loop wants it: crops, targets, batches of rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from curation.errors import InputError
from training.embeddings import EmbeddingReader, Embeddings
from training.loading import Decode
from training.losses import Targets
from training.manifest import Manifest
from training.reader import CropReader
from training.shards import Member, index_crops

if TYPE_CHECKING:
    import pandas as pd

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Split:
    """The samples of one split, in manifest order."""

    name: str
    sample_ids: list[str]
    ages: NDArray[np.float64]  # years, NaN where unknown
    female: NDArray[np.float64]  # 1 female, 0 male, NaN where unknown
    weights: NDArray[np.float64]  # of the samples, from 0
    targets: Targets
    crops: CropReader | EmbeddingReader

    def __len__(self) -> int:
        return len(self.sample_ids)


def load_split(
    manifest: Manifest,
    name: str,
    crop_size: int,
    workers: int | None = None,
    how: Decode = Decode.exact,
    drawn_by_weight: bool = False,
    embeddings: Embeddings | None = None,
) -> Split:
    """Return one split with its crops reduced to `crop_size` pixels, or with its `embeddings`.

    `drawn_by_weight` says that samples are shown in proportion to their weights: in the loss each
    then counts as one, or its weight would act twice.

    Raises:
        InputError: the split has no sample with a label, or its shards cannot be used.
    """
    rows = manifest.split(name)
    ages, female = true_ages(rows), true_genders(rows)
    if not (np.isfinite(ages) | np.isfinite(female)).any():
        raise InputError(
            f"{manifest.path} has no labelled sample in its {name} split "
            f"({len(rows)} of {len(manifest.rows)} samples); build a dataset with one"
        )
    sample_ids = [str(sample_id) for sample_id in rows["sample_id"]]
    crops: CropReader | EmbeddingReader
    if embeddings is not None:
        crops = embeddings.reader(sample_ids)
    else:
        crops = CropReader(find_crops(manifest, rows), crop_size, workers, keep=True, how=how)
    return Split(
        name=name,
        sample_ids=sample_ids,
        ages=ages,
        female=female,
        weights=sample_weights(rows),
        targets=make_targets(rows.assign(weight=1.0) if drawn_by_weight else rows),
        crops=crops,
    )


def find_crops(manifest: Manifest, rows: pd.DataFrame) -> list[Member]:
    """Return where the crop of each of these rows of `manifest` lies.

    Raises:
        InputError: a shard or a picture is gone, a shard ends early, or it lacks a sample.
    """
    if not manifest.loose:
        return index_crops(manifest.folder, list(rows["sample_id"]), list(rows["shard"]))
    return [Member(manifest.folder / str(path), 0, 0, aligned=False) for path in rows["shard"]]


def true_ages(rows: pd.DataFrame) -> NDArray[np.float64]:
    """Return the ages in years (N,) float64, NaN where unknown."""
    return _numbers(rows, "age")


def true_genders(rows: pd.DataFrame) -> NDArray[np.float64]:
    """Return 1 for female, 0 for male, NaN where unknown, (N,) float64."""
    female = (rows["gender"] == "female").to_numpy(dtype=np.float64, na_value=0.0)
    known = rows["gender"].notna().to_numpy(dtype=bool)
    return np.where(known, female, np.nan)


def sample_weights(rows: pd.DataFrame) -> NDArray[np.float64]:
    """Return how much each sample counts (N,) float64."""
    return np.nan_to_num(_numbers(rows, "weight"), nan=1.0)


def make_targets(rows: pd.DataFrame) -> Targets:
    """Return the targets of manifest rows.

    A label weighs the sample's weight times the label's probability; null counts as 1.
    """
    ages, female = true_ages(rows), true_genders(rows)
    weight = sample_weights(rows)
    age_weight = weight * np.nan_to_num(_numbers(rows, "age_probability"), nan=1.0)
    gender_weight = weight * np.nan_to_num(_numbers(rows, "gender_probability"), nan=1.0)

    def tensor(values: NDArray[np.floating]) -> torch.Tensor:
        return torch.from_numpy(np.nan_to_num(values).astype(np.float32))

    return Targets(
        age=tensor(ages),
        female=tensor(female),
        age_weight=tensor(np.where(np.isfinite(ages), age_weight, 0.0)),
        gender_weight=tensor(np.where(np.isfinite(female), gender_weight, 0.0)),
    )


def row_batches(
    count: int, batch_size: int, generator: torch.Generator | None = None
) -> list[Rows]:
    """Return the rows 0 … count - 1 in batches of at most `batch_size`, shuffled by `generator`.

    Batches differ in size by at most one: a last batch of one or two pictures would spoil the
    batch statistics, and dropping it would waste a small dataset.
    """
    if generator is None:
        order = np.arange(count)
    else:
        order = torch.randperm(count, generator=generator).numpy()
    return np.array_split(order, max(1, -(-count // batch_size)))


def _numbers(rows: pd.DataFrame, column: str) -> NDArray[np.float64]:
    return rows[column].to_numpy(dtype=np.float64, na_value=np.nan)
