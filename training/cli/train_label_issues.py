"""`train label-issues`: the labels of a dataset that are probably wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from training.settings import FitSettings

DEFAULTS = FitSettings()


def label_issues(
    manifest: Annotated[Path, typer.Argument(help="The manifest.parquet of a dataset version.")],
    predictions: Annotated[
        Path | None,
        typer.Option(help="Out-of-fold predictions that are there already; nothing is trained."),
    ] = None,
    folds: Annotated[
        int, typer.Option(min=2, help="Networks; each is trained without one fold of the subjects.")
    ] = 5,
    backbone: Annotated[
        str, typer.Option(help="A torchvision classification model; resnet18 on small machines.")
    ] = DEFAULTS.backbone,
    weights: Annotated[
        str,
        typer.Option(help="First weights: imagenet, none (random), or a state dict on disk."),
    ] = DEFAULTS.weights,
    image_size: Annotated[
        int, typer.Option(min=16, max=1024, help="Pixels per side that the networks see.")
    ] = DEFAULTS.image_size,
    epochs: Annotated[
        int | None,
        typer.Option(min=0, help="Epochs, all layers.  [default: 20; 40 with --weights none]"),
    ] = DEFAULTS.epochs,
    batch_size: Annotated[
        int | None, typer.Option(min=2, help="Pictures per step.  [default: as `train fit`]")
    ] = DEFAULTS.batch_size,
    learning_rate: Annotated[
        float | None, typer.Option(help="Peak learning rate.  [default: as `train fit`]")
    ] = DEFAULTS.learning_rate,
    seed: Annotated[int, typer.Option(help="Seed of folds and networks.")] = DEFAULTS.seed,
    device: Annotated[
        str, typer.Option(help="auto (CUDA where there is one), cpu, cuda, cuda:1, …")
    ] = DEFAULTS.device,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Threads that decode pictures.  [default: one per core, to 8]"),
    ] = DEFAULTS.workers,
    tiles: Annotated[int, typer.Option(min=1, max=1000, help="Faces on the contact sheet.")] = 60,
    out: Annotated[
        Path | None, typer.Option(help="Folder.  [default: runs/label-issues-DATASET-vN]")
    ] = None,
) -> None:
    """Rank the labels of a dataset by how probably they are wrong.

    Networks are trained on parts of the subjects and asked about the others, in every split;
    cleanlab holds what they say against the labels. The folder receives issues.parquet, every
    label with its quality, the doubtful ones first and marked; issues.png, the most doubtful
    faces; and predictions.parquet. Stopped and started again, folds that are done stay done.

    A doubtful label is no wrong label: `curate push --from-issues issues.parquet` asks moderators
    again, and their votes decide.

    Example, on two cores:

        train label-issues manifest.parquet --backbone resnet18 --weights none --image-size 96
    """
    from training.issues_run import find_issues

    settings = FitSettings(
        backbone=backbone,
        weights=weights,
        image_size=image_size,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        seed=seed,
        device=device,
        workers=workers,
    )
    done = find_issues(manifest, settings, folds, predictions, out, tiles, report=typer.echo)
    for line in done.lines():
        typer.echo(line)
