"""Pictures of the balance: what there is, what is wanted, and what is taken, per attribute."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from curation.balance.age_bins import parse_bin
from curation.balance.plan import Plan
from curation.balance.targets import ATTRIBUTES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

AVAILABLE, TAKEN, WANTED = "#b9b4c7", "#5c4b8a", "#d1495b"
MOST_VALUES = 40  # of one attribute; the rest are added up as "others"


def draw_balance(plan: Plan, path: Path) -> None:
    """Draw, as a PNG, each attribute's shares among the candidates and in the dataset.

    Where a target gives a value of one attribute its share of the whole dataset, a line marks it.
    """
    from matplotlib.figure import Figure

    shown = {name: shares_of(plan, name) for name in ATTRIBUTES if name in plan.cells.attributes}
    shown = {name: rows for name, rows in shown.items() if [row[0] for row in rows] != ["unknown"]}
    sizes = [max(2, len(rows)) for rows in shown.values()]
    figure = Figure(figsize=(9, 1.2 + 0.24 * sum(sizes) + 0.7 * len(shown)), layout="constrained")
    axes = figure.subplots(len(shown), 1, height_ratios=sizes, squeeze=False)[:, 0]
    for axis, (name, rows) in zip(axes, shown.items(), strict=True):
        _draw(axis, name, rows)
    total = int(plan.cells.available.sum())
    figure.suptitle(f"{total:,} candidates, {plan.total:,} in the dataset", x=0.01, ha="left")
    axes[0].legend(frameon=False, loc="lower right", fontsize=8)
    figure.savefig(path, dpi=120, metadata={"Software": None})


def shares_of(plan: Plan, attribute: str) -> list[tuple[str, float, float, float | None]]:
    """Return rows of value, share of the candidates, share of the dataset, share wanted or None.

    Ages in their order, other values by their number of candidates, the largest first.
    """
    place = plan.cells.attributes.index(attribute)
    values = plan.cells.values[place]
    codes = plan.cells.codes[:, place]
    available = np.bincount(codes, plan.cells.available, len(values))
    taken = np.bincount(codes, plan.taken, len(values))
    wanted = {
        share.value: share.low
        for share in plan.shares
        if share.target == attribute and share.within is None and share.low == share.high
    }
    rows: list[tuple[str, float, float, float | None]] = [
        (
            value or "unknown",
            float(available[code] / max(1, available.sum())),
            float(taken[code] / max(1, taken.sum())),
            wanted.get(value),
        )
        for code, value in enumerate(values)
    ]
    if attribute == "age":
        rows.sort(key=lambda row: parse_bin(row[0]).first)
    else:
        rows.sort(key=lambda row: (-row[1], row[0]))
    if len(rows) <= MOST_VALUES:
        return rows
    rest = rows[MOST_VALUES:]
    others = (f"{len(rest)} others", sum(r[1] for r in rest), sum(r[2] for r in rest), None)
    return [*rows[:MOST_VALUES], others]


def _draw(axis: Axes, name: str, rows: list[Any]) -> None:
    places = np.arange(len(rows))
    axis.barh(places - 0.2, [row[1] for row in rows], 0.36, color=AVAILABLE, label="candidates")
    axis.barh(places + 0.2, [row[2] for row in rows], 0.36, color=TAKEN, label="dataset")
    marked = [(place, row[3]) for place, row in zip(places, rows, strict=True) if row[3]]
    if marked:
        at, shares = zip(*marked, strict=True)
        axis.scatter(shares, at, marker="|", s=120, color=WANTED, zorder=3, label="target")
    axis.set_yticks(places, [row[0] for row in rows], fontsize=8)
    axis.invert_yaxis()
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axis.tick_params(axis="x", labelsize=8)
    axis.set_title(name, loc="left", fontsize=10)
    axis.spines[["top", "right"]].set_visible(False)
