"""`train cross-validate`: how good the recipe is, and how sure that is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from training.cli.fit_options import with_fit_settings
from training.settings import FitSettings


@with_fit_settings()
def cross_validate(
    manifest: Annotated[Path, typer.Argument(help="The manifest.parquet of a dataset version.")],
    settings: FitSettings,
    folds: Annotated[int, typer.Option(min=2, help="Folds; no subject stands in two.")] = 5,
    seeds: Annotated[
        int, typer.Option(min=1, help="Runs per fold, with seeds --seed, --seed + 1, …")
    ] = 5,
    out: Annotated[
        Path, typer.Option(help="Receives a run folder per cell, cells.csv, summary.json.")
    ] = Path("cross-validation"),
) -> None:
    """Train on all folds but one and test on that one, for every fold and several seeds.

    Validation, which chooses the best epoch, is drawn from the training folds by subject. Killed
    or stopped, the same command goes on in the cell where it was.

    Example:

        train cross-validate manifest.parquet --folds 5 --seeds 5 --backbone resnet18
    """
    from training.cross_validation import cross_validate as run
    from training.cross_validation import spread

    cells = run(manifest, settings, out, folds, seeds)
    for name, metric, digits, scale, unit in (
        ("gender accuracy", "gender_accuracy", 1, 100, " %"),
        ("MAE of age", "mae", 2, 1, " years"),
    ):
        found = spread(cells, metric, folds)
        low, high = found.low * scale, found.high * scale
        typer.echo(
            f"{name} {found.mean * scale:.{digits}f}{unit}, standard deviation "
            f"{found.deviation * scale:.{digits}f} ({found.of_folds * scale:.{digits}f} between "
            f"folds, {found.of_seeds * scale:.{digits}f} between seeds), 95 % interval "
            f"{low:.{digits}f} to {high:.{digits}f}"
        )
    typer.echo(f"{len(cells)} cells in {out / 'cells.csv'}")
