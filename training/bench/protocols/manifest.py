"""Protocol `manifest`: one split of a dataset version of one's own."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from curation.errors import InputError
from training.baseline import Baseline
from training.bench.bins import ADIENCE_BINS
from training.bench.protocols import Finding, ProtocolOptions
from training.bench.sample import Alignment, Picture, Sample
from training.data import true_ages, true_genders
from training.manifest import open_manifest
from training.shards import index_crops


class ManifestProtocol:
    """The samples of `split` in the manifest at `path`; its train split gives the baseline."""

    name = "manifest"
    variant = ""  # nothing published was measured on one's own data
    bins = ADIENCE_BINS

    def __init__(self, path: Path, split: str = "test") -> None:
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
        self._samples = [
            Sample(
                sample_id=row["sample_id"],
                picture=Picture(member, Alignment.ready),
                age=None if pd.isna(row["age"]) else float(row["age"]),
                gender=_text(row["gender"]),
                race=_text(row["race"]),
                country=_text(row["country"]),
                subject=_text(row["subject"]),
            )
            for row, member in zip(self.rows.to_dict("records"), members, strict=True)
        ]

    @classmethod
    def open(cls, options: ProtocolOptions) -> ManifestProtocol:
        """Open the manifest that the options name.

        Raises:
            InputError: as the constructor.
        """
        assert options.manifest is not None
        return cls(options.manifest, options.split or "test")

    def samples(self) -> list[Sample]:
        """Return the samples in manifest order."""
        return self._samples

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

    def check(self) -> Iterable[Finding]:
        """Look for subjects of this split in other splits."""
        others = self.manifest.rows[self.manifest.rows["split"] != self.split]
        shared = sorted(set(self.rows["subject"]) & set(others["subject"]))
        if shared:
            yield Finding(
                kind="subject in two splits",
                count=len(shared),
                detail=f"subjects of the {self.split} split stand in another split too",
                examples=tuple(shared[:5]),
            )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
