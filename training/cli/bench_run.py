"""`bench run`: a checkpoint and a test set become a table."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from curation import console


class Dataset(StrEnum):
    """Protocols that `--dataset` knows."""

    manifest = "manifest"


class SplitName(StrEnum):
    """Splits of a manifest."""

    train = "train"
    validation = "validation"
    test = "test"


def run(
    manifest: Annotated[Path, typer.Option(help="The manifest.parquet of a dataset version.")],
    checkpoint: Annotated[Path, typer.Option(help="The model.pt of a `train fit` run.")],
    dataset: Annotated[
        Dataset, typer.Option(help="The protocol: manifest is a split of a dataset of one's own.")
    ] = Dataset.manifest,
    split: Annotated[SplitName, typer.Option(help="Which split to test on.")] = SplitName.test,
    out: Annotated[
        Path | None, typer.Option(help="JSON file for all figures and settings.")
    ] = None,
    published: Annotated[
        bool, typer.Option(help="Also print published figures of other test sets.")
    ] = False,
    device: Annotated[
        str, typer.Option(help="auto (CUDA where there is one), cpu, cuda, cuda:1, …")
    ] = "auto",
) -> None:
    """Measure a trained network on a test set, beside the answer that needs no picture.

    Every figure states over how many faces n it was taken.

    Example:

        bench run --manifest datasets/faces/v1/manifest.parquet --checkpoint model.pt
    """
    from training.bench.protocols.manifest import ManifestProtocol
    from training.bench.published import print_published
    from training.bench.report import print_report, write_json
    from training.bench.run import run_bench

    protocols = {Dataset.manifest: ManifestProtocol}
    result = run_bench(protocols[dataset](manifest, split.value), checkpoint, device)
    print_report(result, console.out())
    if published:
        print_published(console.out())
    if out is not None:
        write_json(result, out)
        typer.echo(f"figures {out}")
