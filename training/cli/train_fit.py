"""`train fit`: a manifest becomes a checkpoint."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from curation import console
from curation.errors import UsageError
from training.choices import Tta
from training.cli.fit_options import with_fit_settings
from training.loading import Faces
from training.settings import FitSettings

if TYPE_CHECKING:
    from training.epoch_log import EpochLog


@with_fit_settings()
def fit(
    settings: FitSettings,
    manifest: Annotated[
        Path | None, typer.Argument(help="The manifest.parquet of a dataset version.")
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            help="Instead of a manifest: a folder of pictures in folders named female and male "
            "(below train, validation, test, if you like). Trains the gender only."
        ),
    ] = None,
    faces: Annotated[
        Faces,
        typer.Option(
            help="What the folder's pictures show: one face each, taken as-is by the central "
            "square; or whole photographs, whose largest face is found and aligned first, as it "
            "is when the network is used. Aligned faces are kept below runs/ and made once."
        ),
    ] = Faces.as_is,
    out: Annotated[
        Path | None,
        typer.Option(help="Run folder.  [default: runs/DATASET-vN-BACKBONE-seedS]"),
    ] = None,
    resume: Annotated[
        bool | None,
        typer.Option(
            help="Go on with the run in the folder, or start over.  "
            "[default: go on if it is this run]",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Train a network on a manifest: first its head, then all layers.

    The run folder receives model.pt (the best epoch by validation loss), log.csv, curves.png and
    run.json. Kill it at any time: the same command goes on where it stopped.

    Example, on two cores and without pretrained weights:

        train fit manifest.parquet --backbone resnet18 --weights none --image-size 96

    On photographs that you sorted yourself: train fit --folder photos --faces align

    On several GPUs: torchrun --nproc-per-node 8 .venv/bin/train fit manifest.parquet
    """
    from training.checkpoint import load_checkpoint
    from training.fit import fit_manifest
    from training.folder import folder_manifest
    from training.manifest import open_manifest

    if (manifest is None) == (folder is None):
        raise UsageError("name a manifest.parquet, or --folder DIR; one of them")
    if folder is None and faces is Faces.align:
        raise UsageError("--faces align is for --folder; the faces of a manifest are aligned")
    if folder is not None:
        opened = folder_manifest(folder, faces)
    else:
        assert manifest is not None
        opened = open_manifest(manifest)
    result = fit_manifest(opened, settings, out, resume=resume)
    if not result.speaks:  # of several processes one speaks
        return
    best = result.best
    typer.echo(f"best epoch {best.epoch} of {result.epochs}: {_figures(best)}")
    made = load_checkpoint(result.checkpoint)
    if made.tta is not Tta.none and not result.interrupted:
        found = made.metrics
        settled = replace(
            best,
            validation_loss=found["validation_loss"],
            gender_accuracy=found["gender_accuracy"],
            mae=found["mae"],
        )
        typer.echo(f"by all views ({made.tta}): {_figures(settled)}")
    typer.echo(f"model {result.checkpoint}")
    if result.interrupted:
        typer.echo("stopped before the last epoch; the model is the best until then", err=True)
        raise typer.Exit(console.INTERRUPTED)


def _figures(epoch: EpochLog) -> str:
    figures = [f"validation loss {epoch.validation_loss:.3f}"]
    if epoch.gender_n:
        figures.append(f"gender accuracy {epoch.gender_accuracy:.1%} (n = {epoch.gender_n:,})")
    if epoch.age_n:
        figures.append(f"MAE {epoch.mae:.2f} years (n = {epoch.age_n:,})")
    return ", ".join(figures)
