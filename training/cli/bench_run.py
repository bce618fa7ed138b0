"""`bench run`: a predictor and a test set become a table, and a folder with the whole report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from curation import console
from training.bench.leak import Leak
from training.choices import Reported
from training.cli import bench_options as options


def run(
    dataset: options.Dataset = "manifest",
    root: options.Root = None,
    manifest: options.ManifestFile = None,
    table: options.TableFile = None,
    split: options.Split = None,
    fold: options.Folds = None,
    preset: options.Preset = None,
    corrections: options.Corrections = None,
    checkpoint: options.Checkpoint = None,
    predictions: Annotated[
        Path | None,
        typer.Option(help="A CSV or Parquet file with the predictions of any system."),
    ] = None,
    predictor: options.PredictorName = None,
    model: options.Model = None,
    cache: Annotated[
        Path | None, typer.Option(help="Folder for a service's answers: nothing is paid twice.")
    ] = None,
    rate: Annotated[
        float | None, typer.Option(help="Most questions per second to a service.")
    ] = None,
    send_pictures: Annotated[
        bool,
        typer.Option("--send-pictures", help="Agreed: a service is sent these pictures of people."),
    ] = False,
    batch_size: Annotated[
        int | None, typer.Option(help="Faces that a network sees at once.", min=1)
    ] = None,
    embeddings: Annotated[
        Path | None,
        typer.Option(
            help="The test set's face embeddings, for a checkpoint that was trained on embeddings."
        ),
    ] = None,
    estimate: Annotated[
        Reported | None,
        typer.Option(
            help="Point of a predicted distribution that counts as the age: for each metric its "
            "best (MAPE has its own, the others the median), or one for all.  [default: by-metric]"
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the report (JSON, predictions, Markdown, HTML), or a .json."),
    ] = None,
    pictures: Annotated[
        int,
        typer.Option(
            help="Worst errors shown on the page. They show people: 0 unless asked.", min=0
        ),
    ] = 0,
    resamples: Annotated[
        int, typer.Option(help="Bootstrap resamples behind the intervals; 0: no intervals.", min=0)
    ] = 1000,
    seed: Annotated[int, typer.Option(help="Seed of the resamples.", min=0)] = 0,
    min_subjects: Annotated[
        int, typer.Option(help="Subjects below which an interval is marked as unreliable.", min=1)
    ] = 30,
    min_samples: Annotated[
        int, typer.Option(help="Faces below which a group is not called the worst.", min=1)
    ] = 30,
    trained_on: Annotated[
        list[Path] | None,
        typer.Option(help="A manifest.parquet that the network was trained on, to look for leaks."),
    ] = None,
    allow_leak: Annotated[
        list[Leak] | None,
        typer.Option(help="Test all the same on what was trained on; may be given several times."),
    ] = None,
    published: Annotated[
        bool, typer.Option(help="Also print published figures of other protocols, apart.")
    ] = False,
    device: options.Device = None,
) -> None:
    """Measure who tells gender and age, with 95 % intervals, beside what is published.

    Every figure states over how many faces n it was taken and follows rules that are printed.
    Faces that got no answer are counted, and figures given both ways.

    Example:

        bench run --manifest datasets/faces/v1/manifest.parquet --checkpoint model.pt --out bench
    """
    from training.bench.evaluation import Settings
    from training.bench.leaks import check_leaks, refuse
    from training.bench.predictors import PredictorOptions, guess_predictor, open_predictor
    from training.bench.protocols import ProtocolOptions, open_protocol
    from training.bench.report.folder import write_run
    from training.bench.report.screen import print_apart, print_report
    from training.bench.run import run_bench

    answering = PredictorOptions(
        checkpoint=checkpoint, predictions=predictions, model=model, device=device,
        batch_size=batch_size, cache=cache, rate=rate, send_pictures=send_pictures or None,
        estimate=estimate, embeddings=embeddings,
    )  # fmt: skip
    name = guess_predictor(predictor, answering)
    protocol = open_protocol(
        dataset,
        ProtocolOptions(
            root=root, manifest=manifest, table=table, split=split, folds=tuple(fold or ()),
            preset=preset, corrections=corrections,
        ),
    )  # fmt: skip
    folds = dict.fromkeys(one.fold for one in protocol.samples() if one.fold is not None)
    answerer = open_predictor(name, answering, list(folds))
    leaks = check_leaks(protocol.samples(), answerer.trained_on, trained_on or [], manifest)
    refuse(leaks, allow_leak or [])
    result = run_bench(
        protocol,
        answerer,
        Settings(resamples, seed, min_subjects, min_samples),
        notes=leaks.notes(),
    )
    print_report(result, console.out())
    if published:
        print_apart(result, console.out())
    if out is not None:
        written = write_run(result, out, pictures)
        typer.echo(f"report {written[-1] if out.suffix != '.json' else out}")
