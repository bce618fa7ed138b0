"""A run read back from its folder: what `bench compare` works on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from curation.errors import InputError
from training.bench.bins import AgeBins
from training.bench.predictions_file import read_predictions
from training.bench.report.folder import FIGURES, PREDICTIONS, TRUTH
from training.bench.report.plain import FORMAT
from training.bench.truth import read_truth

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class SavedRun:
    """Truth and predictions of a run; `name` is its predictor, `path` its folder."""

    path: Path
    name: str
    protocol: str
    bins: AgeBins
    truth: pd.DataFrame
    predictions: pd.DataFrame


def read_run(path: Path) -> SavedRun:
    """Read the folder that `bench run --out FOLDER` wrote.

    Raises:
        InputError: it is no such folder, or a file in it is damaged.
    """
    file = path / FIGURES
    if not file.is_file():
        raise InputError(
            f"{path} is no run: it has no {FIGURES}; `bench run --out FOLDER` writes it"
        )
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{file} is damaged ({error}); run the benchmark again") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise InputError(f"{file} is of another version; run the benchmark again")
    test_set = content["test_set"]
    bins = test_set["age_bins"]
    return SavedRun(
        path=path,
        name=content["predictor"]["name"],
        protocol=test_set["protocol"],
        bins=AgeBins(bins["name"], tuple((low, high) for low, high in bins["limits"])),
        truth=read_truth(path / TRUTH),
        predictions=read_predictions(path / PREDICTIONS),
    )
