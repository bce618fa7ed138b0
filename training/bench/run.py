"""Judge a predictor on a test set: ask, take every figure, keep what a report needs."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from training.baseline import Baseline
from training.bench.ask import ask
from training.bench.bins import AgeBins
from training.bench.evaluation import Evaluation, Settings, evaluate
from training.bench.predictions import Answers, gender_words
from training.bench.predictions_check import complete
from training.bench.predictors import BenchPredictor
from training.bench.protocols import BenchProtocol
from training.bench.sample import Sample
from training.bench.truth import truth_sha256, truth_table

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class BenchData:
    """Which test set a result is about."""

    protocol: str
    variant: str
    bins: AgeBins
    data: dict[str, str]  # what the protocol says of itself
    truth_sha256: str


@dataclass(frozen=True, eq=False)
class Judged:
    """Somebody's figures."""

    name: str
    about: dict[str, Any]
    evaluation: Evaluation


@dataclass(frozen=True, eq=False)
class BenchResult:
    """Everything that reports are made of."""

    test_set: BenchData
    truth: pd.DataFrame
    predictions: pd.DataFrame
    model: Judged
    blind: Judged | None  # the answer that needs no picture
    samples: list[Sample] = field(repr=False)
    notes: list[str] = field(default_factory=list)  # what was checked before, in sentences

    @property
    def reasons(self) -> dict[str, int]:
        """Why samples have no answer, with counts, the commonest first."""
        counts = self.predictions["reason"].value_counts()
        return {str(reason): int(count) for reason, count in counts.items()}


def run_bench(
    protocol: BenchProtocol,
    predictor: BenchPredictor,
    settings: Settings,
    detector_device: str = "cpu",
    workers: int | None = None,
    notes: list[str] | None = None,
) -> BenchResult:
    """Judge `predictor` on every sample of `protocol`.

    Raises:
        InputError: a picture is not at hand, or the predictor cannot go on.
    """
    samples = list(protocol.samples())
    truth = truth_table(samples)
    predictions = ask(predictor, samples, protocol.name, detector_device, workers)
    test_set = BenchData(
        protocol=protocol.name,
        variant=protocol.variant,
        bins=protocol.bins,
        data=protocol.describe(),
        truth_sha256=truth_sha256(truth),
    )
    about = {"age_rule": predictor.age_rule, "wants": predictor.wants.value, **predictor.describe()}
    evaluation = evaluate(truth, predictions, protocol.bins, settings)
    baseline = protocol.baseline() or predictor.baseline()
    return BenchResult(
        test_set=test_set,
        truth=truth,
        predictions=predictions,
        model=Judged(predictor.name, about, evaluation),
        blind=judge_blindly(baseline, truth, protocol.bins, settings),
        samples=samples,
        notes=notes or [],
    )


def judge_blindly(
    baseline: Baseline | None, truth: pd.DataFrame, bins: AgeBins, settings: Settings
) -> Judged | None:
    """Return the figures, over all samples, of always answering the same."""
    if baseline is None or (baseline.median_age is None and baseline.majority_gender is None):
        return None
    female = {"female": 1.0, "male": 0.0, None: math.nan}[baseline.majority_gender]
    age = math.nan if baseline.median_age is None else baseline.median_age
    answers = Answers(
        count=len(truth),
        female=np.full(len(truth), female),
        age=np.full(len(truth), age),
    )
    said = complete(answers.frame(list(truth["sample_id"])), "the baseline")
    word = gender_words(np.array([female]))[0] or "no gender"
    name = f"always {word}, {'no age' if math.isnan(age) else f'age {age:.4g}'}"
    return Judged(
        name=name,
        about={"median_age": baseline.median_age, "majority_gender": baseline.majority_gender},
        evaluation=evaluate(truth, said, bins, settings, attributes=()),
    )
