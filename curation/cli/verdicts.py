"""`curate verdicts`: what the votes add up to, and asking again where that is not sure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from curation.cli.options import DryRunOption, WorkspaceOption

if TYPE_CHECKING:
    from curation.moderation.campaign import Campaign
    from curation.moderation.verdicts import VerdictStage

AllOption = Annotated[
    bool,
    typer.Option(
        "--all",
        help="Learn how good each moderator is from all votes anew, judge every face again, and "
        "tell Label Studio again how many moderators each shall be shown to.",
    ),
]
MethodOption = Annotated[
    Literal["dawid-skene", "majority"] | None,
    typer.Option(
        help="How votes become verdicts in this run, with --all; else `moderation.method`.",
        show_default=False,
    ),
]
NoAskOption = Annotated[
    bool, typer.Option("--no-ask", help="Only work out; leave Label Studio alone.")
]


def verdicts(
    everything: AllOption = False,
    method: MethodOption = None,
    no_ask: NoAskOption = False,
    dry_run: DryRunOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Work out verdicts from the votes that `curate pull` took home, and ask again where needed.

    Every moderator is weighed by how often they are right, as their votes show. A face whose
    answers are not sure enough (moderation.threshold) is shown to one more moderator, until it is
    or moderation.max_votes have seen it. `curate pull` ends with this; run it by itself after a
    change of settings, or with --all.

    Example: `curate verdicts --all`
    """
    from curation.errors import UsageError
    from curation.moderation.campaign import Campaign
    from curation.workspace import open_workspace

    if method and not everything:
        raise UsageError(
            "--method would leave verdicts of two methods side by side; add --all, or set "
            "moderation.method in evenface.toml"
        )
    opened = open_workspace(workspace)
    usual = opened.settings.moderation.method
    if method and method != usual:
        opened = open_workspace(workspace, {"moderation": {"method": method}})
        typer.echo(
            f"the next pull judges by {usual} again, unless moderation.method is set to {method}",
            err=True,
        )
    with Campaign(opened) as campaign:
        judge_and_ask(campaign, everything=everything, ask=not no_ask, dry_run=dry_run)


def judge_and_ask(
    campaign: Campaign, *, everything: bool = False, ask: bool = True, dry_run: bool = False
) -> bool:
    """Run the two stages, with a line on what was learnt of the moderators between them.

    Return whether that was learnt anew, from all votes.
    """
    from curation.cli.running import run_stage
    from curation.moderation.asking import AskStage
    from curation.moderation.verdicts import VerdictStage

    opened = campaign.workspace
    stage = VerdictStage(campaign.id, opened.settings.moderation, everything=everything)
    run_stage(stage, opened, dry_run=dry_run)
    _say_what_was_learnt(stage)
    if ask:
        run_stage(AskStage(campaign, everything=everything), opened, dry_run=dry_run)
    return stage.learning is not None


def _say_what_was_learnt(stage: VerdictStage) -> None:
    found = stage.learning
    if found is None:
        return
    for name, fitted in found.fits.items():
        how = "converged" if fitted.converged else "stopped, not converged,"
        typer.echo(
            f"learnt from {found.votes[name]:,} votes on {name} of "
            f"{len(found.learnt.moderators):,} moderators: {how} after {fitted.iterations} steps"
        )
