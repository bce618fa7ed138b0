"""`bench check`: is a test set fit to be tested on?"""

from __future__ import annotations

import typer

from curation import console
from training.cli import bench_options as options

EXAMPLES = 3


def check(
    dataset: options.Dataset,
    root: options.Root = None,
    manifest: options.ManifestFile = None,
    table: options.TableFile = None,
    split: options.Split = None,
    preset: options.Preset = None,
    corrections: options.Corrections = None,
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
