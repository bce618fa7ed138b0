"""`train card`: the model card of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def card(
    run: Annotated[Path, typer.Argument(help="The run folder of `train fit`.")],
    bench: Annotated[
        list[Path] | None,
        typer.Option(
            help="A report of `bench run`: its folder or figures.json. May be given several times."
        ),
    ] = None,
    licence: Annotated[
        str, typer.Option(help="The licence of the weights, as the hub names it: cc-by-4.0, …")
    ] = "other",
    out: Annotated[
        Path | None, typer.Option(help="File to write.  [default: RUN/README.md]")
    ] = None,
) -> None:
    """Write the model card of a run, as the Hugging Face hub shows it.

    It holds the dataset version with its hash, the settings and curves of the training, figures
    with intervals and tables by group from the reports, intended use, limits and ethical notes.
    A report of another model is refused.

    Example:

        bench run --dataset manifest --manifest manifest.parquet --checkpoint runs/first/model.pt
        --out bench

        train card runs/first --bench bench --licence cc-by-nc-4.0
    """
    from training.card import write_card

    path = write_card(run, bench or [], licence, out)
    typer.echo(f"model card {path}")
    if not bench:
        typer.echo("it has no test figures: add a report of `bench run` with --bench", err=True)
