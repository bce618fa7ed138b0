"""`curate moderators`: how good the moderators are, who counts, and accounts for new ones."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from curation import console
from curation.cli.options import WorkspaceOption

if TYPE_CHECKING:
    from curation.moderation.quality.report import QualityReport
    from curation.moderation.standing import Change
    from curation.workspace import Workspace

app = console.app(
    "See how good the moderators are; suspend, restore and invite them.\n\n"
    "Moderators are pseudonyms here: keyed hashes of their addresses. Where a command wants one, "
    "the first digits are enough."
)

PseudonymArgument = Annotated[
    str, typer.Argument(metavar="PSEUDONYM", help="The first digits of the pseudonym.")
]


@app.callback(invoke_without_command=True, no_args_is_help=False)
def moderators(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, with all figures.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, a row per moderator.")] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """See how good the moderators are; suspend, restore and invite them.

    Without a command: one row for each moderator, with answers, pace, agreement with the others,
    accuracy against gold faces and against what the others decided, and what speaks against them.
    Accuracies stand with 95 % intervals. Moderators are pseudonyms; where a command wants one,
    the first digits are enough.

    Example: `curate moderators --csv > moderators.csv`
    """
    if context.invoked_subcommand is not None:
        return
    from curation.cli.moderator_tables import print_moderators
    from curation.errors import UsageError
    from curation.moderation.quality.plain import as_json as report_json
    from curation.moderation.quality.plain import as_rows

    if as_json and as_csv:
        raise UsageError("--json and --csv are two ways to print one table; give one of them")
    opened, report = _report(workspace)
    if as_json:
        typer.echo(json.dumps(report_json(report), indent=2))
    elif as_csv:
        rows = as_rows(report)
        text = io.StringIO()
        writer = csv.DictWriter(text, rows[0] if rows else ["moderator"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        typer.echo(text.getvalue(), nl=False)
    else:
        print_moderators(report, opened.settings.moderation.accuracy_bar)


@app.command()
def show(
    pseudonym: PseudonymArgument,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Show one moderator: each question with its confusions, pace, drift, and changes of standing.

    Example: `curate moderators show 3fa9`
    """
    from curation.cli.moderator_tables import print_moderator
    from curation.errors import InputError
    from curation.moderation.quality.plain import moderator_json
    from curation.moderation.standing import changes_of, moderator_named

    opened, report = _report(workspace)
    with opened.database.session() as session:
        wanted = moderator_named(session, pseudonym)
        changes = [
            (one.at, one.status, one.made_by, one.reason) for one in changes_of(session, wanted)
        ]
    figures = next((one for one in report.moderators if one.pseudonym == wanted), None)
    if figures is None:
        raise InputError(f"moderator {wanted[:8]} has answered nothing of the present question set")
    if as_json:
        told = [
            {"at": at.isoformat(), "status": status, "made_by": made_by, "reason": reason}
            for at, status, made_by, reason in changes
        ]
        typer.echo(json.dumps(moderator_json(figures) | {"changes": told}, indent=2))
    else:
        print_moderator(figures, changes)


@app.command()
def suspend(
    pseudonym: PseudonymArgument,
    reason: Annotated[str, typer.Option(help="Why; kept with the change.")] = "",
    workspace: WorkspaceOption = None,
) -> None:
    """Take a moderator's votes out of the verdicts. `restore` undoes it.

    Nothing is deleted. Faces that were answered get their verdicts anew, and those that are not
    decided without these votes are put to others with the next `curate push`.

    Example: `curate moderators suspend 3fa9 --reason "always the same answer"`
    """
    _change(workspace, pseudonym, "suspended", reason)


@app.command()
def restore(
    pseudonym: PseudonymArgument,
    reason: Annotated[str, typer.Option(help="Why; kept with the change.")] = "",
    workspace: WorkspaceOption = None,
) -> None:
    """Let a suspended moderator's votes count again, those from before and those to come.

    Whom somebody restored is not suspended by itself any more (moderation.suspend_below).

    Example: `curate moderators restore 3fa9`
    """
    _change(workspace, pseudonym, "active", reason)


@app.command()
def invite(
    names: Annotated[list[str], typer.Argument(metavar="NAME…", help="Names or addresses.")],
    domain: Annotated[
        str, typer.Option(help="Makes addresses of names; nobody writes to them.")
    ] = "moderators.local",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a list.")] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Make Label Studio accounts, and print log-in, first password and pseudonym of each, once.

    Passwords are kept nowhere: hand them over, and let them be changed on the account page. Names
    and addresses stay in Label Studio; in the database a moderator is the pseudonym. Works on the
    workspace's own server and on the one that label_studio.url names. Who has an account already
    keeps it.

    Example: `curate moderators invite amara boris clara@example.org`
    """
    from curation.moderation.campaign import Campaign
    from curation.moderation.invitations import addresses_of, log_in_link
    from curation.moderation.invitations import invite as make
    from curation.workspace import open_workspace

    addresses = addresses_of(names, domain)
    told = []
    with Campaign(open_workspace(workspace)) as campaign:
        link = log_in_link(campaign)
        if not as_json:
            typer.echo(f"log in at {link}")
        for name, address in addresses.items():
            made = make(campaign, name, address)
            told.append(
                {"name": made.name, "address": made.address, "password": made.password}
                | {"pseudonym": made.pseudonym, "link": link}
            )
            if not as_json:
                word = made.password or "(has an account already; its password stays)"
                typer.echo(f"{made.address}  {word}  moderator {made.pseudonym[:8]}")
    if as_json:
        typer.echo(json.dumps(told, indent=2))
    elif any(one["password"] for one in told):
        typer.echo("these passwords are shown once and kept nowhere", err=True)


def _report(workspace: Path | None) -> tuple[Workspace, QualityReport]:
    from curation.moderation.campaign import Campaign
    from curation.moderation.standing import read_report
    from curation.workspace import open_workspace

    opened = open_workspace(workspace)
    settings = opened.settings.moderation
    return opened, read_report(opened.database, Campaign(opened).id, settings)


def _change(workspace: Path | None, pseudonym: str, status: str, reason: str) -> None:
    from curation.moderation.standing import change_standing, moderator_named
    from curation.workspace import open_workspace

    opened = open_workspace(workspace)
    with opened.database.session() as session:
        change = change_standing(
            session, moderator_named(session, pseudonym), status, reason=reason
        )
    _say(change, status)
    _judge_anew(opened)


def _say(change: Change, status: str) -> None:
    shown = change.moderator_id[:8]
    if change.faces is None:
        typer.echo(f"moderator {shown} is {status} already")
    elif status == "active":
        typer.echo(
            f"moderator {shown} is restored; the votes on {change.faces:,} faces count again"
        )
    else:
        typer.echo(
            f"moderator {shown} is suspended; the votes on {change.faces:,} faces count no longer "
            f"(`curate moderators restore {shown}` undoes it)"
        )


def _judge_anew(opened: Workspace) -> None:
    """Work out the verdicts of the faces that were marked."""
    from curation.cli.running import run_stage
    from curation.moderation.campaign import Campaign
    from curation.moderation.verdicts import VerdictStage

    run_stage(VerdictStage(Campaign(opened).id, opened.settings.moderation), opened)
