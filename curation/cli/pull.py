"""`curate pull`: take home the moderators' votes, and work out the verdicts."""

from __future__ import annotations

import typer

from curation.cli.options import DryRunOption, LimitOption, WorkspaceOption


def pull(
    limit: LimitOption = None,
    dry_run: DryRunOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Fetch what moderators answered since the last pull, and work out the verdicts.

    Answers that were changed or deleted in Label Studio count as they stand now. A face is set
    aside when the moderators agree that its picture is not relevant, that its claimed age does
    not fit or cannot be judged, or that its gender cannot be told. How many are asked and how
    many must agree say moderation.votes and moderation.quorum.

    Example: `curate pull`
    """
    from curation.cli.running import run_stage
    from curation.cli.tending import tend
    from curation.moderation.campaign import Campaign
    from curation.moderation.pull import PullStage
    from curation.moderation.verdicts import VerdictStage
    from curation.workspace import open_workspace

    opened = open_workspace(workspace)
    with Campaign(opened) as campaign:
        stage = PullStage(campaign)
        run_stage(stage, opened, limit=limit, dry_run=dry_run)
        run_stage(VerdictStage(campaign.id, opened.settings.moderation), opened, dry_run=dry_run)
        if not dry_run:
            tend(campaign)
    if stage.unknown_tasks:
        typer.echo(
            f"{stage.unknown_tasks:,} tasks in the Label Studio project were not made by "
            "`curate push` and were left alone",
            err=True,
        )
