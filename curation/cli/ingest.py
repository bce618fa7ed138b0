"""`curate ingest`: take posts in from a folder or a manifest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from curation import console
from curation.cli.options import (
    DryRunOption,
    EngineOption,
    LimitOption,
    RayAddressOption,
    WorkersOption,
    WorkspaceOption,
)

if TYPE_CHECKING:
    from curation.sources import Source

app = console.app(
    "Take posts in: record them with what their hashtags say, then fetch their pictures.\n\n"
    "Posts that are known already, and pictures that are stored already, are left alone: the "
    "same command again goes on where it stopped. `curate status` shows what was set aside."
)

NameOption = Annotated[
    str | None,
    typer.Option(
        help="What the source is called; else its absolute path. The same posts under another "
        "name are other posts.",
        show_default=False,
    ),
]


@app.command()
def folder(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of photographs.")],
    hashtag: Annotated[
        list[str] | None,
        typer.Option(help="A hashtag for every picture; may be repeated.", show_default=False),
    ] = None,
    country: Annotated[
        str | None,
        typer.Option(help="Where they were taken: ISO 3166-1, two letters.", show_default=False),
    ] = None,
    licence: Annotated[
        str | None, typer.Option(help="Their licence, such as CC-BY-4.0.", show_default=False)
    ] = None,
    name: NameOption = None,
    limit: LimitOption = None,
    dry_run: DryRunOption = False,
    workers: WorkersOption = 0,
    workspace: WorkspaceOption = None,
) -> None:
    """Take in every image file below a folder, each as one post.

    Hashtags are the names of the folders below DIR that a file lies in, and the words in its name
    that start with #. `photos/7thbirthday/anna.jpg` and `photos/anna #turning7.jpg` both say seven.

    Example: `curate ingest folder photos --country NG --licence CC-BY-4.0`
    """
    from curation.sources import open_source

    source = open_source(
        "folder",
        directory,
        name=name,
        hashtags=hashtag or (),
        country=country,
        licence=licence,
        notice=_notice,
    )
    # Its files are on this machine, and perhaps on no other of a cluster.
    _ingest(source, workspace, limit, workers, dry_run, "local", None)


@app.command()
def manifest(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV, JSONL or Parquet file.")],
    name: NameOption = None,
    limit: LimitOption = None,
    dry_run: DryRunOption = False,
    workers: WorkersOption = 0,
    engine: EngineOption = None,
    ray_address: RayAddressOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Take in the posts of a CSV, JSONL or Parquet file, one row each.

    The column `image` holds a path (beside the file, or absolute) or an http(s) address. All
    others may be left out: hashtags, id, author, time (ISO 8601), url, licence, country (two
    letters), age (years), gender (female, male), race, identity (who it shows, in any words).
    Authors and identities are stored as keyed hashes only.

    Example: `curate ingest manifest posts.csv`, where posts.csv holds

        image,hashtags,author,country
        anna.jpg,#7thbirthday #birthdaygirl,anna83,NG
    """
    from curation.sources import open_source

    source = open_source("manifest", file, name=name, notice=_notice)
    _ingest(source, workspace, limit, workers, dry_run, engine, ray_address)


def _ingest(
    source: Source,
    workspace: Path | None,
    limit: int | None,
    workers: int,
    dry_run: bool,
    engine: str | None,
    ray_address: str | None,
) -> None:
    from curation.cli.running import run_stage
    from curation.ingest.run import stages
    from curation.workspace import open_workspace

    opened = open_workspace(workspace)
    for stage in stages(opened, source):
        run_stage(
            stage,
            opened,
            workers=workers,
            engine=engine,
            ray_address=ray_address,
            limit=limit,
            dry_run=dry_run,
        )


def _notice(sentence: str) -> None:
    typer.echo(f"notice: {sentence}", err=True)
