"""`curate demo`: a synthetic world with known truth, and the whole line run on it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from curation import console
from curation.cli.options import WorkspaceOption

if TYPE_CHECKING:
    from curation.demo.report import DemoReport, Distribution

app = console.app("Try the whole line on a synthetic world: drawn people whose truth is known.")

TRUTH = Path("world/truth.csv")

PostsOption = Annotated[int, typer.Option(help="How many posts the world has.")]
SeedOption = Annotated[int, typer.Option(min=0, help="What the whole world follows from.")]
TruthOption = Annotated[
    Path,
    typer.Option(help="The truth.csv of the world; a relative path is below the workspace."),
]


@app.command()
def world(
    folder: Annotated[Path, typer.Argument(help="Where the world is written.")],
    posts: PostsOption = 900,
    seed: SeedOption = 1,
    processes: Annotated[
        int, typer.Option(min=0, help="Processes that draw; 0 takes one per core.")
    ] = 0,
) -> None:
    """Draw a synthetic world: posts.jsonl, images/ and truth.csv.

    People of all ages in six countries post birthday pictures. Some hashtags are wrong, some
    pictures are copies, groups, statues, cakes or broken files; truth.csv tells which. The same
    size and seed give the same bytes.

    Example: `curate demo world world --posts 900 --seed 1`
    """
    from curation.demo.files import write_world

    with console.progress("pictures") as bar:
        task = bar.add_task("world", total=posts)
        kinds = write_world(
            folder,
            posts,
            seed,
            processes or os.cpu_count(),
            lambda drawn: bar.update(task, advance=drawn),
        )
    listed = ", ".join(f"{kind} {number:,}" for kind, number in kinds.most_common())
    typer.echo(f"{folder}: {posts:,} posts ({listed})")


@app.command()
def vote(
    truth: TruthOption = TRUTH,
    seed: SeedOption = 1,
    workspace: WorkspaceOption = None,
) -> None:
    """Let three simulated moderators answer all tasks in Label Studio, through its real API.

    Each has an account of their own, and is right in 98, 95 or 88 of 100 answers. What a
    moderator has answered already is not answered again.

    Example: `curate push && curate demo vote && curate pull`
    """
    from curation.demo.voting import vote as let_vote
    from curation.workspace import open_workspace

    opened = open_workspace(workspace)
    with console.progress("votes") as bar:
        task = bar.add_task("vote", total=None)
        outcome = let_vote(
            opened,
            opened.root / truth,
            seed,
            lambda done, total: bar.update(task, completed=done, total=total),
        )
    given = ", ".join(f"{name} {number:,}" for name, number in outcome.given.items())
    before = f"; {outcome.before:,} were there before" if outcome.before else ""
    typer.echo(f"answers given: {given}{before}")


@app.command()
def report(truth: TruthOption = TRUTH, workspace: WorkspaceOption = None) -> None:
    """Compare what came out with what is true: balance, verdicts, hashtags, duplicates.

    Example: `curate demo report`
    """
    from curation.demo.files import read_truth
    from curation.demo.report import make_report
    from curation.workspace import open_workspace

    opened = open_workspace(workspace)
    _print(make_report(opened, read_truth(opened.root / truth)))


@app.command()
def run(
    folder: Annotated[Path, typer.Argument(help="The workspace; it is made when it is not there.")],
    posts: PostsOption = 900,
    seed: SeedOption = 1,
    epochs: Annotated[int, typer.Option(min=1, help="Epochs of training.")] = 40,
) -> None:
    """Run the whole line on a synthetic world, from hashtags to a benchmark table.

    Each step is a public command, shown before it runs. Stopped, or run again, it goes on with
    what is left to do. Needs an installed Label Studio, which is started and stopped.

    Example: `curate demo run demo-workspace`
    """
    from curation.demo.run import run_demo

    run_demo(folder, posts=posts, seed=seed, epochs=epochs)


def _print(made: DemoReport) -> None:
    from rich.table import Table

    out = console.out()
    for distribution in made.distributions:
        out.print(_distribution_table(distribution, made.dataset))
    verdicts = Table(title="verdicts and labels against the known truth", title_justify="left")
    for column in ("what", "right", "wrong", "undecided", "right of decided"):
        verdicts.add_column(column, justify="left" if column == "what" else "right")
    rows = [(f"verdicts on {row.attribute}", row) for row in made.verdicts]
    rows += [(f"{row.attribute} in {made.dataset}", row) for row in made.labels]
    for name, row in rows:
        decided = row.right + row.wrong
        share = f"{row.right / decided:.1%}" if decided else "-"
        verdicts.add_row(name, f"{row.right:,}", f"{row.wrong:,}", f"{row.undecided:,}", share)
    out.print(verdicts)
    defects = Table(title="known defects", title_justify="left")
    for column in ("kind", "found", "missed", "set aside before"):
        defects.add_column(column, justify="left" if column == "kind" else "right")
    for found in (made.hashtags, *made.duplicates):
        defects.add_row(
            found.kind.replace("_", " "),
            f"{found.found:,}",
            f"{found.missed:,}",
            f"{found.elsewhere:,}",
        )
    defects.add_row("different pictures taken for copies", "-", f"{made.false_duplicates:,}", "-")
    out.print(defects)


def _distribution_table(distribution: Distribution, dataset: str) -> object:
    from rich.table import Table

    table = Table(
        title=f"confirmed faces, and those taken into {dataset}, by {distribution.title}",
        title_justify="left",
    )
    for column in (distribution.title, "women", "men", "women taken", "men taken"):
        table.add_column(column, justify="left" if column == distribution.title else "right")
    for name, *numbers in distribution.rows:
        table.add_row(name, *(f"{number:,}" for number in numbers))
    return table
