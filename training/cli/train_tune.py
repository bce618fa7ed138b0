"""`train tune`: a search for a better recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from training.choices import Objective
from training.cli.fit_options import with_fit_settings
from training.settings import FitSettings


@with_fit_settings()
def tune(
    manifest: Annotated[Path, typer.Argument(help="The manifest.parquet of a dataset version.")],
    settings: FitSettings,
    trials: Annotated[
        int, typer.Option(min=1, help="How many trials, those of earlier calls included.")
    ] = 50,
    objective: Annotated[
        Objective,
        typer.Option(
            help="Errors on validation to make small: of the gender, of the age, or both."
        ),
    ] = Objective.both,
    only: Annotated[
        list[str] | None,
        typer.Option(
            help="Search only this setting; may be given several times.  [default: learning-rate, "
            "weight-decay, gender-weight, gamma, dropout, augment]",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option(help="Receives the study and a run folder per trial.")
    ] = Path("tuning"),
) -> None:
    """Search for better settings with Optuna: learning rate, weight decay, k, γ, dropout, views.

    What is not searched stays as its option says. Trials that fall behind are stopped early;
    killed or stopped, the same command goes on.

    Example:

        train tune manifest.parquet --trials 50 --backbone resnet18 --epochs 10
    """
    from training.tuning import as_options
    from training.tuning import tune as run

    names = [name.replace("-", "_") for name in only or []]
    study = run(manifest, settings, out, trials, objective, names)
    ended = [trial.state.name for trial in study.trials]
    typer.echo(
        f"{ended.count('COMPLETE')} trials, {ended.count('PRUNED')} more stopped early; table "
        f"{out / 'trials.csv'}"
    )
    if "COMPLETE" in ended:
        typer.echo(f"best score {study.best_value:.3f} (1 needs no picture, 0 is perfect)")
        typer.echo(f"train fit {manifest} {as_options(study.best_params)}")
