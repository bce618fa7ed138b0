"""`bench check`: is a test set fit to be tested on?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from curation import console

EXAMPLES = 3


def check(
    dataset: Annotated[str, typer.Option(help="The protocol; `bench datasets` lists them.")],
    root: Annotated[
        Path | None, typer.Option(help="The dataset's folder, as it is distributed.")
    ] = None,
    manifest: Annotated[
        Path | None, typer.Option(help="The manifest.parquet of a dataset version of your own.")
    ] = None,
    table: Annotated[
        Path | None, typer.Option(help="A CSV or Parquet file with one row per face.")
    ] = None,
    split: Annotated[str | None, typer.Option(help="Which split to look at.")] = None,
    preset: Annotated[str | None, typer.Option(help="A named choice of faces.")] = None,
    corrections: Annotated[
        Path | None, typer.Option(help="A CSV file that mends labels of the dataset.")
    ] = None,
) -> None:
    """Look for what makes figures wrong: counts, copies, contradictions, split people, lost files.

    Prints what the protocol reads, then each finding with examples. Exits with 1 when one of them
    harms figures.

    Example:

        bench check --dataset adience --root ~/adience
    """
    from training.bench.protocols import ProtocolOptions, open_protocol

    opened = open_protocol(
        dataset,
        ProtocolOptions(
            root=root, manifest=manifest, table=table, split=split, preset=preset,
            corrections=corrections,
        ),
    )  # fmt: skip
    typer.echo(f"{opened.name}{f' ({opened.variant})' if opened.variant else ''}")
    for what, said in opened.describe().items():
        typer.echo(f"  {what}: {said}")
    with console.progress("files") as bar:
        bar.add_task("check", total=None)
        findings = list(opened.check())
    for finding in findings:
        mark = "HARM" if finding.harmful else "note"
        typer.echo(f"{mark}  {finding.kind}: {finding.count:,} - {finding.detail}")
        for example in finding.examples[:EXAMPLES]:
            typer.echo(f"      {example}")
    harmful = sum(finding.harmful for finding in findings)
    if harmful:
        typer.echo(f"{harmful} of {len(findings)} findings harm figures taken on this test set")
        raise typer.Exit(1)
    typer.echo("nothing was found that harms figures taken on this test set")
