"""`curate balance`: what the targets make of the confirmed faces, before anything is written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from curation import console
from curation.cli.options import WorkspaceOption

if TYPE_CHECKING:
    from curation.dataset.balance_table import BalanceTable


def balance(
    plot: Annotated[
        Path | None,
        typer.Option(help="Draw candidates, targets and dataset here, as PNG.", show_default=False),
    ] = None,
    advice: Annotated[
        int, typer.Option(min=0, help="How many kinds of photographs worth collecting to name.")
    ] = 5,
    workspace: WorkspaceOption = None,
) -> None:
    """Show the largest dataset that keeps the balance targets, and what limits it.

    Nothing is written but the plot. The targets stand in evenface.toml under [balance]; without
    any, every country gives as many women as men. Where targets cannot be met, the least by which
    they must give way is shown. At the end stands what would let the dataset grow.

    Example: `curate balance --plot balance.png`
    """
    from curation.balance.advice import what_would_help
    from curation.dataset.balance_table import balance_table
    from curation.dataset.balancing import plan_balance
    from curation.dataset.figures import draw_balance
    from curation.workspace import open_workspace

    balanced, drawn = plan_balance(open_workspace(workspace))
    plan, table = balanced.plan, balance_table(balanced, drawn)
    print_shares(table)
    for gave in plan.relaxed:
        typer.echo(f"cannot be met: {gave}")
    candidates = int(plan.cells.available.sum())
    typer.echo(
        f"{plan.total:,} of {candidates:,} confirmed faces ({plan.total / candidates:.1%}); no "
        f"dataset that keeps the targets has more than {plan.bound:,.1f}"
    )
    if advice:
        for sentence in what_would_help(plan, advice):
            typer.echo(str(sentence))
    if plot:
        draw_balance(table, plot)
        typer.echo(f"plot: {plot}")


def print_shares(shares: BalanceTable) -> None:
    """Print one table: each value's share of the candidates, of the target and of the dataset."""
    from rich.table import Table

    table = Table()
    for column in ("", "candidates", "target", "dataset"):
        table.add_column(column, justify="right" if column else "left")
    for attribute, rows in shares.items():
        candidates = sum(row.available for row in rows)
        taken = max(1, sum(row.planned for row in rows))
        table.add_section()
        table.add_row(f"[bold]{attribute}[/bold]")
        for row in rows:
            target = "" if row.wanted is None else f"{row.wanted:.1%}"
            before, after = f"{row.available / candidates:.1%}", f"{row.planned / taken:.1%}"
            table.add_row(f"  {row.value}", before, target, after)
    console.out().print(table)
