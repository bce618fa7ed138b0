"""Answers that were pulled and that the server lost: they go back with the task they belong to.

So the server knows who answered already and how often, and asks nobody again. Each carries a number
that stands for its row (`import_id`); by that a later pull knows the row again, and no vote is
counted twice. A moderator whom the server does not know (it was wiped, and there is no account of
that address yet) cannot be given an answer back: it stays in the database alone and counts there,
and the task asks for so many fewer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from curation.database.models import Annotation, Vote
from curation.moderation import questions
from curation.moderation.remote import RemoteTask

REFUTED = "refuted"  # the value of an `unsafe` vote that was looked into and overruled


@dataclass(frozen=True)
class PastAnswer:
    """One answer of the database that its server has no longer; `votes` without refuted ones."""

    id: str
    moderator_id: str
    votes: Mapping[str, str]
    lead_time: float | None


def import_id(annotation_id: str) -> int:
    """Return the number under which an answer goes back: 60 bits of its id."""
    return int(annotation_id[:15], 16)


def lose(session: Session, task_ids: Sequence[str]) -> int:
    """Write down that the server has the answers to these tasks no longer; return how many."""
    counted = update(Annotation).where(
        Annotation.task_id.in_(task_ids),
        Annotation.state == "current",
        Annotation.lost.is_(False),
    )
    return int(session.execute(counted.values(lost=True)).rowcount)  # type: ignore[attr-defined]


def past_answers(session: Session, task_ids: Sequence[str]) -> dict[str, list[PastAnswer]]:
    """Return the lost answers that still count, by task."""
    rows = session.execute(
        select(
            Annotation.task_id,
            Annotation.id,
            Annotation.moderator_id,
            Annotation.lead_time,
            Vote.attribute,
            Vote.value,
        )
        .outerjoin(Vote, Vote.annotation_id == Annotation.id)
        .where(Annotation.task_id.in_(task_ids), Annotation.state == "current")
        .where(Annotation.lost.is_(True))
        .order_by(Annotation.updated_at, Annotation.id)
    ).all()
    votes: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        if row.attribute is not None and row.value != REFUTED:
            votes[row.id][row.attribute] = row.value
    found: dict[str, dict[str, PastAnswer]] = defaultdict(dict)
    for row in rows:
        answer = PastAnswer(row.id, row.moderator_id, votes[row.id], row.lead_time)
        found[row.task_id][row.id] = answer
    return {task_id: list(answers.values()) for task_id, answers in found.items()}


def as_sent(
    answers: Iterable[PastAnswer], users: Mapping[str, int], asked: questions.QuestionSet
) -> list[dict[str, Any]]:
    """Return answers as the import wants them; `users` are the server's, by pseudonym."""
    return [
        {
            "result": questions.result_of(
                {
                    attribute: value
                    for attribute, value in answer.votes.items()
                    if asked.question(attribute)
                }
            ),
            "completed_by": users[answer.moderator_id],
            "lead_time": answer.lead_time,
            "ground_truth": False,
            "id": import_id(answer.id),
        }
        for answer in answers
        if answer.moderator_id in users and answer.votes
    ]


def returned(answers: Iterable[PastAnswer], task: RemoteTask) -> dict[str, int]:
    """Return the server's numbers of the answers that are back in their task, by our id."""
    there = {one.import_id: one.id for one in task.annotations if one.import_id is not None}
    known = {answer.id: there.get(import_id(answer.id)) for answer in answers}
    return {ours: remote for ours, remote in known.items() if remote is not None}


def votes_needed(
    answers: Sequence[PastAnswer], users: Mapping[str, int], votes: int
) -> tuple[int, bool] | None:
    """Return what overlap a task needs for moderators whom the server does not know.

    The overlap, and whether the task has enough answers; None where the server counts right.
    """
    voters = {answer.moderator_id for answer in answers if answer.votes}
    known = len(voters & users.keys())
    if known == len(voters):
        return None
    left = max(0, votes - len(voters))
    return max(1, known + left), left == 0
