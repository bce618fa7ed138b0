"""`bench speed`: how fast a predictor is, detection included and apart."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from curation import console
from training.cli import bench_options as options

DEFAULT_SIZES = [1, 8, 32]


def speed(
    photographs: Annotated[
        list[Path] | None,
        typer.Argument(help="Pictures, or folders of them, in place of a test set."),
    ] = None,
    dataset: options.Dataset = "manifest",
    root: options.Root = None,
    manifest: options.ManifestFile = None,
    table: options.TableFile = None,
    split: options.Split = None,
    fold: options.Folds = None,
    preset: options.Preset = None,
    corrections: options.Corrections = None,
    checkpoint: options.Checkpoint = None,
    predictor: options.PredictorName = None,
    model: options.Model = None,
    device: options.Device = None,
    batch_size: Annotated[
        list[int] | None,
        typer.Option(
            help="Images at once; may be given several times.  [default: 1, 8, 32]", min=1
        ),
    ] = None,
    images: Annotated[int, typer.Option(help="Most images, taken evenly from all.", min=1)] = 64,
    rounds: Annotated[
        int, typer.Option(help="Counted rounds, after one that warms up.", min=1)
    ] = 5,
    threads: Annotated[
        int | None, typer.Option(help="Threads of PyTorch, ONNX Runtime and OpenCV.", min=1)
    ] = None,
    out: Annotated[Path | None, typer.Option(help="JSON file for all figures.")] = None,
) -> None:
    """Time a predictor: images per second, and latency as median and 95th percentile.

    Reading, detection and prediction are timed apart and together, at each batch size. Services
    and files of predictions are not timed.

    Example:

        bench speed ~/photographs --checkpoint runs/first/model.pt --batch-size 1 --batch-size 16
    """
    from training.bench.predictors import PredictorOptions, guess_predictor
    from training.bench.protocols import ProtocolOptions
    from training.bench.report.plain import write_json
    from training.bench.report.speeds import as_plain, print_speeds
    from training.bench.speed_run import run_speed

    sizes = batch_size or DEFAULT_SIZES
    answering = PredictorOptions(checkpoint=checkpoint, model=model, device=device)
    done = run_speed(
        guess_predictor(predictor, answering),
        answering,
        photographs or [],
        dataset,
        ProtocolOptions(
            root=root, manifest=manifest, table=table, split=split, folds=tuple(fold or ()),
            preset=preset, corrections=corrections,
        ),
        sizes,
        images,
        rounds,
        threads,
    )  # fmt: skip
    print_speeds(done.result, done.title, console.out())
    if out is not None:
        write_json(out, as_plain(done.result, done.about))
        typer.echo(f"figures {out}")
