"""`curate ingest`: take posts in from files; from APIs, see `ingest_apis`."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from curation import console
from curation.cli import ingest_apis
from curation.cli.ingesting import Where, ingest, notice, wait
from curation.cli.options import (
    DryRunOption,
    EngineOption,
    LimitOption,
    RayAddressOption,
    WorkersOption,
    WorkspaceOption,
)
from curation.errors import UsageError

if TYPE_CHECKING:
    from curation.sources import Source

app = console.app(
    "Take posts in: record them with what their hashtags say, then fetch their pictures.\n\n"
    "Posts that are known already, and pictures that are stored already, are left alone: the "
    "same command again goes on where it stopped. `curate status` shows what was set aside, "
    "`curate sources` what each source needs.\n\n"
    "Pictures that a server would not give this time are tried again later, each time after a "
    "longer wait: by every `curate ingest`, and alone by `curate ingest --retry`."
)


@app.callback(invoke_without_command=True, no_args_is_help=True)
def retry_alone(
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
    engine: EngineOption = None,
    ray_address: RayAddressOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Try again what could not be fetched, or leave the work to the command of a source."""
    if context.invoked_subcommand is not None:
        if retry or now or limit or dry_run or workers or engine or ray_address or workspace:
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
    run_stage(
        stage,
        opened,
        workers=workers,
        engine=engine,
        ray_address=ray_address,
        limit=limit,
        dry_run=dry_run,
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
        notice=notice,
    )
    # Its files are on this machine, and perhaps on no other of a cluster.
    _take_in(source, workspace, limit, workers, dry_run, "local", None)


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

    source = open_source("manifest", file, name=name, notice=notice)
    _take_in(source, workspace, limit, workers, dry_run, engine, ray_address)


@app.command()
def instaloader(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="What instaloader wrote.")],
    name: NameOption = None,
    limit: LimitOption = None,
    dry_run: DryRunOption = False,
    workers: WorkersOption = 0,
    workspace: WorkspaceOption = None,
) -> None:
    """Take in an export that instaloader wrote: JSON (or .json.xz) beside pictures.

    Pictures of one post stay together, the covers of videos are left out. Without JSON the
    captions in .txt files tell the hashtags.

    Example: `curate ingest instaloader "#turning12"`
    """
    from curation.sources import open_source

    source = open_source("instaloader", directory, name=name, notice=notice)
    _take_in(source, workspace, limit, workers, dry_run, "local", None)


@app.command("gallery-dl")
def gallery_dl(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="What gallery-dl wrote.")],
    name: NameOption = None,
    limit: LimitOption = None,
    dry_run: DryRunOption = False,
    workers: WorkersOption = 0,
    workspace: WorkspaceOption = None,
) -> None:
    """Take in an export that gallery-dl wrote with --write-metadata: NAME.jpg.json beside NAME.jpg.

    Pictures without metadata are left out and counted, since nothing tells whose age they show.

    Example: `curate ingest gallery-dl gallery-dl/flickr`
    """
    from curation.sources import open_source

    source = open_source("gallery-dl", directory, name=name, notice=notice)
    _take_in(source, workspace, limit, workers, dry_run, "local", None)


@app.command("from")
def from_source(
    kind: Annotated[str, typer.Argument(help="The kind of source, as `curate sources` names it.")],
    arguments: Annotated[
        list[str] | None, typer.Argument(help="What that source takes: a file, an address, …")
    ] = None,
    limit: LimitOption = None,
    dry_run: DryRunOption = False,
    workers: WorkersOption = 0,
    engine: EngineOption = None,
    ray_address: RayAddressOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Take in posts from a source that has no command of its own, such as one that you wrote.

    docs/new-source.md shows a whole one: a file, and a line in the registry.

    Example: `curate ingest from photoblog https://blog.example/feed.json`
    """
    from curation.errors import InputError
    from curation.sources import SOURCES, open_source, source_class
    from curation.sources.memory import Memory
    from curation.workspace import open_workspace

    if kind in {command.name or getattr(command.callback, "__name__", "") for command in _own()}:
        raise InputError(f"{kind} has a command of its own: `curate ingest {kind} --help`")
    if kind not in SOURCES:
        raise InputError(f"there is no source {kind!r}; `curate sources` lists them")
    opened = open_workspace(workspace)
    given = {"notice": notice, "wait": wait, "memory": Memory(opened.database)}
    takes = inspect.signature(source_class(kind)).parameters
    options = {name: value for name, value in given.items() if name in takes}
    positional = [name for name in takes if name not in given]
    if len(arguments or ()) != len(positional):
        raise InputError(f"{kind} takes {len(positional)}: {', '.join(positional) or 'nothing'}")
    source = open_source(kind, *(arguments or ()), **options)
    where = Where(workers, engine, ray_address)
    ingest(source, opened, where, limit=limit, dry_run=dry_run)


def _own() -> list[typer.models.CommandInfo]:
    return app.registered_commands


app.command()(ingest_apis.mastodon)
app.command()(ingest_apis.instagram)
app.command()(ingest_apis.flickr)


def _take_in(
    source: Source,
    workspace: Path | None,
    limit: int | None,
    workers: int,
    dry_run: bool,
    engine: str | None,
    ray_address: str | None,
) -> None:
    from curation.workspace import open_workspace

    where = Where(workers, engine, ray_address)
    ingest(source, open_workspace(workspace), where, limit=limit, dry_run=dry_run)
