"""What networks say of samples that they were not trained on: k networks, each sample by one.

Folds are disjoint by subject. Each fold's predictions are written when they are there, so the same
command goes on where it stopped.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from curation.dataset.manifest import write_manifest
from curation.errors import TrainingError
from training.data import find_crops
from training.files import write_atomically
from training.fit import fit
from training.folds import hold_out, manifest_folds
from training.inference.predictor import Predictor
from training.manifest import Manifest
from training.reader import CropReader
from training.settings import FitSettings

if TYPE_CHECKING:
    import pandas as pd

BATCH = 64


@dataclass(frozen=True)
class FoldDone:
    """A fold whose predictions are there."""

    fold: int  # from 0
    folds: int
    samples: int
    trained: bool  # False: they were there from an earlier run


def predict_out_of_fold(
    manifest: Manifest,
    settings: FitSettings,
    folds: int,
    out: Path,
    on_fold: Callable[[FoldDone], None] = lambda done: None,
) -> pd.DataFrame:
    """Return predictions for every row of a manifest, by a network that saw none of its subject.

    The frame is in manifest order, with the columns `sample_id`, `female_probability`, `age`
    (years), `log_age_mean`, `log_age_sigma`, `log_age_gamma` and `fold` of the predictions table
    (`training.bench.predictions`). `out/fold-K` receives each fold's run, its manifest and
    predictions; those of the same manifest and settings are not made again.

    Raises:
        SettingsError, InputError, TrainingError: as `fit`, and for folds that cannot be made.
    """
    import pandas as pd

    fold_of = manifest_folds(manifest, folds, settings.seed)
    parts = []
    for fold in range(folds):
        folder = out / f"fold-{fold}"
        wanted = _identity(manifest, settings, folds, fold)
        found = _read(folder, wanted)
        if found is None:
            found = _predict_fold(manifest, fold_of, fold, settings, folder)
            _write(folder, wanted, found)
            on_fold(FoldDone(fold, folds, len(found), trained=True))
        else:
            on_fold(FoldDone(fold, folds, len(found), trained=False))
        parts.append(found)
    everything = pd.concat(parts).set_index("sample_id")
    return everything.loc[list(manifest.rows["sample_id"])].reset_index()


def _predict_fold(
    manifest: Manifest, fold_of: Any, fold: int, settings: FitSettings, folder: Path
) -> pd.DataFrame:
    import pandas as pd

    held_out = hold_out(manifest, fold_of, fold, seed=settings.seed)
    path = folder / "manifest.parquet"
    folder.mkdir(parents=True, exist_ok=True)
    _write_manifest(held_out, path)
    result = fit(path, settings, folder / "run")
    if result.interrupted:
        raise KeyboardInterrupt  # the same command goes on with this fold
    predictor = Predictor(result.checkpoint, settings.device)
    rows = held_out.split("test")
    reader = CropReader(find_crops(manifest, rows), workers=settings.workers)
    batches = np.array_split(np.arange(len(rows)), max(1, -(-len(rows) // BATCH)))
    said = [predictor.predict(crops) for crops in reader.stream(batches)]
    return pd.DataFrame(
        {
            "sample_id": rows["sample_id"].astype(str),
            "female_probability": np.concatenate([one.female_probability for one in said]),
            "age": np.concatenate([one.age for one in said]),
            "log_age_mean": np.concatenate([one.log_age_mean for one in said]),
            "log_age_sigma": np.concatenate([one.sigma for one in said]),
            "log_age_gamma": float(predictor.checkpoint.gamma),
            "fold": str(fold),
        }
    )


def _write_manifest(manifest: Manifest, path: Path) -> None:
    """Write the rows as a manifest of their own; shards stay where they are."""
    rows = manifest.rows.assign(
        shard=[str((manifest.folder / str(shard)).resolve()) for shard in manifest.rows["shard"]]
    )
    records = (
        {key: None if value != value else value for key, value in row.items()}  # NaN is null
        for row in rows.to_dict("records")
    )
    write_manifest(path, records, manifest.version.name, manifest.version.version)  # type: ignore[arg-type]


def _identity(manifest: Manifest, settings: FitSettings, folds: int, fold: int) -> dict[str, Any]:
    """Return what the predictions of a fold follow from."""
    used = {**asdict(settings), "workers": None, "device": None}
    return {
        "manifest_sha256": manifest.version.sha256,
        "folds": folds,
        "fold": fold,
        "settings": json.loads(json.dumps(used, default=str)),
    }


def _read(folder: Path, wanted: dict[str, Any]) -> pd.DataFrame | None:
    """Return the predictions of a fold that follow from `wanted`, None where there are none."""
    import pandas as pd

    try:
        known = json.loads((folder / "fold.json").read_text())
        return pd.read_parquet(folder / "predictions.parquet") if known == wanted else None
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise TrainingError(f"{folder} is damaged ({error}); remove it and run again") from error


def _write(folder: Path, wanted: dict[str, Any], predictions: pd.DataFrame) -> None:
    (folder / "fold.json").unlink(missing_ok=True)
    write_atomically(folder / "predictions.parquet", predictions.to_parquet(None, index=False))
    write_atomically(folder / "fold.json", json.dumps(wanted, indent=2).encode())
