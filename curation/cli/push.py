"""`curate push`: put faces to the moderators."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from curation import console
from curation.cli.options import DryRunOption, LimitOption, WorkspaceOption

if TYPE_CHECKING:
    from curation.moderation.campaign import Campaign
    from curation.workspace import Workspace


def push(
    order: Annotated[
        Literal["id", "value"],
        typer.Option(
            help="Which faces moderators see first: as they come, or the most valuable: of kinds "
            "of people that the balance targets are short of, the least certain claims first."
        ),
    ] = "id",
    predictions: Annotated[
        str | None,
        typer.Option(
            metavar="hashtags|FILE",
            help="Pre-annotate the tasks with what the hashtags say, or with a model's "
            "predictions (docs/moderation.md). Moderators see them only where "
            "moderation.show_predictions is true.",
            show_default=False,
        ),
    ] = None,
    repair: Annotated[
        bool,
        typer.Option(
            "--repair",
            help="First look for what the server lost (deleted by hand, or wiped), and send it "
            "again with the answers that were pulled.",
        ),
    ] = False,
    from_issues: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Send nothing new; ask two more moderators about each face whose label a network "
            "doubts: issues.parquet of `train label-issues`. Each doubt is acted on once.",
            show_default=False,
        ),
    ] = None,
    limit: LimitOption = None,
    dry_run: DryRunOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Send every face with a claimed age to Label Studio, once.

    Moderators see the aligned crop, the whole photograph and the claim, and are asked for the
    gender, whether the age fits, and whether the picture is relevant; moderation.languages says in
    which languages. The workspace's own server is used (`curate label-studio up`), or the one that
    label_studio.url names. Stopped at any point and started again, no face is sent twice.

    With --from-issues, faces that were sent before go back for two more votes, and the doubt is
    kept as a label that no claim and no verdict counts; the moderators decide.

    Examples:

        curate push --order value --limit 1000

        curate push --from-issues issues.parquet --limit 200
    """
    from curation.cli.running import run_stage
    from curation.errors import UsageError
    from curation.moderation.campaign import Campaign
    from curation.moderation.predictions import predictor_named
    from curation.moderation.push import PushStage
    from curation.workspace import open_workspace

    if repair and dry_run:
        raise UsageError("--repair changes what is sent next; leave out --dry-run")
    if from_issues is not None and (repair or predictions or order != "id"):
        raise UsageError(
            "--from-issues asks again about faces that were sent; leave out --repair, "
            "--predictions and --order"
        )
    opened = open_workspace(workspace)
    if from_issues is not None:
        _ask_again(from_issues, opened, limit, dry_run)
        return
    predictor = predictor_named(predictions)
    with Campaign(opened) as campaign:
        if not dry_run:
            _say_what_is_new(campaign, opened)
        if repair:
            _repair(campaign, opened)
        priorities = None
        if order == "value":
            from curation.dataset.shortage import value_of_faces

            priorities = value_of_faces(opened)
        stage = PushStage(campaign, priorities, predictor)
        run_stage(stage, opened, limit=limit, dry_run=dry_run)


def _ask_again(issues: Path, opened: Workspace, limit: int | None, dry_run: bool) -> None:
    """Send doubted faces back for more votes; of a dry run, say how many would go."""
    from curation.moderation.campaign import Campaign
    from curation.moderation.issues import ask_again, count_askable, read_issues

    doubts = read_issues(issues)
    with Campaign(opened) as campaign:
        if dry_run:
            typer.echo(f"dry run: {count_askable(opened.database, campaign.id, doubts, limit)}")
            return
        faces = len({doubt.face_id for doubt in doubts})
        with console.progress("faces") as bar:
            task = bar.add_task("asking again", total=faces if limit is None else min(faces, limit))

            def ask(remote: int, votes: int) -> bool:
                there = campaign.client.set_task_overlap(remote, votes, in_stream=True)
                bar.advance(task, int(there))
                return there

            done = ask_again(opened.database, campaign.id, doubts, ask, limit=limit)
    typer.echo(str(done))


def _say_what_is_new(campaign: Campaign, opened: Workspace) -> None:
    """Say in a sentence that the questions changed, before anybody is asked anew."""
    earlier = campaign.earlier(opened.database)
    if earlier is not None:
        version, answers = earlier
        typer.echo(
            f"the questions are not those of {version} any more: {campaign.questions} is a new "
            f"Label Studio project, where every face is asked about anew; {answers:,} answers to "
            "the old questions are kept and are not mixed with the new ones"
        )


def _repair(campaign: Campaign, opened: Workspace) -> None:
    from curation.moderation.repair import find_losses

    with console.progress("tasks") as bar:
        task = bar.add_task("repair", total=None)
        losses = find_losses(
            campaign,
            opened.database,
            lambda done, total: bar.update(task, completed=done, total=max(done, total)),
        )
    typer.echo(losses.in_words())
