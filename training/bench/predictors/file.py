"""Predictor `file`: the predictions of any system, from a CSV or Parquet file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.baseline import Baseline
from training.bench.predictions import NUMBER_COLUMNS, Answers, female_numbers
from training.bench.predictions_check import quantile_percentages
from training.bench.predictions_file import for_samples, read_predictions
from training.bench.predictors import PredictorOptions, TrainedOn, Wants
from training.bench.sample import Sample
from training.manifest import file_sha256


class FilePredictor:
    """Whoever made a predictions file; it is named by the file, or as `bench run` wrote it."""

    wants = Wants.nothing
    batch_size = 1_000_000
    age_rule = "as stated; else the median of the distribution; else the middle of the range"
    trained_on: tuple[TrainedOn, ...] = ()
    device = ""

    def __init__(self, path: Path) -> None:
        """Read the file.

        Raises:
            InputError: it is missing, or has a value that cannot be.
        """
        self.path = path
        self.predictions = read_predictions(path)
        self.name = str(self.predictions.attrs["about"].get("evenface.predictor", path.stem))
        self._others = 0

    @classmethod
    def open(cls, options: PredictorOptions, folds: Sequence[str]) -> FilePredictor:
        """Read the file that the options name.

        Raises:
            InputError: as the constructor.
        """
        assert options.predictions is not None
        return cls(options.predictions)

    def start(self, protocol: str, samples: Sequence[Sample]) -> None:
        """Find the rows of the samples.

        Raises:
            InputError: the file is of another protocol, or lacks samples.
        """
        ids = [sample.sample_id for sample in samples]
        chosen = for_samples(self.predictions, ids, protocol, str(self.path))
        self._others = int(chosen.attrs["others"])
        self._chosen = chosen.set_index("sample_id")

    def predict(self, samples: Sequence[Sample], images: Sequence[NDArray[np.uint8]]) -> Answers:
        """Return what the file says about the samples."""
        rows = self._chosen.loc[[sample.sample_id for sample in samples]]
        return Answers(
            count=len(rows),
            female=female_numbers(rows["gender"]),
            quantiles={
                share: rows[f"age_q{share:g}"].to_numpy() for share in quantile_percentages(rows)
            },
            reason=list(rows["reason"]),
            fold=samples[0].fold,
            **{name: rows[name].to_numpy(dtype=np.float64) for name in NUMBER_COLUMNS},
        )

    def baseline(self) -> Baseline | None:
        """Return None: a file does not say what it was learnt from."""
        return None

    def describe(self) -> dict[str, Any]:
        """Return the file, its hash, and what of it was not used."""
        return {
            "file": str(self.path),
            "sha256": file_sha256(self.path),
            "predictions_of_other_samples": self._others,
            "ignored_columns": list(self.predictions.attrs["ignored"]),
        }
