"""Mix gold faces in among the others, at a set rate.

The label stream hands a task to moderators until it has as many answers as its overlap, and of the
tasks that somebody else began it takes those with most answers first (Label Studio 1.23). So a gold
task whose overlap is raised comes soon to everybody who has not seen it, and when all have, it is
closed again. How many are opened follows from what is owed: with the last three days' n_m answers
of moderator m, g_m of them to gold, u_m open gold tasks that m has not seen, and the rate r,

    owed = mean over moderators of (r · n_m - g_m - u_m)

With a pull every few minutes (`curate pull --watch`) they are spread evenly; with one a day they
come together.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from curation.database.models import Annotation, Gold, Moderator, Task, Vote
from curation.moderation.campaign import Campaign
from curation.moderation.gold import grow

ABSENT = timedelta(days=3)  # that are looked at; who answered nothing in them is not waited for
OPEN_AT_ONCE = 20
EVERYBODY = 1_000  # more moderators than any campaign has
EVER = datetime(1970, 1, 1, tzinfo=UTC)
DISAGREED = 3  # answers to gold, most of them different, after which it is believed no longer


@dataclass(frozen=True)
class Mixed:
    """What was done: faces that became gold, were opened, closed, and are believed no longer."""

    grown: int = 0
    opened: int = 0
    closed: int = 0
    retired: int = 0


@dataclass(frozen=True)
class Standing:
    """How the present moderators stand with gold."""

    moderators: tuple[str, ...]
    answers: int
    gold_answers: int
    unseen: int  # open gold tasks not seen, over all moderators

    def owed(self, rate: float) -> int:
        """Return how many gold faces are to be opened to come to this rate."""
        if not self.moderators:
            return 0
        missing = rate * self.answers - self.gold_answers - self.unseen
        return max(0, int(missing / len(self.moderators)))


def mix(campaign: Campaign) -> Mixed:
    """Grow, retire, close and open gold, as the votes stand now. Nothing is done twice.

    The server is told first; should we be stopped before the database knows, the next call tells
    it again, which changes nothing.

    Raises:
        LabelStudioError: the server cannot be reached, or refuses.
    """
    settings, database = campaign.settings.moderation, campaign.workspace.database
    if settings.gold_rate <= 0:
        return Mixed()
    grown = grow(database, campaign.id, settings)
    with database.session() as session:
        present = present_moderators(session, campaign.id)
        believed_no_longer = _contradicted(session, campaign.id)
        seen = _seen_by(session, campaign.id, "open")
    done = [
        face
        for face, (_, by) in seen.items()
        if face in believed_no_longer or (present and set(present) <= by)
    ]
    for face in done:
        _set(campaign, face, seen[face][0], "spent", overlap=settings.votes)
    with database.session() as session:
        for face in believed_no_longer:
            session.execute(update(Gold).where(Gold.face_id == face).values(state="retired"))
    with database.session() as session:
        standing = read_standing(session, campaign.id, present)
        waiting = _seen_by(session, campaign.id, "ready")
    room = OPEN_AT_ONCE - (len(seen) - len(done))
    wanted = min(room, standing.owed(settings.gold_rate))
    # Those that the fewest have seen come first.
    fresh = [face for face, (_, by) in waiting.items() if set(present) - by]
    fresh.sort(key=lambda face: (len(waiting[face][1] & set(present)), face))
    opened = sum(
        _set(campaign, face, waiting[face][0], "open", overlap=EVERYBODY)
        for face in fresh[: max(0, wanted)]
    )
    return Mixed(grown, opened, len(done), len(believed_no_longer))


def present_moderators(session: Session, project_id: str) -> tuple[str, ...]:
    """Return the active moderators who answered within `ABSENT` of the newest answer."""
    there = (
        select(Annotation.moderator_id)
        .join(Task, Task.id == Annotation.task_id)
        .join(Moderator, Moderator.id == Annotation.moderator_id)
        .where(*_lately(session, project_id), Moderator.status == "active")
        .distinct()
        .order_by(Annotation.moderator_id)
    )
    return tuple(session.scalars(there))


def read_standing(session: Session, project_id: str, present: tuple[str, ...]) -> Standing:
    """Count the answers of the present moderators in that time, and those of them to gold."""
    theirs = (
        select(Annotation.task_id, Annotation.moderator_id)
        .join(Task, Task.id == Annotation.task_id)
        .where(*_lately(session, project_id), Annotation.moderator_id.in_(present))
    )
    answers = session.scalars(select(func.count()).select_from(theirs.subquery())).one()
    since = select(Gold.face_id, func.max(Gold.since).label("since")).group_by(Gold.face_id)
    known = since.subquery()
    to_gold = (
        theirs.join(known, known.c.face_id == Task.face_id)
        .where(Annotation.created_at > known.c.since)
        .subquery()
    )
    gold_answers = session.scalars(select(func.count()).select_from(to_gold)).one()
    opened = _seen_by(session, project_id, "open")
    unseen = sum(len(set(present) - by) for _, by in opened.values())
    return Standing(present, answers, gold_answers, unseen)


def _lately(session: Session, project_id: str) -> tuple[ColumnElement[bool], ...]:
    """Choose the current answers of a project within `ABSENT` of the newest there is."""
    newest = session.scalars(
        select(func.max(Annotation.created_at)).where(Annotation.state == "current")
    ).one()
    since = newest - ABSENT if newest else EVER
    return (
        Task.project_id == project_id,
        Annotation.state == "current",
        Annotation.created_at >= since,
    )


def _seen_by(session: Session, project_id: str, state: str) -> dict[str, tuple[int, set[str]]]:
    """Return the gold faces in this state: the server's id of the task, and who answered it."""
    rows = session.execute(
        select(Gold.face_id, Task.remote_id, Annotation.moderator_id)
        .join(Task, (Task.face_id == Gold.face_id) & (Task.project_id == project_id))
        .outerjoin(Annotation, (Annotation.task_id == Task.id) & (Annotation.state == "current"))
        .where(Gold.state == state, Task.remote_id.is_not(None))
        .order_by(Gold.face_id)
        .distinct()
    )
    found: dict[str, tuple[int, set[str]]] = {}
    for face, remote, moderator in rows:
        _, by = found.setdefault(face, (int(remote or 0), set()))
        if moderator is not None:
            by.add(moderator)
    return found


