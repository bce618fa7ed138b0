"""Cross-validation: each sample is tested on once per seed, by a network that never saw its person.

The folds are drawn once, by subject; fold i is the test split of cell (i, seed), validation is
drawn from the other folds, by subject too, and the seed decides first weights, order and views. A
cell is a run folder of its own, so that killed cells go on and finished ones are not done twice.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import t as student

from curation import console
from curation.errors import SettingsError
from curation.faces.align import CROP_SIZE
from training.augment import stored_size
from training.checkpoint import load_checkpoint
from training.data import load_split
from training.device import pick_device
from training.evaluate import validate
from training.files import write_atomically
from training.fit import fit_manifest
from training.folds import hold_out, manifest_folds
from training.manifest import Manifest, file_sha256, open_manifest
from training.settings import FitSettings

METRICS = ("gender_accuracy", "mae", "loss")


@dataclass(frozen=True)
class Cell:
    """How the network of one fold and seed fared on that fold, which it never saw."""

    fold: int
    seed: int
    gender_accuracy: float  # share
    gender_n: int
    mae: float  # years, of the medians
    age_n: int
    loss: float
    epochs: int
    model_sha256: str


@dataclass(frozen=True)
class Spread:
    """Mean and standard deviation over the cells, and a 95 % interval of the mean.

    `of_folds` is the deviation between folds (of means over seeds), `of_seeds` the one between
    seeds (of means over folds): what the people tested on, and what chance, contribute.
    """

    mean: float
    deviation: float
    low: float
    high: float
    of_folds: float
    of_seeds: float


def cross_validate(
    path: Path, settings: FitSettings, out: Path, folds: int, seeds: int
) -> list[Cell]:
    """Train and test every cell that is not done yet; write `cells.csv` and `summary.json`.

    All rows of the manifest take part, whatever split they stand in.

    Raises:
        InputError: the manifest cannot be used, or has fewer subjects than folds.
        SettingsError: a setting cannot be used, or there are fewer than 2 folds or 1 seed.
        TrainingError: training fails.
        KeyboardInterrupt: Ctrl-C; the same call goes on.
    """
    if seeds < 1:
        raise SettingsError("--seeds must be 1 or more")
    manifest = open_manifest(path)
    fold_of = manifest_folds(manifest, folds, settings.seed)
    cells: list[Cell] = []
    for fold in range(folds):
        for seed in range(settings.seed, settings.seed + seeds):
            console.err().print(f"fold {fold + 1} of {folds}, seed {seed}")
            part = hold_out(manifest, fold_of, fold, seed=seed)
            folder = out / f"fold-{fold}-seed-{seed}"
            cells.append(run_cell(part, replace(settings, seed=seed), folder, fold))
            write_cells(out, cells, folds)
    return cells


def run_cell(manifest: Manifest, settings: FitSettings, folder: Path, fold: int) -> Cell:
    """Train one cell, or go on with it, and test its best network; do neither twice."""
    result = fit_manifest(manifest, settings, folder)
    if result.interrupted:
        raise KeyboardInterrupt
    done = folder / "cell.json"
    sha256 = file_sha256(result.checkpoint)
    if done.exists():
        known = Cell(**json.loads(done.read_text()))
        if known.model_sha256 == sha256:
            return known
    device = pick_device(settings.device)
    size = stored_size(settings.image_size, CROP_SIZE)
    test = load_split(manifest, "test", size, settings.workers)
    network = load_checkpoint(result.checkpoint).network()
    network.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    found = validate(network, test, settings, device)
    cell = Cell(
        fold=fold,
        seed=settings.seed,
        gender_accuracy=found.gender.value,
        gender_n=found.gender.n,
        mae=found.mae.value,
        age_n=found.mae.n,
        loss=found.loss,
        epochs=result.epochs,
        model_sha256=sha256,
    )
    write_atomically(done, json.dumps(asdict(cell), indent=2).encode())
    return cell


def spread(cells: Sequence[Cell], metric: str, folds: int) -> Spread:
    """Return how a metric spreads over cells.

    Cells share training samples, so the plain standard error is too small; the variance of the
    mean of J cells is taken as (1/J + n₂/n₁)·S², n₂/n₁ = 1/(folds - 1) being test over training
    samples (Nadeau and Bengio 2003, Inference for the generalization error, section 3), with
    Student's t of J - 1 degrees of freedom. One cell has no interval.
    """
    values = np.asarray([getattr(cell, metric) for cell in cells], dtype=np.float64)
    mean, count = float(values.mean()), len(values)
    if count < 2:
        nan = math.nan
        return Spread(mean, nan, nan, nan, nan, nan)
    variance = float(values.var(ddof=1))
    half = float(student.ppf(0.975, count - 1)) * math.sqrt(
        (1 / count + 1 / (folds - 1)) * variance
    )
    return Spread(
        mean=mean,
        deviation=math.sqrt(variance),
        low=mean - half,
        high=mean + half,
        of_folds=_between([cell.fold for cell in cells], values),
        of_seeds=_between([cell.seed for cell in cells], values),
    )


def _between(groups: Sequence[int], values: NDArray[np.float64]) -> float:
    """Return the standard deviation of group means; NaN for one group."""
    names = sorted(set(groups))
    if len(names) < 2:
        return math.nan
    means = [float(values[np.asarray(groups) == name].mean()) for name in names]
    return float(np.std(means, ddof=1))


def write_cells(out: Path, cells: Sequence[Cell], folds: int) -> None:
    """Write what is known so far: one row per cell, and the spread of every metric."""
    text = io.StringIO()
    rows = [asdict(cell) for cell in cells]
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_atomically(out / "cells.csv", text.getvalue().encode())
    summary = {
        "cells": len(cells),
        "folds": folds,
        **{metric: asdict(spread(cells, metric, folds)) for metric in METRICS},
    }
    clean = json.dumps(summary, indent=2).replace("NaN", "null")
    write_atomically(out / "summary.json", clean.encode())
