"""Faces put to moderators, their answers, and what a pull wrote of them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from moderation.faces import add_faces
from moderation.fixtures import Place
from sqlalchemy import select

from curation.database.models import (
    Annotation,
    Moderator,
    Project,
    Rejection,
    Task,
    Verdict,
    Vote,
)
from curation.moderation.label_studio import LabelStudioClient
from curation.moderation.pull import PullStage
from curation.moderation.push import PushStage
from curation.moderation.questions import result_of
from curation.moderation.verdicts import VerdictStage
from curation.stages import Report, run

FINE = {"gender": "female", "age_fits": "yes", "relevant": "yes"}


def push(place: Place, number: int) -> dict[str, int]:
    """Put `number` faces to the moderators; return the server's task ids by face."""
    add_faces(place.workspace, number)
    run(PushStage(place.campaign), place.workspace.database)
    with place.workspace.database.session() as session:
        rows = session.execute(select(Task.face_id, Task.remote_id)).all()
    return {row.face_id: int(row.remote_id or 0) for row in rows}


def vote(moderator: LabelStudioClient, task: int, votes: Mapping[str, str] = FINE) -> int:
    """Answer a task; return the server's id of the annotation."""
    made = moderator._sdk.annotations.create(
        task, result=result_of(votes), unique_id=str(uuid.uuid4()), lead_time=2.5
    )
    return int(made.id)


def pull(place: Place, **options: Any) -> Report:
    """Pull, then work out the verdicts."""
    report = run(PullStage(place.campaign), place.workspace.database, **options)
    run(
        VerdictStage(place.campaign.id, place.workspace.settings.moderation),
        place.workspace.database,
    )
    return report


def tables(place: Place) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that pull writes, in a fixed order."""
    columns = {
        "annotation": (
            Annotation.id,
            Annotation.task_id,
            Annotation.moderator_id,
            Annotation.updated_at,
            Annotation.lead_time,
            Annotation.state,
        ),
        "vote": (Vote.annotation_id, Vote.attribute, Vote.value),
        "verdict": (Verdict.face_id, Verdict.attribute, Verdict.value, Verdict.probability),
        "rejection": (Rejection.id, Rejection.stage, Rejection.reason),
        "moderator": (Moderator.id, Moderator.status),
        "task": (Task.id, Task.remote_id, Task.stale),
        "project": (Project.id, Project.pulled_until),
    }
    with place.workspace.database.session() as session:
        return {
            name: [tuple(row) for row in session.execute(select(*listed).order_by(*listed[:2]))]
            for name, listed in columns.items()
        }
