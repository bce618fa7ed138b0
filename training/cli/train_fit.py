"""`train fit`: a manifest becomes a checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from curation import console
from training.settings import FitSettings, Precision

DEFAULTS = FitSettings()


def fit(
    manifest: Annotated[Path, typer.Argument(help="The manifest.parquet of a dataset version.")],
    backbone: Annotated[
        str, typer.Option(help="A torchvision classification model; resnet18 on small machines.")
    ] = DEFAULTS.backbone,
    weights: Annotated[
        str,
        typer.Option(help="First weights: imagenet, none (random), or a state dict on disk."),
    ] = DEFAULTS.weights,
    image_size: Annotated[
        int, typer.Option(min=16, max=1024, help="Pixels per side that the network sees.")
    ] = DEFAULTS.image_size,
    epochs_head: Annotated[
        int | None,
        typer.Option(
            min=0, help="Epochs of stage 1, head only.  [default: 3; 0 with --weights none]"
        ),
    ] = DEFAULTS.epochs_head,
    epochs: Annotated[
        int | None,
        typer.Option(
            min=0, help="Epochs of stage 2, all layers.  [default: 20; 40 with --weights none]"
        ),
    ] = DEFAULTS.epochs,
    batch_size: Annotated[
        int | None,
        typer.Option(
            min=2, help="Pictures per step.  [default: 32; 16 below 2,000 training samples]"
        ),
    ] = DEFAULTS.batch_size,
    learning_rate: Annotated[
        float | None,
        typer.Option(help="Peak learning rate.  [default: 0.01; 0.05 with --weights none]"),
    ] = DEFAULTS.learning_rate,
    gamma: Annotated[
        float, typer.Option(help="γ in years: ages are learnt as log(age + γ).")
    ] = DEFAULTS.gamma,
    gender_weight: Annotated[
        float, typer.Option(help="k: the gender loss counts k times the age loss.")
    ] = DEFAULTS.gender_weight,
    seed: Annotated[int, typer.Option(help="Seed of every random draw.")] = DEFAULTS.seed,
    device: Annotated[
        str, typer.Option(help="auto (CUDA where there is one), cpu, cuda, cuda:1, …")
    ] = DEFAULTS.device,
    precision: Annotated[
        Precision, typer.Option(help="Arithmetic; auto is bf16 on CUDA and fp32 on a CPU.")
    ] = DEFAULTS.precision,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Threads that decode pictures.  [default: one per core, to 8]"),
    ] = DEFAULTS.workers,
    out: Annotated[
        Path | None,
        typer.Option(help="Run folder.  [default: runs/DATASET-vN-BACKBONE-seedS]"),
    ] = None,
) -> None:
    """Train a network on a manifest: first its head, then all layers.

    The run folder receives model.pt (the best epoch by validation loss), log.csv, curves.png and
    run.json.

    Example, on two cores and without pretrained weights:

        train fit manifest.parquet --backbone resnet18 --weights none --image-size 96
    """
    from training.fit import fit as fit_manifest

    settings = FitSettings(
        backbone=backbone,
        weights=weights,
        image_size=image_size,
        epochs_head=epochs_head,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        gamma=gamma,
        gender_weight=gender_weight,
        seed=seed,
        device=device,
        precision=precision,
        workers=workers,
    )
    result = fit_manifest(manifest, settings, out)
    best = result.best
    typer.echo(
        f"best epoch {best.epoch} of {result.epochs}: validation loss {best.validation_loss:.3f}, "
        f"gender accuracy {best.gender_accuracy:.1%} (n = {best.gender_n:,}), "
        f"MAE {best.mae:.2f} years (n = {best.age_n:,})"
    )
    typer.echo(f"model {result.checkpoint}")
    if result.interrupted:
        typer.echo("stopped before the last epoch; the model is the best until then", err=True)
        raise typer.Exit(console.INTERRUPTED)
