"""`curate push`: put faces to the moderators."""

from __future__ import annotations

from curation.cli.options import DryRunOption, LimitOption, WorkspaceOption


def push(
    limit: LimitOption = None,
    dry_run: DryRunOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Send every face with a claimed age to Label Studio, once.

    Moderators see the aligned crop, the whole photograph and the claim, and are asked for the
    gender, whether the age fits, and whether the picture is relevant. The workspace's own
    server is used (`curate label-studio up`), or the one that label_studio.url names. Stopped
    at any point and started again, no face is sent twice.

    Example: `curate push --limit 100`
    """
    from curation.cli.running import run_stage
    from curation.moderation.campaign import Campaign
    from curation.moderation.push import PushStage
    from curation.workspace import open_workspace

    opened = open_workspace(workspace)
    with Campaign(opened) as campaign:
        run_stage(PushStage(campaign), opened, limit=limit, dry_run=dry_run)
