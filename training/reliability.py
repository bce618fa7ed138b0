"""Whether stated intervals hold what they say: coverage against probability."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.distributions import AgeDistribution

Floats = NDArray[np.float64]
LEVELS = np.round(np.arange(0.1, 1.0, 0.1), 1)  # of central intervals


@dataclass(frozen=True, eq=False)
class Reliability:
    """The share of ages inside the central interval of each of `LEVELS`, (9,); NaN without ages."""

    before: Floats  # calibration
    after: Floats

    def covered(self, level: float) -> float:
        """Return the calibrated share at one of `LEVELS`."""
        return float(self.after[int(np.argmin(np.abs(LEVELS - level)))])


def coverage(said: AgeDistribution, ages: Floats, weights: Floats) -> Floats:
    """Return the weighted share of `ages` (N,), years, inside each of the central intervals, (9,).

    `weights` (N,) are 0 where the age is unknown.
    """
    if not weights.sum() > 0:
        return np.full(len(LEVELS), np.nan)
    shares = []
    for level in LEVELS:
        low, high = said.interval(float(level)).T
        shares.append(np.average((low <= ages) & (ages <= high), weights=weights))
    return np.array(shares)


def draw_reliability(found: Reliability) -> bytes:
    """Return a PNG of the shares over the levels; on the diagonal an interval holds its word."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.6, 4.6), layout="constrained")
    canvas = FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.plot([0, 100], [0, 100], color="grey", linewidth=1, linestyle="--")
    axes.plot(100 * LEVELS, 100 * found.before, marker=".", color="tab:orange", label="as trained")
    axes.plot(100 * LEVELS, 100 * found.after, marker=".", color="tab:blue", label="calibrated")
    axes.set(
        title="validation ages inside the interval (%)",
        xlabel="stated probability of the central interval (%)",
        xlim=(0, 100), ylim=(0, 100), aspect="equal",
    )  # fmt: skip
    axes.grid(alpha=0.3)
    axes.legend()
    image = io.BytesIO()
    canvas.print_png(image)  # type: ignore[no-untyped-call]
    return image.getvalue()
