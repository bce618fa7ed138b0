"""The page's pictures: predicted against true age, error by age, calibration, groups."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.bench.catalog import BY_NAME, Metric
from training.bench.curves import Curve
from training.bench.evaluation import Evaluation
from training.bench.groupwise import GroupFigure
from training.bench.report import text
from training.bench.report.plot import BOTTOM, TOP, Plot, ticks
from training.bench.run import BenchResult

CELL = 2.0  # years, the side of a cell of the scatter
ROW = 26  # pixels of a line of a dot plot


def scatter(result: BenchResult) -> str | None:
    """Return predicted against true age as density, with the quantiles of what was predicted."""
    true = result.truth["age"].to_numpy()
    said = result.predictions["age"].to_numpy()
    known = np.isfinite(true) & np.isfinite(said)
    if not known.any():
        return None
    true, said = true[known], said[known]
    top = max(20.0, CELL * math.ceil((max(true.max(), said.max()) + 1) / CELL))
    plot = Plot(
        (0, top), (0, top), f"Predicted against true age of {len(true):,} faces", height=420
    )
    years = [(value, f"{value:g}") for value in ticks(0, top, count=8)]
    plot.x_axis("true age, years", years)
    plot.y_axis("predicted age, years", years)
    cells, counts = np.unique(
        np.stack([true // CELL, said // CELL], axis=1).astype(np.int64), axis=0, return_counts=True
    )
    strongest = math.log1p(float(counts.max()))
    for (column, row), count in zip(cells.tolist(), counts.tolist(), strict=True):
        low = (column * CELL, row * CELL)
        high = (low[0] + CELL, low[1] + CELL)
        share = 0.12 + 0.88 * math.log1p(count) / strongest
        hint = f"true {low[0]:g}-{high[0]:g}, predicted {low[1]:g}-{high[1]:g}: {count:,}"
        plot.cell(low, high, share, hint)
    plot.line([(0, 0), (top, top)], "truth")
    for style, share in (("quantile", 0.1), ("median", 0.5), ("quantile", 0.9)):
        line = _running_quantile(true, said, share)
        if len(line) > 1:
            plot.line(line, style)
    return plot.svg()


def _running_quantile(
    true: NDArray[np.float64], said: NDArray[np.float64], share: float
) -> list[tuple[float, float]]:
    """Return the quantile of what was predicted in windows of true age with enough faces."""
    points = []
    for low in np.arange(0, true.max() + 5, 5):
        inside = said[(low <= true) & (true < low + 5)]
        if len(inside) >= 10:
            points.append((float(low) + 2.5, float(np.quantile(inside, share))))
    return points


def by_age(result: BenchResult, name: str) -> str | None:
    """Return a metric in years by age bin, with intervals."""
    evaluation, metric = result.model.evaluation, BY_NAME[name]
    bins = result.test_set.bins
    found = []
    for place, group in enumerate(evaluation.groups):
        if group.family == ("age",) and (estimate := evaluation.estimate(name, place)):
            found.append((bins.labels.index(group.attributes[0][1]), estimate))
    if not found:
        return None
    ends = [end for _, one in found for end in (one.low, one.high, one.value) if math.isfinite(end)]
    low, high = min(0.0, *ends), max(0.0, *ends)
    pad = (high - low) * 0.06 or 1.0
    plot = Plot(
        (-0.5, len(bins) - 0.5), (low - (pad if low < 0 else 0), high + pad),
        f"{metric.title} by age bin", height=300,
    )  # fmt: skip
    plot.x_axis("true age, years", [(i, label) for i, label in enumerate(bins.labels)])
    plot.y_axis(
        metric.title.split(" (")[0] + ", years", [(v, f"{v:g}") for v in ticks(*plot.y_range)]
    )
    plot.line([(-0.5, 0), (len(bins) - 0.5, 0)], "zero")
    for place, one in found:
        hint = f"{bins.labels[place]}: {text.with_unit(one.value, metric)}, n = {one.n:,}"
        if math.isfinite(one.low):
            plot.line([(place, one.low), (place, one.high)], "whisker")
        plot.dot(place, one.value, "point" if one.reliable else "point unsure", hint)
    return plot.svg()


def calibration(curve: Curve | None, x_title: str, y_title: str) -> str | None:
    """Return observed against predicted shares with their band; on the diagonal all is well."""
    if curve is None:
        return None
    plot = Plot((0, 1), (0, 1), f"{y_title} against {x_title}")
    shares = [(value / 100, f"{value} %") for value in range(0, 101, 20)]
    plot.x_axis(x_title, shares)
    plot.y_axis(y_title, shares)
    known = np.isfinite(curve.bounds).all(axis=1)
    if known.sum() > 1:
        x = curve.predicted[known]
        low, high = curve.bounds[known].T
        plot.band(list(zip(x, low, strict=True)), list(zip(x, high, strict=True)))
    plot.line([(0, 0), (1, 1)], "truth")
    plot.line(list(zip(curve.predicted, curve.observed, strict=True)), "median")
    for predicted, observed, count in zip(curve.predicted, curve.observed, curve.n, strict=True):
        hint = f"predicted {predicted:.1%}, observed {observed:.1%}, n = {count:,}"
        plot.dot(float(predicted), float(observed), "point", hint, radius=3)
    return plot.svg()


def dot_plot(evaluation: Evaluation, figures: Sequence[GroupFigure], metric: Metric) -> str:
    """Return one line per group: its figure with its interval, and that of all samples."""
    overall = evaluation.estimate(metric.name)
    assert overall is not None
    ends = [overall.value]
    for figure in figures:
        one = figure.estimate
        ends += [end for end in (one.low, one.high, one.value) if math.isfinite(end)]
    low, high = min(ends), max(ends)
    pad = (high - low) * 0.05 or 0.01
    bounds = (max(0.0, low - pad) if low >= 0 else low - pad, high + pad)
    if metric.unit == "%":
        bounds = (bounds[0], min(1.0 + pad / 4, bounds[1]))
    height = ROW * len(figures) + TOP + BOTTOM
    plot = Plot(
        bounds, (len(figures) - 0.5, -0.5), f"{metric.title}: the worst groups",
        height=height, left=150,
    )  # fmt: skip
    factor = 100 if metric.unit == "%" else 1
    values = [(value, f"{value * factor:g}") for value in ticks(*bounds, count=5)]
    plot.x_axis(f"{metric.title}, {metric.unit}" if metric.unit else metric.title, values)
    labels = [
        (float(i), f"{figure.group} ({figure.estimate.n:,})") for i, figure in enumerate(figures)
    ]
    plot.y_axis("", labels)
    plot.line([(overall.value, -0.5), (overall.value, len(figures) - 0.5)], "truth")
    for i, figure in enumerate(figures):
        one = figure.estimate
        if math.isfinite(one.low):
            plot.line([(one.low, i), (one.high, i)], "whisker")
        hint = f"{figure.group}: {text.with_unit(one.value, metric)}, n = {one.n:,}"
        plot.dot(one.value, i, "point" if one.reliable else "point unsure", hint)
    return plot.svg()
