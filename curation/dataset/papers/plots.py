"""The plots of the datasheet: funnel, distributions per split, agreement, licences, quality."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from curation.dataset.papers.facts import STEPS, UNKNOWN, Facts, by_number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FOLDER = "figures"
COLOURS = {"train": "#5c4b8a", "validation": "#8f7fc0", "test": "#d1495b"}
BAR = "#5c4b8a"
MOST_VALUES = 24  # of one attribute


def draw_plots(folder: Path, facts: Facts) -> dict[str, str]:
    """Draw what there is something to show of; return title and path of each plot, in order."""
    (folder / FOLDER).mkdir()
    plots: dict[str, Callable[[Facts], Figure | None]] = {
        "Funnel": _funnel,
        "Distributions per split": _splits,
        "Agreement of moderators": _agreement,
        "Licences": _licences,
        "Quality and probabilities": _between,
    }
    drawn = {}
    for title, draw in plots.items():
        figure = draw(facts)
        if figure is not None:
            name = f"{FOLDER}/{title.split()[0].lower()}.png"
            # No program, no time: the same figures give the same bytes.
            figure.savefig(folder / name, dpi=110, metadata={"Software": None})
            drawn[title] = name
    return drawn


def _figure(height: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(8.5, height), layout="constrained")


def _bars(rows: list[tuple[str, float]], label: Callable[[float], str]) -> Figure:
    figure = _figure(0.6 + 0.32 * len(rows))
    axis = figure.subplots()
    names, numbers = zip(*rows, strict=True)
    bars = axis.barh(range(len(rows)), numbers, 0.68, color=BAR)
    axis.bar_label(bars, [label(number) for number in numbers], padding=4, fontsize=8)
    axis.set_yticks(range(len(rows)), names, fontsize=9)
    axis.invert_yaxis()
    axis.set_xticks([])
    axis.margins(x=0.14)
    axis.spines[["top", "right", "bottom"]].set_visible(False)
    return figure


def _count(number: float) -> str:
    return f"{int(number):,}"


def _funnel(facts: Facts) -> Figure | None:
    steps = facts.description.get("funnel", {}).get("steps")
    return _bars([(name, float(number)) for name, number in steps], _count) if steps else None


def _licences(facts: Facts) -> Figure | None:
    rows = [(name, float(number)) for name, number in by_number(facts.terms["licence"])]
    return _bars(rows[:MOST_VALUES], _count) if rows else None


def _agreement(facts: Facts) -> Figure | None:
    rows = [
        (f"{attribute} ({one['faces']:,} faces)", one["agreement"])
        for attribute, one in facts.description.get("agreement", {}).items()
    ]
    return _bars(rows, lambda share: f"{share:.1%} of pairs of votes agree") if rows else None


def _splits(facts: Facts) -> Figure | None:
    attributes = facts.known()
    if not attributes:
        return None
    rows = {name: _values(facts, name) for name in attributes}
    sizes = [max(2, len(values)) for values in rows.values()]
    figure = _figure(0.8 + 0.3 * sum(sizes) + 0.5 * len(sizes))
    axes = figure.subplots(len(rows), 1, height_ratios=sizes, squeeze=False)[:, 0]
    splits = [split for split, count in facts.per_split.items() if count]
    width = 0.8 / len(splits)
    for axis, (attribute, values) in zip(axes, rows.items(), strict=True):
        for number, split in enumerate(splits):
            counts = facts.values[attribute][split]
            shares = [counts[value] / facts.per_split[split] for value in values]
            places = np.arange(len(values)) - 0.4 + width * (number + 0.5)
            axis.barh(places, shares, width * 0.92, color=COLOURS[split], label=split)
        axis.set_yticks(range(len(values)), values, fontsize=8)
        axis.invert_yaxis()
        axis.xaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
        axis.tick_params(axis="x", labelsize=8)
        axis.set_title(attribute, loc="left", fontsize=10)
        axis.spines[["top", "right"]].set_visible(False)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(
        handles, labels, frameon=False, fontsize=8, ncols=len(splits), loc="outside upper right"
    )
    return figure


def _values(facts: Facts, attribute: str) -> list[str]:
    total = facts.total(attribute)
    if attribute == "age":
        ordered = [value for counts in facts.values["age"].values() for value in counts]
        return sorted(
            dict.fromkeys(ordered), key=lambda label: (label == UNKNOWN, _first_year(label))
        )
    return [value for value, _ in by_number(total)[:MOST_VALUES]]


def _first_year(label: str) -> int:
    digits = label.replace("+", "").partition("-")[0]
    return int(digits) if digits.isdecimal() else 0


def _between(facts: Facts) -> Figure | None:
    shown = {name: counts for name, counts in facts.between.items() if sum(counts)}
    if not shown:
        return None
    figure = _figure(2.2)
    axes = figure.subplots(1, len(shown), squeeze=False)[0]
    for axis, (name, counts) in zip(axes, shown.items(), strict=True):
        axis.stairs(counts, STEPS, fill=True, color=BAR)
        axis.set_title(name.replace("_", " "), loc="left", fontsize=9)
        axis.set_yticks([])
        axis.tick_params(axis="x", labelsize=8)
        axis.spines[["top", "right", "left"]].set_visible(False)
    return figure
