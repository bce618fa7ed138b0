"""Protocol `appa-real`: pictures with the real age and about 38 guesses of the apparent one.

E. Agustsson et al., "Apparent and real age estimation in still images with deep residual
regressors on APPA-REAL database", FG 2017. The published test split (1,978 pictures) is the
default. The preset says which age counts: the real one, or the mean of the guesses.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

from curation.errors import InputError
from training.baseline import Baseline
from training.bench.bins import ADIENCE_BINS
from training.bench.protocols import Finding, ProtocolOptions
from training.bench.protocols.checks import check_samples
from training.bench.protocols.labelled import LabelledProtocol
from training.bench.protocols.reading import root_of, rows_of
from training.bench.sample import Picture, Sample

TABLES = {"test": "gt_avg_test.csv", "validation": "gt_avg_valid.csv", "train": "gt_avg_train.csv"}
FOLDERS = {"test": "test", "validation": "valid", "train": "train"}
AGES = {"real": "real_age", "apparent": "apparent_age_avg"}  # preset -> column
PUBLISHED = {"test": 1978, "validation": 1500, "train": 4113}


class AppaRealProtocol(LabelledProtocol):
    """The rows of one split's table in `root`."""

    name = "appa-real"
    bins = ADIENCE_BINS

    def __init__(self, root: Path, split: str = "test", preset: str = "real") -> None:
        """Read the table.

        Raises:
            InputError: it is missing, or holds an age that is none.
        """
        super().__init__()
        self.root = root_of(self.name, root, TABLES[split])
        self.split = split
        self.variant = f"{split}, {preset} age"
        column = AGES[preset]
        for line, row in rows_of(root / TABLES[split], ("file_name", column)):
            try:
                age = float(row[column])
            except ValueError:
                age = math.nan
            if not 0 <= age <= 120:
                raise InputError(
                    f"{TABLES[split]}, line {line}: {column} is {row[column]!r}, which is no age"
                )
            path = root / FOLDERS[split] / row["file_name"]
            self._samples.append(Sample(sample_id=row["file_name"], picture=Picture(path), age=age))

    @classmethod
    def open(cls, options: ProtocolOptions) -> AppaRealProtocol:
        """Open the folder that the options name.

        Raises:
            InputError: as the constructor.
        """
        assert options.root is not None
        return cls(options.root, options.split or "test", options.preset or "real")

    def baseline(self) -> Baseline | None:
        """Return the median age of the training table, where it is at hand."""
        if self.split == "train" or not (self.root / TABLES["train"]).is_file():
            return None
        preset = self.variant.split(", ")[1].split()[0]
        train = AppaRealProtocol(self.root, "train", preset).samples()
        ages = sorted(sample.age for sample in train if sample.age is not None)
        return Baseline(majority_gender=None, median_age=ages[len(ages) // 2]) if ages else None

    def describe(self) -> dict[str, str]:
        """Return the split, which age counts, and how many rows there are."""
        return {
            "split": self.split,
            "age": self.variant.split(", ")[1],
            "rows": f"{len(self._samples):,} of {PUBLISHED[self.split]:,} published",
        }

    def check(self) -> Iterable[Finding]:
        """Look for rows that are missing, and for missing and identical pictures."""
        if len(self._samples) != PUBLISHED[self.split]:
            yield Finding(
                kind="not all rows",
                count=abs(PUBLISHED[self.split] - len(self._samples)),
                detail=f"{len(self._samples):,} rows are here, {PUBLISHED[self.split]:,} were "
                "published",
            )
        yield from check_samples(self._samples)
