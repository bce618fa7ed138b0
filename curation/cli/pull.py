"""`curate pull`: take home the moderators' votes, and work out the verdicts."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Any

import typer

from curation.cli.options import DryRunOption, LimitOption, WorkspaceOption

if TYPE_CHECKING:
    from curation.moderation.campaign import Campaign
    from curation.workspace import Workspace


def pull(
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on pulling until Ctrl-C; see --every.")
    ] = False,
    every: Annotated[
        float, typer.Option(min=1, help="Seconds between two pulls with --watch.")
    ] = 30.0,
    webhook: Annotated[
        bool,
        typer.Option(
            "--webhook",
            help="With --watch: also pull as soon as Label Studio tells of an answer. It has to "
            "run on this machine, with label_studio.hooks on. Events that are lost cost only "
            "time.",
        ),
    ] = False,
    limit: LimitOption = None,
    dry_run: DryRunOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Fetch what moderators answered, work out the verdicts, and ask again where they are unsure.

    Answers that were changed or deleted in Label Studio count as they stand now. A face is set
    aside when the moderators agree that its picture is not relevant, that its claimed age does
    not fit or cannot be judged, or that its gender cannot be told; one unsafe vote puts it in
    quarantine (`curate quarantine`). A face whose answers are not sure enough is shown to one more
    moderator (`curate verdicts`).

    Example: `curate pull --watch --every 60`
    """
    from curation.errors import UsageError
    from curation.moderation.campaign import Campaign
    from curation.workspace import open_workspace

    if watch and (dry_run or limit):
        raise UsageError("--watch pulls all there is, again and again; leave out the other options")
    if webhook and not watch:
        raise UsageError("--webhook is for a pull that goes on; add --watch")
    opened = open_workspace(workspace)
    with Campaign(opened) as campaign:
        if watch:
            _watch(campaign, opened, every, webhook=webhook)
        else:
            _once(campaign, opened, limit=limit, dry_run=dry_run)


def _once(campaign: Campaign, opened: Workspace, *, limit: int | None, dry_run: bool) -> None:
    from curation.cli.running import run_stage
    from curation.cli.tending import tend
    from curation.cli.verdicts import judge_and_ask
    from curation.moderation.pull import PullStage
    from curation.moderation.quarantine import HideUnsafe

    stage = PullStage(campaign)
    run_stage(stage, opened, limit=limit, dry_run=dry_run)
    hide = HideUnsafe(campaign)
    if hide.count(opened.database):
        run_stage(hide, opened, dry_run=dry_run)
    learnt_anew = judge_and_ask(campaign, dry_run=dry_run)
    if not dry_run:
        tend(campaign, learnt_anew=learnt_anew)
    _say_what_is_strange(stage.unknown_tasks, stage.missing_tasks)


def _say_what_is_strange(unknown: int, missing: int) -> None:
    if unknown:
        typer.echo(
            f"{unknown:,} tasks in the Label Studio project were not made by "
            "`curate push` and were left alone",
            err=True,
        )
    if missing:
        typer.echo(
            f"{missing:,} tasks that were pushed are no longer in the Label Studio project; "
            "`curate push --repair` sends them again, with the answers that were pulled",
            err=True,
        )


def _project(campaign: Campaign) -> int:
    """Return the server's id of the project whose events are wanted."""
    from curation.errors import SettingsError, UsageError
    from curation.moderation.campaign import OWN_SERVER

    if campaign.server == OWN_SERVER and not campaign.settings.label_studio.hooks:
        raise SettingsError(
            "the workspace's Label Studio may not call this machine; set label_studio.hooks = true "
            "and start it again (`curate label-studio down`, then `up`), or leave out --webhook"
        )
    project = campaign.row(campaign.workspace.database)
    if project is None:
        raise UsageError("nobody was asked anything yet; run `curate push` first")
    return project.remote_id


def _watch(campaign: Campaign, opened: Workspace, every: float, *, webhook: bool) -> None:
    from curation.cli.running import in_words
    from curation.cli.tending import tend
    from curation.moderation.asking import AskStage
    from curation.moderation.hooks import HookReceiver
    from curation.moderation.pull import PullStage
    from curation.moderation.quarantine import HideUnsafe
    from curation.moderation.verdicts import VerdictStage
    from curation.moderation.watch import watch
    from curation.stages import Stage, run

    def once() -> None:
        verdicts = VerdictStage(campaign.id, opened.settings.moderation)
        stages: list[Stage[Any, Any]] = [
            PullStage(campaign),
            HideUnsafe(campaign),
            verdicts,
            AskStage(campaign),
        ]
        for stage in stages:
            report = run(stage, opened.database)
            if report.processed:
                typer.echo(in_words(report))
        tend(campaign, learnt_anew=verdicts.learning is not None)

    with ExitStack() as open_now:
        woken = None
        if webhook:
            woken = open_now.enter_context(HookReceiver(campaign.client, _project(campaign))).woken
        typer.echo(f"pulling every {every:g} s; Ctrl-C ends it")
        try:
            watch(once, every, woken=woken, tell=lambda sentence: typer.echo(sentence, err=True))
        except KeyboardInterrupt:
            typer.echo("stopped; what came is recorded")
