"""`curate ingest mastodon`, `instagram` and `flickr`: posts by hashtag, from official APIs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from curation.cli.ingesting import Where, collect, ingest, notice, wait
from curation.cli.options import (
    EngineOption,
    RayAddressOption,
    WorkersOption,
    WorkspaceOption,
)

if TYPE_CHECKING:
    from curation.sources import Source
    from curation.sources.memory import Memory

TagOption = Annotated[
    list[str] | None,
    typer.Option("--tag", help="A hashtag to ask for; may be repeated.", show_default=False),
]
BirthdayTagsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--birthday-tags",
        metavar="LANGUAGE",
        help="Also ask for the hashtags that tell an age in this language (en, ru), such as "
        "turning12 and happy12thbirthday, for all --ages.",
        show_default=False,
    ),
]
AgesOption = Annotated[
    str, typer.Option(help="The ages of --birthday-tags, such as 1-90 or 18,21,30-40.")
]
SinceOption = Annotated[
    str | None,
    typer.Option(
        help="How far back: a date (2024-05-31) or so long ago (12h, 7d, 2w). What is newer than "
        "the last run is always read.",
        show_default=False,
    ),
]
EveryOption = Annotated[
    str | None,
    typer.Option(
        help="Keep going: ask again every 30m, 1h, 1d …, until Ctrl-C.", show_default=False
    ),
]
ApiLimitOption = Annotated[
    int | None, typer.Option("--limit", min=1, help="Take at most this many new posts.")
]
PlanOption = Annotated[
    bool, typer.Option("--dry-run", help="Say what would be asked, and ask nothing.")
]


def mastodon(
    instance: Annotated[
        str,
        typer.Option(
            help="The instance, such as https://mastodon.social: it shows what its members and "
            "those they follow have posted."
        ),
    ],
    tag: TagOption = None,
    birthday_tags: BirthdayTagsOption = None,
    ages: AgesOption = "1-90",
    since: SinceOption = None,
    every: EveryOption = None,
    local: Annotated[
        bool, typer.Option("--local", help="Only what the instance's own members have posted.")
    ] = False,
    also_not_indexable: Annotated[
        bool,
        typer.Option(
            "--also-not-indexable",
            help="Also take posts of accounts that did not opt into search and discovery; never "
            "of those that opted out (noindex, #nobot).",
        ),
    ] = False,
    limit: ApiLimitOption = None,
    dry_run: PlanOption = False,
    workers: WorkersOption = 0,
    engine: EngineOption = None,
    ray_address: RayAddressOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Take in what a Mastodon instance shows under hashtags.

    Most instances show hashtags to everybody; for the others put a token of an account there
    (scope read:statuses) into EVENFACE_MASTODON_TOKEN. It is sent to --instance and nowhere else.
    Posts marked sensitive and accounts that want to be left alone are set aside.

    Example: `curate ingest mastodon --instance https://mastodon.social --tag birthday --since 7d`
    """

    def make(memory: Memory, tags: list[str], **shared: Any) -> Source:
        from curation.sources.mastodon import TOKEN, MastodonSource

        return MastodonSource(
            instance,
            tags,
            token=_secret(TOKEN),
            local=local,
            also_not_indexable=also_not_indexable,
            memory=memory,
            **shared,
        )

    where = Where(workers, engine, ray_address)
    _ask(make, tag, birthday_tags, ages, since, every, limit, dry_run, where, workspace)


