"""Protocol `manifest`: one split of a dataset version of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from curation.errors import InputError
from training.bench.protocols import BenchSample
from training.checkpoint import Baseline
from training.data import row_batches, true_ages, true_genders
from training.manifest import open_manifest
from training.shards import CropReader, index_crops

BATCH = 64


class ManifestProtocol:
    """The samples of `split` in the manifest at `path`; its train split gives the baseline."""

    name = "manifest"

    def __init__(self, path: Path, split: str = "test", workers: int | None = None) -> None:
        """Open the manifest and find every crop.

        Raises:
            InputError: the manifest or a shard cannot be used, or the split is empty.
        """
        self.manifest = open_manifest(path)
        self.split = split
        self.rows = self.manifest.split(split)
        if self.rows.empty:
            counts = self.manifest.rows["split"].value_counts()
            present = ", ".join(f"{name} ({count})" for name, count in counts.items()) or "none"
            raise InputError(f"{path} has no sample in its {split} split; there are: {present}")
        members = index_crops(
            self.manifest.folder, list(self.rows["sample_id"]), list(self.rows["shard"])
        )
        self.crops = CropReader(members, workers=workers)

    def __len__(self) -> int:
        return len(self.rows)

    def samples(self) -> Iterator[BenchSample]:
        """Yield the samples in manifest order."""
        batches = row_batches(len(self.rows), BATCH)
        for rows, crops in zip(batches, self.crops.stream(batches), strict=True):
            for row, crop in zip(rows, crops, strict=True):
                values = self.rows.iloc[int(row)]
                yield BenchSample(
                    sample_id=str(values["sample_id"]),
                    image=crop,
                    age=None if pd.isna(values["age"]) else float(values["age"]),
                    gender=_text(values["gender"]),
                    race=_text(values["race"]),
                    country=_text(values["country"]),
                    subject=_text(values["subject"]),
                )

    def baseline(self) -> Baseline | None:
        """Return the median age and the majority gender of the train split, if it has samples."""
        train = self.manifest.split("train")
        return None if train.empty else Baseline.of(true_ages(train), true_genders(train))

    def describe(self) -> dict[str, str]:
        """Return name, version, hash and split."""
        version = self.manifest.version
        return {
            "dataset": version.name,
            "version": version.version,
            "manifest_sha256": version.sha256,
            "split": self.split,
        }


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
