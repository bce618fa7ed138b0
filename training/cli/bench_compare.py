"""`bench compare`: predictors on the same faces, with intervals of their differences."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from curation import console


def compare(
    runs: Annotated[
        list[Path], typer.Argument(help="Folders of `bench run --out`; differences from the first.")
    ],
    out: Annotated[Path | None, typer.Option(help="JSON file for all differences.")] = None,
    resamples: Annotated[int, typer.Option(help="Bootstrap resamples.", min=1)] = 1000,
    seed: Annotated[int, typer.Option(help="Seed of the resamples.", min=0)] = 0,
) -> None:
    """Compare runs on the faces that all of them judged.

    Each figure is paired: over the faces that both predictors answered, in the same resamples, so
    the interval of a difference is that of the difference and not of two separate figures. A
    difference whose interval excludes 0 is marked with a star.

    Example:

        bench compare bench-first bench-second --out difference.json
    """
    from training.bench.comparison import compare as compare_runs
    from training.bench.evaluation import Settings
    from training.bench.report.differences import as_plain, print_comparison
    from training.bench.report.plain import write_json
    from training.bench.run_files import read_run

    found = compare_runs([read_run(path) for path in runs], Settings(resamples, seed))
    print_comparison(found, console.out())
    if out is not None:
        write_json(out, as_plain(found))
        typer.echo(f"differences {out}")
