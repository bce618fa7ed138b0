"""What follows a pull: suspensions that happen by themselves, and gold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from curation.moderation.campaign import Campaign


def tend(campaign: Campaign, *, learnt_anew: bool) -> None:
    """Mix gold in, suspend whom the settings say, and judge and ask anew where this matters.

    Gold comes first: what most moderators contradict is then believed no longer, and speaks against
    nobody. Whom to suspend takes all votes to see, so it is looked at when the verdicts took them.
    """
    from curation.cli.verdicts import judge_and_ask
    from curation.moderation.standing import SHOWN, suspend_by_itself

    opened = campaign.workspace
    settings = opened.settings.moderation
    if campaign.row(opened.database) is not None:
        mix_gold(campaign)
    suspended = suspend_by_itself(opened.database, campaign.id, settings) if learnt_anew else []
    for one in suspended:
        shown = one.moderator_id[:SHOWN]
        typer.echo(
            f"suspended moderator {shown} ({one.reason}); `curate moderators restore {shown}` "
            "undoes it"
        )
    if suspended:
        judge_and_ask(campaign)


def mix_gold(campaign: Campaign) -> bool:
    """Mix gold in and say what was done; return whether anything was."""
    from curation.moderation.gold_mix import mix

    done = mix(campaign)
    told = {
        "new": done.grown,
        "opened": done.opened,
        "closed": done.closed,
        "retired, for most say otherwise": done.retired,
    }
    if any(told.values()):
        typer.echo(
            "gold: " + ", ".join(f"{number:,} {what}" for what, number in told.items() if number)
        )
    return any(told.values())
