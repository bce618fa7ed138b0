"""What follows a pull: suspensions that happen by themselves, and gold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from curation.moderation.campaign import Campaign


def tend(campaign: Campaign) -> None:
    """Suspend whom the settings say, judge and ask anew where this matters, and mix gold in."""
    from curation.cli.verdicts import judge_and_ask
    from curation.moderation.standing import suspend_by_itself

    opened = campaign.workspace
    settings = opened.settings.moderation
    suspended = suspend_by_itself(opened.database, campaign.id, settings)
    for one in suspended:
        reasons = "; ".join(found.detail for found in one.findings if found.kind == "accuracy")
        shown = one.pseudonym[:8]
        typer.echo(
            f"suspended moderator {shown} ({reasons}); `curate moderators restore {shown}` undoes "
            "it"
        )
    if suspended:
        judge_and_ask(campaign)
    if campaign.row(opened.database) is not None:
        mix_gold(campaign)


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