def instagram(
    tag: TagOption = None,
    birthday_tags: BirthdayTagsOption = None,
    ages: AgesOption = "1-90",
    top: Annotated[
        bool, typer.Option("--top", help="Also the most popular posts, of any time.")
    ] = False,
    since: SinceOption = None,
    every: EveryOption = None,
    api_version: Annotated[
        str, typer.Option(help="The version of the Graph API that your app is registered for.")
    ] = "v23.0",
    limit: ApiLimitOption = None,
    dry_run: PlanOption = False,
    workers: WorkersOption = 0,
    engine: EngineOption = None,
    ray_address: RayAddressOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Take in what Instagram's official hashtag search shows: the last 24 hours, no user names.

    It needs an access token in EVENFACE_INSTAGRAM_TOKEN (permission instagram_basic, reviewed
    feature Instagram Public Content Access) and the number of your business or creator account in
    EVENFACE_INSTAGRAM_ACCOUNT. An account may ask for 30 different hashtags in 7 days: they are
    counted before anything is asked (`curate sources` shows how many), and hashtags beyond are
    left for another day. With --every 12h nothing is missed.

    Example: `curate ingest instagram --tag turning12 --tag happy40thbirthday --every 12h`
    """

    def make(memory: Memory, tags: list[str], **shared: Any) -> Source:
        from curation.sources.instagram import ACCOUNT, SERVER, TOKEN, InstagramSource

        return InstagramSource(
            tags,
            account=_secret(ACCOUNT),
            token=_secret(TOKEN),
            top=top,
            api_version=api_version,
            url=os.environ.get(SERVER),
            memory=memory,
            **shared,
        )

    where = Where(workers, engine, ray_address)
    _ask(make, tag, birthday_tags, ages, since, every, limit, dry_run, where, workspace)


def flickr(
    tag: TagOption = None,
    birthday_tags: BirthdayTagsOption = None,
    ages: AgesOption = "1-90",
    licence: Annotated[
        list[str] | None,
        typer.Option(
            help="by, by-sa, by-nc, by-nd, by-nc-sa, by-nc-nd, cc0, pdm; open for those without "
            "conditions but a name (cc0, pdm, by, by-sa), cc for all; may be repeated.",
            show_default="open",
        ),
    ] = None,
    since: SinceOption = None,
    every: EveryOption = None,
    limit: ApiLimitOption = None,
    dry_run: PlanOption = False,
    workers: WorkersOption = 0,
    engine: EngineOption = None,
    ray_address: RayAddressOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Take in Flickr's public photographs by tag and licence, with the country they are of.

    It needs an API key in EVENFACE_FLICKR_KEY. Searches with more than the 4,000 results that
    Flickr gives are cut by the date of upload, so that none is missed.

    Example: `curate ingest flickr --tag turning12 --licence by --licence by-sa --since 2015-01-01`
    """

    def make(memory: Memory, tags: list[str], **shared: Any) -> Source:
        from curation.sources.flickr import DEFAULT_LICENCES, KEY, SERVER, FlickrSource

        return FlickrSource(
            tags,
            key=_secret(KEY),
            licences=licence or DEFAULT_LICENCES,
            url=os.environ.get(SERVER),
            memory=memory,
            **shared,
        )

    where = Where(workers, engine, ray_address)
    _ask(make, tag, birthday_tags, ages, since, every, limit, dry_run, where, workspace)


def _ask(
    make: Any,
    tags: list[str] | None,
    birthday: list[str] | None,
    ages: str,
    since: str | None,
    every: str | None,
    limit: int | None,
    dry_run: bool,
    where: Where,
    workspace: Path | None,
) -> None:
    from curation.sources.birthday_tags import birthday_tags
    from curation.sources.memory import Memory
    from curation.sources.waiting import duration
    from curation.sources.waiting import since as moment
    from curation.workspace import open_workspace

    opened = open_workspace(workspace)
    memory = Memory(opened.database)
    wanted = [*(tags or ()), *birthday_tags(birthday or (), ages)]
    pause = duration(every, "--every") if every else None

    def source() -> Source:
        made: Source = make(memory, wanted, since=moment(since), notice=notice, wait=wait)
        return made

    if dry_run:
        ingest(source(), opened, where, limit=limit, dry_run=True)
        return
    collect(source, opened, where, limit=limit, every=pause)


def _secret(variable: str) -> str | None:
    """Return the value of a variable; one that cannot be a token would be repeated by errors."""
    from curation.errors import SettingsError

    value = os.environ.get(variable, "").strip()
    if not all("!" <= sign <= "~" for sign in value):
        raise SettingsError(f"{variable} holds blanks or signs that no token has")
    return value or None
