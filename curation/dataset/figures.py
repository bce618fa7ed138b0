"""Pictures of a dataset version: what there was, and what was taken."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

COLOURS = {"female": "#7a4fa3", "male": "#2f8f83"}


def draw_balance(plan: pd.DataFrame, path: Path) -> None:
    """Draw candidates and samples per country and gender as a PNG.

    Args:
        plan: rows with `country`, `gender`, `available` and `planned`.
        path: where the PNG goes.
    """
    from matplotlib.figure import Figure

    by_country = plan.pivot(index="country", columns="gender")
    totals = plan.groupby("country")["available"].sum().sort_values(ascending=False, kind="stable")
    order = list(totals.index)
    by_country = by_country.loc[order]
    width = max(5.0, 0.6 * len(order) + 2)
    figure = Figure(figsize=(width, 5.5), layout="constrained")
    axes = figure.subplots(2, 1, sharex=True, sharey=True)
    titles = (("available", "confirmed faces"), ("planned", "taken into the dataset"))
    for axis, (column, title) in zip(axes, titles, strict=True):
        for offset, gender in ((-0.2, "female"), (0.2, "male")):
            places = [place + offset for place in range(len(order))]
            counts = by_country[column][gender]
            bars = axis.bar(places, counts, width=0.38, color=COLOURS[gender], label=gender)
            axis.bar_label(bars, fontsize=7)
        total = int(plan[column].sum())
        axis.set_title(f"{title}: {total:,}", loc="left", fontsize=10)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].legend(frameon=False, loc="upper right")
    axes[1].set_xticks(range(len(order)), [country or "unknown" for country in order])
    figure.savefig(path, dpi=120, metadata={"Software": None})