def _contradicted(session: Session, project_id: str) -> set[str]:
    """Return the faces where most of those who were tested say something else."""
    rows = session.execute(
        select(Gold.face_id, Gold.attribute, Gold.value, Vote.value)
        .join(Task, (Task.face_id == Gold.face_id) & (Task.project_id == project_id))
        .join(Annotation, (Annotation.task_id == Task.id) & (Annotation.state == "current"))
        .join(Moderator, Moderator.id == Annotation.moderator_id)
        .join(Vote, (Vote.annotation_id == Annotation.id) & (Vote.attribute == Gold.attribute))
        .where(Gold.state.in_(("ready", "open", "spent")), Moderator.status == "active")
        .where(Annotation.created_at > Gold.since)
    )
    tested: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for face, attribute, value, said in rows:
        tested[face, attribute].append(value == said)
    return {
        face
        for (face, _), right in tested.items()
        if len(right) >= DISAGREED and 2 * sum(right) < len(right)
    }


def _set(campaign: Campaign, face: str, remote: int, state: str, *, overlap: int) -> bool:
    """Tell the server, then the database; return False where the task was deleted there."""
    in_stream = state == "open"
    there = campaign.client.set_task_overlap(remote, overlap, in_stream=in_stream)
    with campaign.workspace.database.session() as session:
        session.execute(
            update(Gold).where(Gold.face_id == face).values(state=state if there else "spent")
        )
    return there
