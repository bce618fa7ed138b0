"""A benchmark result as plain values: the JSON of a run.

The same result gives the same bytes: no time stamps, sorted keys, values of six digits.
"""

from __future__ import annotations

import json
import math
import platform
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from training.bench.bins import BinRule
from training.bench.catalog import METRICS
from training.bench.confusion import Confusion, bin_confusion, gender_confusion
from training.bench.curves import Curve
from training.bench.evaluation import AS_ERRORS, Estimate, Evaluation
from training.bench.groupwise import HEADLINES, gaps, ranked
from training.bench.published import published_figures
from training.bench.resampling import CONFIDENCE
from training.bench.run import BenchResult, Judged
from training.files import write_atomically

FORMAT = "evenface bench 2"
WORST = 10
LIBRARIES = ("numpy", "numba", "pandas", "pyarrow", "scipy", "torch", "torchvision")


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write plain values; lists of numbers on one line."""
    text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    write_atomically(path, (text + "\n").encode())


def as_plain(result: BenchResult) -> dict[str, Any]:
    """Return everything that a run found: percentages are shares of 1, what does not exist null."""
    evaluation = result.model.evaluation
    test_set = result.test_set
    published = published_figures(test_set.protocol)
    return {
        "format": FORMAT,
        "test_set": {
            "protocol": test_set.protocol,
            "variant": test_set.variant,
            "data": test_set.data,
            "samples": len(result.truth),
            "subjects": int(result.truth["subject"].nunique()),
            "truth_sha256": test_set.truth_sha256,
            "age_bins": {
                "name": test_set.bins.name,
                "limits": [list(limits) for limits in test_set.bins.limits],
            },
        },
        "predictor": {"name": result.model.name, **result.model.about},
        "settings": {
            **asdict(evaluation.settings),
            "confidence": CONFIDENCE,
            "interval": "percentile bootstrap clustered by subject",
            "bin_rules": [rule.value for rule in BinRule],
        },
        "unanswered": {"samples": int(evaluation.unanswered[0]), "reasons": result.reasons},
        "figures": figures(evaluation),
        "groups": groups(evaluation),
        "worst_groups": worst_groups(evaluation),
        "gaps": all_gaps(evaluation),
        "calibration": {
            "age": _curve(evaluation.curves.age()),
            "gender": _curve(evaluation.curves.gender()),
        },
        "confusion": {
            "gender": _confusion(gender_confusion(result.truth, result.predictions)),
            "age_bin": _confusion(bin_confusion(result.truth, result.predictions, test_set.bins)),
        },
        "baseline": None if result.blind is None else _baseline(result.blind),
        "published": [
            asdict(row)
            for row in published
            if row.same_protocol(test_set.protocol, test_set.variant)
        ],
        "notes": result.notes,
        "versions": versions(),
    }


def figures(evaluation: Evaluation, group: int = 0) -> dict[str, Any]:
    """Return every figure of a group by metric; "as_errors" is with unanswered ones as errors."""
    found = {}
    for metric in METRICS:
        estimate = evaluation.estimate(metric.name, group)
        if estimate is None:
            continue
        values: dict[str, Any] = plain_estimate(estimate)
        as_errors = evaluation.estimate(f"{metric.name}{AS_ERRORS}", group)
        if as_errors is not None:
            values["as_errors"] = plain_estimate(as_errors)
        found[metric.name] = values
    return found


def groups(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Return every group but that of all samples, with its figures."""
    return [
        {
            "attributes": dict(group.attributes),
            "samples": int(evaluation.samples[place]),
            "unanswered": int(evaluation.unanswered[place]),
            "figures": figures(evaluation, place),
        }
        for place, group in enumerate(evaluation.groups)
        if group.family
    ]


def worst_groups(evaluation: Evaluation) -> dict[str, Any]:
    """Return the worst groups by headline metric, the worst first."""
    found: dict[str, Any] = {}
    for name in HEADLINES:
        order = ranked(evaluation, name)[:WORST]
        if order:
            found[name] = [
                {"attributes": dict(one.group.attributes), **plain_estimate(one.estimate)}
                for one in order
            ]
    return found


def all_gaps(evaluation: Evaluation) -> dict[str, Any]:
    """Return the gaps between the worst and the best group by headline metric."""
    return {
        name: [
            {
                "by": list(gap.family),
                "worst": dict(gap.worst.group.attributes),
                "best": dict(gap.best.group.attributes),
                "groups": gap.groups,
                "difference": rounded(gap.difference),
                "low": rounded(gap.low),
                "high": rounded(gap.high),
            }
            for gap in found
        ]
        for name in HEADLINES
        if (found := gaps(evaluation, name))
    }


def plain_estimate(estimate: Estimate) -> dict[str, Any]:
    """Return an estimate as plain values; `excluded` only where something is."""
    values = {
        "value": rounded(estimate.value),
        "low": rounded(estimate.low),
        "high": rounded(estimate.high),
        "n": estimate.n,
        "subjects": estimate.subjects,
        "reliable": estimate.reliable,
    }
    return {**values, "excluded": estimate.excluded} if estimate.excluded else values


def rounded(value: float) -> float | None:
    """Return a value with six significant digits; None for what is no finite number."""
    return float(f"{value:.6g}") if math.isfinite(value) else None


def versions() -> dict[str, str]:
    """Return the versions that a figure may depend on."""
    return {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}


def _baseline(blind: Judged) -> dict[str, Any]:
    return {"name": blind.name, **blind.about, "figures": figures(blind.evaluation)}


def _curve(curve: Curve | None) -> dict[str, Any] | None:
    if curve is None:
        return None
    return {
        "predicted": [rounded(value) for value in curve.predicted],
        "observed": [rounded(value) for value in curve.observed],
        "low": [rounded(low) for low, _ in curve.bounds],
        "high": [rounded(high) for _, high in curve.bounds],
        "n": [int(count) for count in curve.n],
    }


def _confusion(confusion: Confusion | None) -> dict[str, Any] | None:
    if confusion is None:
        return None
    return {
        "true": list(confusion.rows),
        "said": list(confusion.columns),
        "counts": confusion.counts.tolist(),
    }
