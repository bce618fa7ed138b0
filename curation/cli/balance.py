"""`curate balance`: what the targets make of the confirmed faces, before anything is written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from curation import console
from curation.cli.options import WorkspaceOption

if TYPE_CHECKING:
    from curation.balance.plan import Plan
    from curation.dataset.balance_table import BalanceTable


def balance(
    mode: Annotated[
        Literal["draw", "weights"] | None,
        typer.Option(
            help="The largest dataset (draw), or everything, weighed; else `balance.mode`.",
            show_default=False,
        ),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(help="Draw candidates, targets and dataset here, as PNG.", show_default=False),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(
            help="The same as a page, with every number; it needs no other file.",
            show_default=False,
        ),
    ] = None,
    advice: Annotated[
        int, typer.Option(min=0, help="How many kinds of photographs worth collecting to name.")
    ] = 5,
    workspace: WorkspaceOption = None,
) -> None:
    """Show the largest dataset that keeps the balance targets, and what limits it.

    Nothing is written but the plot and the page. The targets stand in evenface.toml under
    [balance]; without any, every country gives as many women as men. Where targets cannot be met,
    the least by which they must give way is shown. At the end stands what would let the dataset
    grow.

    With `--mode weights` everything is kept, and weights make up for what there is too little of;
    the effective number says how many equal photographs the weighed ones are worth.

    Example: `curate balance --plot balance.png --html balance.html`
    """
    from curation.balance.advice import what_would_help
    from curation.dataset.balance_page import write_page
    from curation.dataset.balance_table import balance_table
    from curation.dataset.balancing import plan_balance
    from curation.dataset.figures import draw_balance, write_beside
    from curation.workspace import open_workspace

    balanced, taken = plan_balance(open_workspace(workspace), mode)
    plan, table = balanced.plan, balance_table(balanced, taken)
    print_shares(table)
    told = [*balanced.notices, *_not_met(plan)]
    for sentence in told:
        typer.echo(sentence)
    typer.echo(in_words(plan))
    helpful = [str(one) for one in what_would_help(plan, advice)] if advice else []
    for sentence in helpful:
        typer.echo(sentence)
    if plot:
        write_beside(plot, lambda beside: draw_balance(table, beside))
        typer.echo(f"plot: {plot}")
    if html:
        write_page(html, table, plan, told, helpful)
        typer.echo(f"page: {html}")


def in_words(plan: Plan) -> str:
    """Return what the plan comes to, in a sentence."""
    candidates = int(plan.cells.available.sum())
    if plan.raked is None:
        return (
            f"{plan.total:,} of {candidates:,} confirmed faces ({plan.total / candidates:.1%}); no "
            f"dataset that keeps the targets has more than {plan.bound:,.1f}"
        )
    return (
        f"{plan.total:,} of {candidates:,} confirmed faces, with "
        f"{weights_in_words(plan, plan.raked.effective)}"
    )


def weights_in_words(plan: Plan, effective: float) -> str:
    """Return the range of the weights, and how many equal photographs these are worth."""
    used = plan.weights[plan.taken > 0]
    return f"weights from {used.min():.3g} to {used.max():.3g}, worth {effective:,.0f} equal ones"


def _not_met(plan: Plan) -> list[str]:
    why = [f"not all targets can be met: {plan.raked.unmet}"] if plan.raked and plan.relaxed else []
    return why + [f"cannot be met: {gave}" for gave in plan.relaxed]


def print_shares(shares: BalanceTable) -> None:
    """Print one table: each value's share of the candidates, of the target and of the dataset."""
    from rich.table import Table

    from curation.dataset.balance_table import target_in_words

    table = Table()
    for column in ("", "candidates", "target", "dataset"):
        table.add_column(column, justify="right" if column else "left")
    for attribute, rows in shares.items():
        candidates = sum(row.available for row in rows)
        taken = max(1, sum(row.planned for row in rows))
        table.add_section()
        table.add_row(f"[bold]{attribute}[/bold]")
        for row in rows:
            before, after = f"{row.available / candidates:.1%}", f"{row.planned / taken:.1%}"
            table.add_row(f"  {row.value}", before, target_in_words(row), after)
    console.out().print(table)
