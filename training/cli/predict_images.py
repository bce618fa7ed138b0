"""`predict images`: photographs become JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from curation import console
from training.choices import Estimate


def images(
    paths: Annotated[list[Path], typer.Argument(help="Image files, or folders of them.")],
    checkpoint: Annotated[Path, typer.Option(help="The model.pt of a `train fit` run.")],
    out: Annotated[
        Path | None, typer.Option(help="JSON file to write instead of standard output.")
    ] = None,
    min_face: Annotated[
        int, typer.Option(min=12, help="Smallest face that is looked for, in pixels.")
    ] = 40,
    min_score: Annotated[
        float, typer.Option(min=0, max=1, help="Lowest score of the detector that counts.")
    ] = 0.95,
    estimate: Annotated[
        Estimate, typer.Option(help="Point that stands for the predicted distribution of ages.")
    ] = Estimate.median,
    device: Annotated[
        str, typer.Option(help="auto (CUDA where there is one), cpu, cuda, cuda:1, …")
    ] = "auto",
) -> None:
    """Find the faces in photographs, and predict gender and age of each.

    Prints a JSON list with one entry per file, in the order given: path, and per face the box
    (pixels), gender with its probability, age (years; the median unless --estimate says
    otherwise), sigma (of log age) and the interval that holds the age with probability 0.8; or the
    reason why there is no face.

    Example:

        predict images holiday/ portrait.jpg --checkpoint runs/faces-v1-resnet50-seed0/model.pt
    """
    import json

    from curation.faces.detector import Detector
    from training.device import pick_device
    from training.files import write_atomically
    from training.inference.images import list_pictures, predict_pictures
    from training.inference.predictor import Predictor

    files = list_pictures(paths)
    predictor = Predictor(checkpoint, device, estimate=estimate)
    detector = Detector(min_face=min_face, device=str(pick_device(device)))
    entries = []
    with console.progress("images") as progress:
        bar = progress.add_task("predicting", total=len(files))
        for entry in predict_pictures(files, predictor, detector, min_score):
            entries.append(entry)
            progress.advance(bar)
    text = json.dumps(entries, indent=2, ensure_ascii=False)
    if out is None:
        typer.echo(text)
    else:
        write_atomically(out, (text + "\n").encode())
        typer.echo(f"predictions {out}")
