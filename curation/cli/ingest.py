"""`curate ingest`: take posts in from a folder or a manifest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from curation import console
from curation.cli.options import DryRunOption, LimitOption, WorkersOption, WorkspaceOption
from curation.errors import UsageError

if TYPE_CHECKING:
    from curation.sources import Source

app = console.app(
    "Take posts in: record them with what their hashtags say, then fetch their pictures.\n\n"
    "Posts that are known already, and pictures that are stored already, are left alone: the "
    "same command again goes on where it stopped. `curate status` shows what was set aside.\n\n"
    "Pictures that a server would not give this time are tried again later, each time after a "
    "longer wait: by every `curate ingest`, and alone by `curate ingest --retry`."
)


@app.callback(invoke_without_command=True, no_args_is_help=True)
def ingest(
    context: typer.Context,
    retry: Annotated[
        bool,
        typer.Option("--retry", help="Only try again what could not be fetched, where it is due."),
    ] = False,
    now: Annotated[
        bool, typer.Option("--now", help="With --retry: do not wait until it is due.")
    ] = False,
    limit: LimitOption = None,
    dry_run: DryRunOption = False,
    workers: WorkersOption = 0,
    workspace: WorkspaceOption = None,
) -> None:
    """Try again what could not be fetched, or leave the work to the command of a source."""
    if context.invoked_subcommand is not None:
        if retry or now or limit or dry_run or workers or workspace:
            source = context.invoked_subcommand
            raise UsageError(
                f"options for {source} go behind it: `curate ingest {source} … --limit 10`; "
                "--retry takes no source"
            )
        return
    if not retry:
        raise UsageError(
            "name a source (`curate ingest folder DIR`), or try again what could not be fetched "
            "(`curate ingest --retry`)"
        )
    from curation.cli.running import run_stage
    from curation.ingest.run import fetch
    from curation.workspace import open_workspace

    opened = open_workspace(workspace)
    stage = fetch(opened, "retry-now" if now else "retry")
    run_stage(stage, opened, workers=workers, limit=limit, dry_run=dry_run)


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
    _ingest(source, workspace, limit, workers, dry_run)


@app.command()
def manifest(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV, JSONL or Parquet file.")],
    name: NameOption = None,
    limit: LimitOption = None,
    dry_run: DryRunOption = False,
    workers: WorkersOption = 0,
    workspace: WorkspaceOption = None,
) -> None:
    """Take in the posts of a CSV, JSONL or Parquet file, one row each.

    The column `image` holds a path (beside the file, or absolute) or an http(s) address. All
    others may be left out: hashtags, id, author, time (ISO 8601), url, licence, country (two
    letters), age (years), gender (female, male), race. Authors are stored as keyed hashes only.

    Example: `curate ingest manifest posts.csv`, where posts.csv holds

        image,hashtags,author,country
        anna.jpg,#7thbirthday #birthdaygirl,anna83,NG
    """
    from curation.sources import open_source

    source = open_source("manifest", file, name=name, notice=_notice)
    _ingest(source, workspace, limit, workers, dry_run)


def _ingest(
    source: Source, workspace: Path | None, limit: int | None, workers: int, dry_run: bool
) -> None:
    from curation.cli.running import run_stage
    from curation.ingest.run import stages
    from curation.workspace import open_workspace

    opened = open_workspace(workspace)
    for stage in stages(opened, source):
        run_stage(stage, opened, workers=workers, limit=limit, dry_run=dry_run)


def _notice(sentence: str) -> None:
    typer.echo(f"notice: {sentence}", err=True)
