"""Pictures of the balance: what there is, what is wanted, and what is taken, per attribute."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from curation.dataset.balance_table import BalanceRow, BalanceTable
from curation.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

AVAILABLE, TAKEN, WANTED = "#b9b4c7", "#5c4b8a", "#d1495b"
MOST_VALUES = 40  # of one attribute; the rest are added up


def draw_balance(table: BalanceTable, path: Path) -> None:
    """Draw, as a PNG, each attribute's shares among the candidates and in the dataset.

    Where a target gives a value of one attribute its share of the whole dataset, a mark shows it;
    where it leaves room, a line from the least to the most.
    """
    from matplotlib.figure import Figure

    shown = {attribute: _shortened(rows) for attribute, rows in table.items()}
    sizes = [max(2, len(rows)) for rows in shown.values()]
    height = 1.2 + 0.24 * sum(sizes) + 0.7 * len(shown)
    figure = Figure(figsize=(9, height), layout="constrained")
    axes = figure.subplots(len(shown), 1, height_ratios=sizes, squeeze=False)[:, 0]
    for axis, (attribute, rows) in zip(axes, shown.items(), strict=True):
        _draw(axis, attribute, rows)
    first = next(iter(table.values()))
    candidates, taken = (sum(getattr(row, name) for row in first) for name in FIELDS)
    figure.suptitle(f"{candidates:,} candidates, {taken:,} in the dataset", x=0.01, ha="left")
    axes[0].legend(frameon=False, loc="lower right", fontsize=8)
    figure.savefig(path, format="png", dpi=120, metadata={"Software": None})


def write_beside(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` write a file beside `path`, and rename it when it is whole.

    Raises:
        InputError: it cannot be written.
    """
    beside = path.with_name(f".{path.name}.partial")
    try:
        write(beside)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise InputError(f"{path} cannot be written: {error.strerror or error}") from None


FIELDS = ("available", "planned")


def _shortened(rows: list[BalanceRow]) -> list[BalanceRow]:
    if len(rows) <= MOST_VALUES:
        return rows
    rest = rows[MOST_VALUES:]
    available, planned = (sum(getattr(row, name) for row in rest) for name in FIELDS)
    return [*rows[:MOST_VALUES], BalanceRow(f"{len(rest)} others", available, planned)]


def _draw(axis: Axes, attribute: str, rows: list[BalanceRow]) -> None:
    places = np.arange(len(rows))
    for offset, name, colour, label in (
        (-0.2, "available", AVAILABLE, "candidates"),
        (0.2, "planned", TAKEN, "dataset"),
    ):
        numbers = np.array([getattr(row, name) for row in rows], dtype=float)
        shares = numbers / max(1.0, numbers.sum())
        axis.barh(places + offset, shares, 0.36, color=colour, label=label)
    marked = [(row.wanted, place) for place, row in enumerate(rows) if row.wanted is not None]
    if marked:
        shares, at = zip(*marked, strict=True)
        axis.scatter(shares, at, marker="|", s=120, color=WANTED, zorder=3, label="target")
    for place, row in enumerate(rows):
        if row.low is not None or row.high is not None:
            ends = [row.low or 0.0, axis.get_xlim()[1] if row.high is None else row.high]
            axis.plot(ends, [place, place], color=WANTED, linewidth=1.2, zorder=3)
            edges = [edge for edge in (row.low, row.high) if edge is not None]
            label = "" if axis.get_legend_handles_labels()[1][2:] else "target"
            across = [place] * len(edges)
            axis.scatter(edges, across, marker="|", s=70, color=WANTED, zorder=3, label=label)
    axis.set_yticks(places, [row.value for row in rows], fontsize=8)
    axis.invert_yaxis()
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axis.tick_params(axis="x", labelsize=8)
    axis.set_title(attribute, loc="left", fontsize=10)
    axis.spines[["top", "right"]].set_visible(False)
