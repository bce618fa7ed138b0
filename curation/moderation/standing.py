"""Who of the moderators counts: suspended votes leave the verdicts, and one command undoes it.

No vote is deleted. A change of standing marks every face that the moderator answered, and its
verdicts are worked out anew from the votes of those who count; faces that are no longer decided
are put to others with the next push.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from curation.database.models import Annotation, Moderator, ModeratorChange, Task
from curation.database.session import Database
from curation.database.upsert import insert_new
from curation.errors import InputError
from curation.identity import content_id
from curation.moderation.asked import choices
from curation.moderation.quality.reading import read_votes
from curation.moderation.quality.report import QualityReport, quality_report
from curation.moderation.quarantine import called_unsafe_by, settle_quarantine
from curation.settings import ModerationSettings

SURE = ("accuracy", "same-answer")  # findings that suspend without a command
SHOWN = 8  # digits of a pseudonym, where it is shown; commands take as few as tell it apart


@dataclass(frozen=True)
class Change:
    """One moderator's change of standing; `faces` is None where it stood so already."""

    moderator_id: str
    faces: int | None


def read_report(
    database: Database, project_id: str, settings: ModerationSettings, bar: float | None = None
) -> QualityReport:
    """Work out the figures of all moderators of a project from the tables.

    `bar` is the accuracy that everybody has to have, `settings.accuracy_bar` if not given.
    """
    with database.session() as session:
        votes = read_votes(session, project_id, choices(settings))
    return quality_report(votes, settings.accuracy_bar if bar is None else bar)


def moderator_named(session: Session, beginning: str) -> str:
    """Return the moderator whose pseudonym begins so.

    Raises:
        InputError: there is none, or there are several.
    """
    wanted = beginning.strip().lower()
    found: Sequence[str] = []
    if wanted and all(digit in "0123456789abcdef" for digit in wanted):
        begins = Moderator.id.startswith(wanted)
        found = session.scalars(select(Moderator.id).where(begins).order_by(Moderator.id)).all()
    if len(found) == 1:
        return found[0]
    if not found:
        raise InputError(
            f"no moderator's pseudonym begins with {beginning!r}; `curate moderators` lists them"
        )
    named = ", ".join(one[: max(SHOWN, len(wanted) + 2)] for one in found[:5])
    raise InputError(
        f"{len(found)} moderators' pseudonyms begin with {beginning!r} ({named}): give more digits"
    )


def change_standing(
    session: Session, moderator_id: str, status: str, *, made_by: str = "command", reason: str = ""
) -> Change:
    """Suspend (`suspended`) or restore (`active`) a moderator; mark the faces they answered.

    What only they called unsafe leaves quarantine with their votes, and returns with them.
    """
    changed = session.execute(
        update(Moderator)
        .where(Moderator.id == moderator_id, Moderator.status != status)
        .values(status=status)
        .returning(Moderator.id)
    ).all()
    if not changed:
        return Change(moderator_id, None)
    answered = select(Annotation.task_id).where(
        Annotation.moderator_id == moderator_id, Annotation.state == "current"
    )
    session.execute(update(Task).where(Task.id.in_(answered)).values(stale=True))
    settle_quarantine(session, session.scalars(called_unsafe_by(moderator_id)).all())
    faces = session.scalars(
        select(func.count(Task.face_id.distinct())).where(Task.id.in_(answered))
    ).one()
    now = datetime.now(UTC)
    row = {
        "id": content_id("moderator change", moderator_id, now.isoformat(), status),
        "moderator_id": moderator_id,
        "at": now,
        "status": status,
        "made_by": made_by,
        "reason": reason,
    }
    insert_new(session, ModeratorChange, [row])
    return Change(moderator_id, faces)


@dataclass(frozen=True)
class Suspended:
    """A moderator who was suspended without anybody's command, and why, in words."""

    moderator_id: str
    reason: str


def suspend_by_itself(
    database: Database, project_id: str, settings: ModerationSettings
) -> list[Suspended]:
    """Suspend active moderators whose answers are surely worthless; return them.

    It reads all votes. A moderator whom somebody restored is left alone: what a person decided, a
    person undoes.
    """
    if settings.suspend_below <= 0:
        return []
    report = read_report(database, project_id, settings, settings.suspend_below)
    suspended = []
    with database.session() as session:
        restored = _restored_by_hand(session)
        for one in surely_worthless(report):
            if one.moderator_id not in restored:
                change_standing(
                    session, one.moderator_id, "suspended", made_by="automatic", reason=one.reason
                )
                suspended.append(one)
    return suspended


def surely_worthless(report: QualityReport) -> list[Suspended]:
    """Return who, by a report made with `suspend_below` as its bar, is to be suspended.

    Accuracy below the bar and the same answer to everything are tests whose error is bounded; what
    else is found speaks for a talk first. Where it is half of the moderators or more, rather the
    question or its gold answers are wrong, and a person has to look.
    """
    active = [one for one in report.moderators if one.active]
    reasons = {
        one.pseudonym: "; ".join(found.detail for found in one.findings if found.kind in SURE)
        for one in active
    }
    found = [Suspended(moderator, reason) for moderator, reason in reasons.items() if reason]
    return found if 2 * len(found) < len(active) else []


def changes_of(session: Session, moderator_id: str) -> Sequence[ModeratorChange]:
    """Return a moderator's changes of standing, the oldest first."""
    return session.scalars(
        select(ModeratorChange)
        .where(ModeratorChange.moderator_id == moderator_id)
        .order_by(ModeratorChange.at)
    ).all()


def _restored_by_hand(session: Session) -> set[str]:
    last: dict[str, tuple[str, str]] = {}
    rows = select(ModeratorChange.moderator_id, ModeratorChange.status, ModeratorChange.made_by)
    for moderator_id, status, made_by in session.execute(rows.order_by(ModeratorChange.at)):
        last[moderator_id] = (status, made_by)
    return {moderator for moderator, change in last.items() if change == ("active", "command")}
