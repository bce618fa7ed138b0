"""The curves of a training run as a picture."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from training.epoch_log import EpochLog


def draw_curves(epochs: Sequence[EpochLog]) -> bytes:
    """Return a PNG of losses, gender accuracy and MAE over the epochs; a line ends stage 1."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 3.6), layout="constrained")
    canvas = FigureCanvasAgg(figure)
    losses, accuracy, mae = figure.subplots(1, 3)
    numbers = [logged.epoch for logged in epochs]
    losses.plot(numbers, [logged.train_loss for logged in epochs], label="training")
    losses.plot(numbers, [logged.validation_loss for logged in epochs], label="validation")
    losses.legend()
    accuracy.plot(numbers, [100 * logged.gender_accuracy for logged in epochs])
    mae.plot(numbers, [logged.mae for logged in epochs])
    head = sum(logged.stage == "head" for logged in epochs)
    titles = ("loss", "gender accuracy, validation (%)", "MAE of age, validation (years)")
    for axes, title in zip((losses, accuracy, mae), titles, strict=True):
        axes.set_title(title)
        axes.set_xlabel("epoch")
        axes.grid(alpha=0.3)
        if 0 < head < len(epochs):
            axes.axvline(head + 0.5, color="grey", linestyle="--", linewidth=1)
    image = io.BytesIO()
    canvas.print_png(image)  # type: ignore[no-untyped-call]
    return image.getvalue()
