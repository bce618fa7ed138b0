"""Figures as text, and the rules that they follow in words. All kinds of report use these."""

from __future__ import annotations

import math
from dataclasses import dataclass

from training.bench.bins import AgeBins
from training.bench.catalog import METRICS, Metric
from training.bench.evaluation import AS_ERRORS, Estimate, Evaluation
from training.bench.run import BenchResult

NOTHING = "–"
ERRORS_TITLE = "no answer = error"
SECTIONS = {
    "gender": "Gender",
    "age": "Age",
    "bins": "Age bins",
    "distribution": "Age as a distribution",
}


@dataclass(frozen=True)
class Row:
    """One line of the main table."""

    metric: Metric
    title: str
    estimate: Estimate
    blind: Estimate | None
    as_errors: bool = False


def number(value: float, metric: Metric) -> str:
    """Return a value of `metric` without its unit."""
    if not math.isfinite(value):
        return NOTHING
    shown = value * 100 if metric.unit == "%" else value
    text = f"{shown:.{metric.decimals}f}"
    return text.lstrip("-") if float(text) == 0 else text


def with_unit(value: float, metric: Metric) -> str:
    """Return a value of `metric` with its unit."""
    unit = f" {metric.unit}" if metric.unit else ""
    return f"{number(value, metric)}{unit}"


def interval(estimate: Estimate, metric: Metric) -> str:
    """Return the 95 % interval, in brackets with a "?" where it is not to be relied on."""
    if math.isnan(estimate.low):
        return NOTHING
    ends = f"{number(estimate.low, metric)} … {number(estimate.high, metric)}"
    return ends if estimate.reliable else f"({ends})?"


def rows(result: BenchResult) -> dict[str, list[Row]]:
    """Return the lines of the main table by section; sections without a figure are left out."""
    sections: dict[str, list[Row]] = {}
    model = result.model.evaluation
    blind = result.blind.evaluation if result.blind else None
    for metric in METRICS:
        for key, title in (
            (metric.name, metric.title),
            (f"{metric.name}{AS_ERRORS}", f"{metric.title}, {ERRORS_TITLE}"),
        ):
            estimate = model.estimate(key)
            if estimate is not None:
                beside = blind.estimate(metric.name) if blind else None
                sections.setdefault(metric.about, []).append(
                    Row(metric, title, estimate, beside, as_errors=key != metric.name)
                )
    return sections


def title(result: BenchResult) -> str:
    """Return what was judged on what, in one line."""
    test_set = result.test_set
    known = {key: value for key, value in test_set.data.items() if "sha256" not in key}
    data = ", ".join(f"{key} {value}" for key, value in known.items())
    variant = f" ({test_set.variant})" if test_set.variant else ""
    return f"Protocol {test_set.protocol}{variant}" + (f": {data}" if data else "")


def denominators(result: BenchResult) -> str:
    """Return how many samples and subjects there are, and how many had no answer and why."""
    evaluation = result.model.evaluation
    subjects = result.truth["subject"].nunique()
    text = f"{int(evaluation.samples[0]):,} faces of {subjects:,} subjects"
    missing = int(evaluation.unanswered[0])
    if not missing:
        return f"{text}, all answered."
    why = ", ".join(f"{count:,} {reason}" for reason, count in result.reasons.items())
    return (
        f"{text}; {missing:,} without an answer ({why}). They are left out, and counted as errors "
        f"in the lines with “{ERRORS_TITLE}”; an error of age in years has no such line."
    )


def rules(result: BenchResult) -> list[str]:
    """Return the rules that the figures follow, a sentence or two each."""
    evaluation = result.model.evaluation
    settings = evaluation.settings
    sentences = [bin_rule(result.test_set.bins)]
    if evaluation.estimate("mae") is not None:
        sentences.append(
            "CS@k is the share of ages told to within k years; the bias is above 0 where people "
            "are taken for older."
        )
    for name, sentence in (
        ("mape", "MAPE leaves out ages of 0 (here {:,})."),
        (
            "exact_bin_interval",
            "The interval rule leaves out true ages that fall between two bins (here {:,}).",
        ),
    ):
        estimate = evaluation.estimate(name)
        if estimate is not None and (name == "mape" or estimate.excluded):
            sentences.append(sentence.format(estimate.excluded))
    if result.truth["age_low"].notna().any():
        known = int(result.truth["age_low"].notna().sum())
        sentences.append(
            f"The true age of {known:,} faces is known as an interval only: for them there are "
            "bins and the distance to the interval, but no MAE, MAPE, CS@k, bias, NLL, CRPS or "
            "coverage."
        )
    if result.blind is not None:
        sentences.append(
            f"“{result.blind.name}” is what the training labels alone would answer, without a look."
        )
    sentences.append(
        f"Intervals: 95 %, percentile bootstrap, {settings.resamples:,} resamples of subjects with "
        f"all their faces, seed {settings.seed}; those that rest on fewer than "
        f"{settings.min_subjects} subjects stand in brackets with a question mark."
    )
    return sentences


def bin_rule(bins: AgeBins) -> str:
    """Return the bins and both rules."""
    return (
        f"Age bins ({bins.name}): {', '.join(bins.labels)}. Nearest bin rule: an age belongs to "
        "the bin nearest to it, between two to the younger. Interval rule: an age, rounded to a "
        "whole year, must fall into the bin."
    )


def exists(evaluation: Evaluation, name: str) -> bool:
    """Tell whether the metric exists over all samples."""
    return evaluation.estimate(name) is not None
