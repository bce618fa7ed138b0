"""`train lr-range`: which learning rates a network takes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from training.cli.fit_options import with_fit_settings
from training.settings import FitSettings


@with_fit_settings(
    without=(
        "epochs_head", "head_views", "epochs", "schedule", "learning_rate", "learning_rate_head",
        "warmup", "cycles", "cycle_growth", "ema", "patience", "patience_head", "auto_lr",
        "save_minutes", "tensorboard", "compile",
    )
)  # fmt: skip
def lr_range(
    manifest: Annotated[Path, typer.Argument(help="The manifest.parquet of a dataset version.")],
    settings: FitSettings,
    out: Annotated[
        Path, typer.Option(help="The curve; its numbers go into a .csv beside it.")
    ] = Path("lr-range.png"),
    steps: Annotated[int, typer.Option(min=20, help="How many batches.")] = 150,
    lowest: Annotated[float, typer.Option(help="The first learning rate.")] = 1e-6,
    highest: Annotated[float, typer.Option(help="The last, if the loss lasts so long.")] = 3.0,
) -> None:
    """Run the learning-rate range test: the loss at growing rates, drawn, and two proposals.

    Minimum is the rate at which the loss has made a tenth of its fall, maximum the one at which
    it has made nine tenths. Take the maximum as --learning-rate; `train fit --auto-lr` does the
    test by itself and takes both.

    Example:

        train lr-range manifest.parquet --backbone resnet18 --weights none --image-size 96
    """
    from training.lr_range import rates_of_manifest, write_range_test

    found = rates_of_manifest(manifest, settings, steps, lowest, highest)
    write_range_test(found, out)
    typer.echo(f"minimum {found.low:.2g}, maximum {found.high:.2g} ({len(found.rates)} steps)")
    typer.echo(f"curve {out}")
