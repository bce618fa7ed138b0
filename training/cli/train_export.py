"""`train export`: a checkpoint for use without Evenface."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from curation import console


def export(
    model: Annotated[Path, typer.Argument(help="The model.pt of a `train fit` run.")],
    onnx: Annotated[
        Path | None, typer.Option(help="ONNX file to write: network, view and normalisation.")
    ] = None,
    safetensors: Annotated[
        Path | None, typer.Option(help="safetensors file to write: the weights alone.")
    ] = None,
) -> None:
    """Write a network as ONNX, as safetensors, or both, with what is needed to use it.

    The ONNX file is held against PyTorch before it appears. Either file carries γ, sizes, the
    landmarks of aligned crops, normalisation, the meaning of the age and the dataset version as
    metadata. `bench run --model FILE` judges the ONNX file as it judges the checkpoint.

    Example:

        train export runs/first/model.pt --onnx face.onnx --safetensors face.safetensors
    """
    from training.export import export as export_model

    with console.err().status("exporting"):
        done = export_model(model, onnx, safetensors)
    if done.onnx is not None:
        typer.echo(
            f"onnx {done.onnx} ({done.onnx.stat().st_size / 1e6:,.1f} MB; differs from PyTorch by "
            f"{done.largest_difference:.1g} at most)"
        )
    if done.safetensors is not None:
        size = done.safetensors.stat().st_size / 1e6
        typer.echo(f"safetensors {done.safetensors} ({size:,.1f} MB)")
