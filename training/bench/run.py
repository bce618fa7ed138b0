"""Run a predictor over a protocol and take every metric, beside what needs no predictor."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.ages import age_interval
from training.baseline import Baseline
from training.bench import metrics
from training.bench.ask import ask
from training.bench.metrics import AGE_BINS, BIN_RULE, Figure
from training.bench.predictions import female_numbers
from training.bench.predictors.checkpoint import CheckpointPredictor
from training.bench.protocols import BenchProtocol
from training.bench.truth import truth_table
from training.checkpoint import library_versions
from training.inference.predictor import INTERVAL_COVERAGE
from training.manifest import file_sha256

BATCH = 64

# Metric name -> title in tables, unit that the value is printed in, decimals.
METRICS = {
    "gender_accuracy": ("gender accuracy", "%", 1),
    "mae": ("MAE of age", "years", 2),
    "mape": ("MAPE of age", "%", 1),
    "exact_bin": ("exact age bin", "%", 1),
    "one_off_bin": ("one-off age bin", "%", 1),
    "interval_coverage": (f"age in {INTERVAL_COVERAGE:.0%} interval", "%", 1),
}


@dataclass(frozen=True)
class Answers:
    """What somebody says about N samples; NaN where nothing is said."""

    female: NDArray[np.float64]  # (N,) 1 or 0
    age: NDArray[np.float64]  # (N,) years
    interval: NDArray[np.float64] | None  # (N, 2) years


@dataclass(frozen=True)
class Row:
    """One predictor's figures, by metric name."""

    predictor: str
    figures: dict[str, Figure]


@dataclass(frozen=True)
class BenchResult:
    """Everything a report needs."""

    protocol: str
    data: dict[str, str]
    samples: int
    checkpoint: dict[str, Any]
    rows: list[Row]

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; percentages are shares of 1, a figure without n is null."""
        return {
            "protocol": self.protocol,
            "data": self.data,
            "samples": self.samples,
            "checkpoint": self.checkpoint,
            "rules": {
                "age_bins": [list(limits) for limits in AGE_BINS],
                "bin_rule": BIN_RULE,
                "mape": "samples of age 0 excluded and counted",
                "interval": INTERVAL_COVERAGE,
            },
            "results": [
                {
                    "predictor": row.predictor,
                    "figures": {name: _plain(figure) for name, figure in row.figures.items()},
                }
                for row in self.rows
            ],
            "versions": library_versions(),
        }


def run_bench(protocol: BenchProtocol, checkpoint: Path, device: str = "auto") -> BenchResult:
    """Judge the checkpoint on every sample of `protocol`.

    Raises:
        InputError: the file is no checkpoint, or a crop cannot be read.
    """
    samples = protocol.samples()
    truth = truth_table(samples)
    predictor = CheckpointPredictor({None: checkpoint}, device, BATCH)
    said = ask(predictor, samples, protocol.name)
    trained = predictor.checkpoints[None]
    ages, female = truth["age"].to_numpy(), truth["female"].to_numpy()
    model = Answers(
        female_numbers(said["gender"]),
        said["age"].to_numpy(),
        age_interval(said["log_age_mean"], said["log_age_sigma"], trained.gamma, INTERVAL_COVERAGE),
    )
    rows = [Row(trained.backbone, figures(ages, female, model))]
    baseline = protocol.baseline() or trained.baseline
    rows.append(
        Row(
            _baseline_name(baseline),
            figures(ages, female, _blind_answers(baseline, len(ages))),
        )
    )
    return BenchResult(
        protocol=protocol.name,
        data=protocol.describe(),
        samples=len(ages),
        checkpoint={
            "file": str(checkpoint),
            "sha256": file_sha256(checkpoint),
            "backbone": trained.backbone,
            "trained_on": asdict(trained.dataset),
        },
        rows=rows,
    )


def figures(
    ages: NDArray[np.float64], female: NDArray[np.float64], said: Answers
) -> dict[str, Figure]:
    """Return every metric of `METRICS` for true ages and genders (N,), NaN where unknown.

    What the predictor says nothing about (NaN for all samples) has no figure.
    """
    taken: dict[str, Figure] = {}
    if not np.isnan(said.female).all():
        taken["gender_accuracy"] = metrics.gender_accuracy(female, said.female)
    if not np.isnan(said.age).all():
        taken["mae"] = metrics.mean_absolute_error(ages, said.age)
        taken["mape"] = metrics.mean_absolute_percentage_error(ages, said.age)
        taken["exact_bin"] = metrics.exact_bin_accuracy(ages, said.age)
        taken["one_off_bin"] = metrics.one_off_accuracy(ages, said.age)
    if said.interval is not None:
        taken["interval_coverage"] = metrics.interval_coverage(ages, said.interval)
    return taken


def _blind_answers(baseline: Baseline, count: int) -> Answers:
    gender = {"female": 1.0, "male": 0.0, None: math.nan}[baseline.majority_gender]
    age = math.nan if baseline.median_age is None else baseline.median_age
    return Answers(np.full(count, gender), np.full(count, age), None)


def _baseline_name(baseline: Baseline) -> str:
    age = "no age" if baseline.median_age is None else f"age {baseline.median_age:.4g}"
    return f"always {baseline.majority_gender or 'no gender'}, {age} (training labels)"


def _plain(figure: Figure) -> dict[str, float | int | None]:
    value = None if math.isnan(figure.value) else figure.value
    return {"value": value, "n": figure.n, "excluded": figure.excluded}
