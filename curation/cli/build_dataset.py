"""`curate build-dataset`: a balanced, documented dataset version."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from curation import console
from curation.cli.options import WorkspaceOption
from curation.errors import UsageError

if TYPE_CHECKING:
    from curation.dataset.build import Build


class Layout(StrEnum):
    """The layouts of a version; the shards are always written."""

    webdataset = "webdataset"
    imagefolder = "imagefolder"
    huggingface = "huggingface"


def build_dataset(
    name: Annotated[str, typer.Argument(help="Name of the dataset, for example faces.")],
    seed: Annotated[
        int | None,
        typer.Option(help="What every draw follows from; else `dataset.seed`.", show_default=False),
    ] = None,
    identities: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A CSV file that says who is who: identity, and face or image (an id).",
            show_default=False,
        ),
    ] = None,
    identity_weights: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Weights of facenet-pytorch's InceptionResnetV1: faces that look like one person "
            "are one subject. What it computes is never stored.",
            show_default=False,
        ),
    ] = None,
    relax: Annotated[
        bool, typer.Option("--relax", help="Let targets that cannot be met give way.")
    ] = False,
    layout: Annotated[
        list[Layout] | None,
        typer.Option(
            help="Write this layout too, beside the WebDataset shards; may be repeated.",
            show_default=False,
        ),
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Write the next version of a dataset: the largest one that keeps the balance targets.

    Without targets of your own in evenface.toml, every country gives as many women as men;
    `curate balance` shows the plan first.

    Takes the faces whose gender, age and relevance the moderators confirmed. No person stands in
    two splits: photographs of one author, copies of one photograph, and those that are said to
    show one person (by the posts' manifest, or by --identities) are one subject. Writes
    datasets/NAME/vN with manifest.parquet, WebDataset shards of aligned 256-pixel crops,
    balance.png, a datasheet (DATASHEET.md), croissant.json, provenance.json and dataset.json
    (docs/dataset.md). When nothing changed since the last version, none is written.

    Example: `curate build-dataset faces`
    """
    from curation.dataset.build import build_dataset as build
    from curation.workspace import open_workspace

    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise UsageError(
            f"{name!r} cannot name a dataset: use letters, digits, dot, dash and underscore"
        )
    opened = open_workspace(workspace)
    with console.progress("samples") as bar:
        task = bar.add_task("build-dataset", total=None)
        made = build(
            opened,
            name,
            opened.settings.dataset.seed if seed is None else seed,
            lambda done, total: bar.update(task, completed=done, total=total),
            identities=identities,
            identity_weights=identity_weights,
            notice=lambda sentence: bar.console.print(f"notice: {sentence}", soft_wrap=True),
            relax=relax,
            layouts=[str(one) for one in layout or () if one is not Layout.webdataset],
        )
    _print(made)


def _print(made: Build) -> None:
    from curation.cli.balance import print_shares, weights_in_words

    print_shares(made.table)
    if made.plan.raked is not None:
        typer.echo(f"the samples have {weights_in_words(made.plan, made.plan.raked.effective)}")
    for gave in made.plan.relaxed:
        typer.echo(f"gave way: {gave}")
    splits = ", ".join(f"{split} {count:,}" for split, count in made.per_split.items())
    state = "written" if made.is_new else "is up to date, nothing was written"
    typer.echo(
        f"{made.name} v{made.number} {state}: {made.samples:,} of {made.candidates:,} "
        f"confirmed faces ({splits})\n{made.subjects.in_words()}\nmanifest: {made.manifest}"
    )
