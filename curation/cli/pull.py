"""`curate pull`: take home the moderators' votes, and work out the verdicts."""

from __future__ import annotations

import typer

from curation.cli.options import DryRunOption, LimitOption, WorkspaceOption


def pull(
    limit: LimitOption = None,
    dry_run: DryRunOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Fetch what moderators answered, work out the verdicts, and ask again where they are unsure.

    Answers that were changed or deleted in Label Studio count as they stand now. A face is set
    aside when the moderators agree that its picture is not relevant, that its claimed age does
    not fit or cannot be judged, or that its gender cannot be told. A face whose answers are not
    sure enough is shown to one more moderator; see `curate verdicts`.

    Example: `curate pull`
    """
    from curation.cli.running import run_stage
    from curation.cli.verdicts import judge_and_ask
    from curation.moderation.campaign import Campaign
    from curation.moderation.pull import PullStage
    from curation.workspace import open_workspace

    opened = open_workspace(workspace)
    with Campaign(opened) as campaign:
        stage = PullStage(campaign)
        run_stage(stage, opened, limit=limit, dry_run=dry_run)
        judge_and_ask(campaign, dry_run=dry_run)
    if stage.unknown_tasks:
        typer.echo(
            f"{stage.unknown_tasks:,} tasks in the Label Studio project were not made by "
            "`curate push` and were left alone",
            err=True,
        )
