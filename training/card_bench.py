"""Benchmark reports in a model card: headline figures with intervals, tables by group."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curation.errors import InputError
from training.bench.catalog import METRICS, Metric
from training.bench.report.plain import FORMAT
from training.checkpoint import Checkpoint

FIGURES = "figures.json"
BY_GROUP = ("gender_accuracy", "mae", "bias", "coverage_80")
FAMILIES = (("gender",), ("race",), ("age",), ("country",), ("gender", "race"))
METRIC = {metric.name: metric for metric in METRICS}
NOTHING = "–"
FEW = " \\*"  # marks an interval that rests on few subjects


@dataclass(frozen=True)
class BenchReport:
    """One `figures.json` of `bench run`."""

    path: Path
    content: dict[str, Any]

    @property
    def title(self) -> str:
        """The test set, as a reader knows it."""
        test_set = self.content["test_set"]
        data = test_set["data"]
        named = f"{data['dataset']} v{data['version']}" if "dataset" in data else ""
        parts = [named or test_set["protocol"], test_set["variant"], data.get("split", "")]
        return ", ".join(str(part) for part in parts if part)

    @property
    def about(self) -> str:
        """A sentence on how many were tested."""
        test_set, unanswered = self.content["test_set"], self.content["unanswered"]["samples"]
        return (
            f"{test_set['samples']:,} samples of {test_set['subjects']:,} subjects, protocol "
            f"{test_set['protocol']}; {unanswered:,} without an answer."
        )

    def worst(self, name: str) -> str:
        """Return the worst group by a metric and its figure; empty where there is none."""
        groups = self.content.get("worst_groups", {}).get(name, [])
        if not groups:
            return ""
        return f"{_group(groups[0]['attributes'])} ({_figure(METRIC[name], groups[0])})"


def read_report(path: Path, checkpoint_sha256: str) -> BenchReport:
    """Read a report of `bench run`: its `figures.json`, the folder of it, or a `.json` of it.

    Raises:
        InputError: it is none, is of another version, or speaks of another model.
    """
    file = path / FIGURES if path.is_dir() else path
    if not file.is_file():
        raise InputError(f"there is no benchmark report {file}; `bench run --out` writes one")
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{file} is no JSON ({error}); name a figures.json") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise InputError(
            f"{file} is no report of this version of `bench run`; run the benchmark again"
        )
    tested = content["predictor"].get("checkpoint_sha256", content["predictor"].get("sha256"))
    if tested is not None and tested != checkpoint_sha256:
        raise InputError(
            f"{file} tells of another model (SHA-256 {tested[:12]}…, not "
            f"{checkpoint_sha256[:12]}…): run the benchmark with this run's model.pt"
        )
    return BenchReport(file, content)


def headline_table(report: BenchReport) -> Iterator[str]:
    """Yield the lines of the table of all figures over all samples."""
    blind = (report.content.get("baseline") or {}).get("figures", {})
    yield "| figure | value | 95 % interval | n | without looking |"
    yield "|---|---|---|---|---|"
    for metric in METRICS:
        found = report.content["figures"].get(metric.name)
        if found is not None and found["value"] is not None:
            without = blind.get(metric.name)
            yield (
                f"| {metric.title} | {_number(metric, found['value'])} | "
                f"{_interval(metric, found)} | {found['n']:,} | "
                f"{_number(metric, without['value']) if without else NOTHING} |"
            )


def group_tables(report: BenchReport) -> Iterator[str]:
    """Yield a table for each way of grouping people that the test set allows."""
    for family in FAMILIES:
        groups = [
            group
            for group in report.content["groups"]
            if tuple(sorted(group["attributes"])) == tuple(sorted(family))
        ]
        metrics = [
            METRIC[name] for name in BY_GROUP if any(name in group["figures"] for group in groups)
        ]
        if not groups or not metrics:
            continue
        yield f"By {' and '.join(family)}:"
        yield ""
        yield f"| group | n | {' | '.join(metric.title for metric in metrics)} |"
        yield f"|---|---|{'---|' * len(metrics)}"
        for group in groups:
            cells = [_figure(one, group["figures"].get(one.name)) for one in metrics]
            name = _group(group["attributes"])
            yield f"| {name} | {group['samples']:,} | {' | '.join(cells)} |"
        if any(not f["reliable"] for group in groups for f in group["figures"].values()):
            least = report.content["settings"]["min_subjects"]
            yield from ("", f"\\* fewer than {least} subjects: the interval is not reliable.")
        yield ""


def model_index(checkpoint: Checkpoint, reports: Sequence[BenchReport]) -> list[dict[str, Any]]:
    """Return the results for the hub's model index, one entry per test set."""
    entries = [
        _entry(
            report.title,
            report.content["test_set"]["data"].get("split", "test"),
            {
                name: report.content["figures"][name]["value"]
                for name in ("gender_accuracy", "mae", "mape", "cs5")
                if report.content["figures"].get(name, {}).get("value") is not None
            },
        )
        for report in reports
    ]
    known: dict[str, float] = {
        str(name): checkpoint.metrics[name]
        for name in ("gender_accuracy", "mae")
        if checkpoint.metrics.get(name) == checkpoint.metrics.get(name)
        and name in checkpoint.metrics
    }
    return entries or [_entry(str(checkpoint.dataset), "validation", known)]


def _entry(title: str, split: str, values: dict[str, float]) -> dict[str, Any]:
    kinds = {"gender_accuracy": "accuracy", "mae": "mae", "mape": "mape", "cs5": "accuracy"}
    return {
        "task": {"type": "image-classification", "name": "age and gender of a face"},
        "dataset": {"type": "face-images", "name": title, "split": split},
        "metrics": [
            {"type": kinds[name], "name": METRIC[name].title, "value": round(float(value), 6)}
            for name, value in values.items()
        ],
    }


def _group(attributes: dict[str, str]) -> str:
    return ", ".join(
        f"{name} {value}" if name == "age" else str(value) for name, value in attributes.items()
    )


def _figure(metric: Metric, found: dict[str, Any] | None) -> str:
    if found is None or found["value"] is None:
        return NOTHING
    interval = "" if found["low"] is None else f" [{_interval(metric, found)}]"
    return _number(metric, found["value"]) + interval + ("" if found["reliable"] else FEW)


def _interval(metric: Metric, found: dict[str, Any]) -> str:
    if found["low"] is None or found["high"] is None:
        return NOTHING
    return f"{_bare(metric, found['low'])} to {_bare(metric, found['high'])}"


def _number(metric: Metric, value: float) -> str:
    return f"{_bare(metric, value)} {metric.unit}".rstrip()


def _bare(metric: Metric, value: float) -> str:
    return f"{value * 100 if metric.unit == '%' else value:.{metric.decimals}f}"
