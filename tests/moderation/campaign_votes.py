"""A campaign's votes written into the tables, as pulls would have left them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from curation.database.models import Annotation, Moderator, Project, Task, Vote
from curation.database.upsert import insert_new
from curation.identity import content_id
from curation.moderation.campaign import Campaign
from curation.workspace import Workspace

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
FINE = {"gender": "female", "age_fits": "yes", "relevant": "yes"}


def person(number: int) -> str:
    """The pseudonym of a made-up moderator."""
    return f"{number:02x}" + content_id("person", number)[2:]


def add_tasks(workspace: Workspace, faces: Sequence[str]) -> dict[str, str]:
    """Put faces to the moderators of the present campaign, without a server; task by face."""
    project = Campaign(workspace).id
    tasks = {face: content_id("task", project, face) for face in faces}
    row = {"id": project, "server": "workspace", "questions": Campaign(workspace).questions}
    rows = [
        {"id": task, "project_id": project, "face_id": face, "claimed_age": 7.0}
        | {"remote_id": number}
        for number, (face, task) in enumerate(tasks.items(), 1)
    ]
    with workspace.database.session() as session:
        insert_new(session, Project, [row | {"remote_id": 1}])
        insert_new(session, Task, rows)
    return tasks


def add_answers(
    workspace: Workspace,
    tasks: Mapping[str, str],
    answers: Sequence[tuple[str, int, Mapping[str, str]]],
    *,
    seconds: float = 6.0,
    start: datetime = START,
) -> None:
    """Write answers (face, moderator, votes by attribute), one every `seconds` of each moderator.

    The server's ids go on from what is there.
    """
    number = {one: 0 for _, one, _ in answers}
    annotations, votes = [], []
    for row, (face, moderator, said) in enumerate(answers):
        at = start + timedelta(seconds=seconds * number[moderator])
        number[moderator] += 1
        remote = int(start.timestamp()) % 10**6 * 1000 + row
        annotation = content_id("annotation", tasks[face], remote)
        annotations.append(
            {"id": annotation, "task_id": tasks[face], "moderator_id": person(moderator)}
            | {"remote_id": remote, "created_at": at, "updated_at": at, "state": "current"}
            | {"lead_time": seconds * (0.6 + 0.4 * (row % 7) / 6)}
        )
        votes += [
            {"annotation_id": annotation, "attribute": attribute, "value": value}
            for attribute, value in said.items()
        ]
    with workspace.database.session() as session:
        insert_new(session, Moderator, [{"id": person(one), "status": "active"} for one in number])
        insert_new(session, Annotation, annotations)
        insert_new(session, Vote, votes)
        session.execute(
            update(Task)
            .where(Task.id.in_({tasks[face] for face, _, _ in answers}))
            .values(stale=True)
        )
