"""Let the simulated moderators vote in the real Label Studio, each with an account of their own."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from curation.database.models import Face, Media, Post, Task
from curation.database.session import Database
from curation.demo.files import Truth, read_truth
from curation.demo.moderators import (
    MODERATORS,
    SimulatedModerator,
    answers,
    lead_time,
    right_answers,
)
from curation.errors import InputError, LabelStudioError
from curation.moderation import questions
from curation.moderation.accounts import account_key
from curation.moderation.campaign import Campaign
from curation.moderation.label_studio import LabelStudioClient
from curation.moderation.remote import RemoteTask
from curation.privacy import pseudonym
from curation.workspace import Workspace

NAMESPACE = uuid.UUID("6e2f4f0c-0d0b-5b1e-9a53-3d4f0a6d9c11")  # of the ids of simulated answers


@dataclass
class Voting:
    """How many answers each moderator gave now, by name, and how many stood there before."""

    given: dict[str, int] = field(default_factory=dict)
    before: int = 0


@dataclass(frozen=True)
class Asked:
    """One task as the workspace knows it: the claimed age (years) and the truth of its picture."""

    claimed_age: float
    truth: Truth


def vote(
    workspace: Workspace,
    truth_file: Path,
    seed: int,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Voting:
    """Answer every task of the workspace's project that a moderator has not answered yet.

    Raises:
        InputError: the truth does not belong to the posts of this workspace.
        LabelStudioError: nothing was pushed yet, or the server cannot be reached or refuses.
    """
    asked = tasks_with_truth(workspace.database, read_truth(truth_file))
    outcome = Voting()
    with Campaign(workspace) as campaign:
        project = campaign.row(workspace.database)
        if project is None:
            raise LabelStudioError("no face was put to moderators yet; run `curate push` first")
        tasks = [
            task
            for page in campaign.client.changed_tasks(project.remote_id, None)
            for task in page
            if task.data.get(questions.EXTERNAL_ID) in asked
        ]
        total = len(tasks) * len(MODERATORS)
        done = 0
        for moderator in MODERATORS:
            outcome.given[moderator.name] = 0
            with _session_of(moderator, workspace, campaign.client) as client:
                own = {id for id, email in client.users().items() if email == moderator.email}
                for task in tasks:
                    if any(annotation.user in own for annotation in task.annotations):
                        outcome.before += 1
                    elif _answer(client, moderator, seed, task, asked):
                        outcome.given[moderator.name] += 1
                    else:
                        outcome.before += 1
                    done += 1
                    on_progress(done, total)
    return outcome


def tasks_with_truth(database: Database, truths: Mapping[str, Truth]) -> dict[str, Asked]:
    """Return the tasks of the workspace with the truth of their pictures, by our own task id.

    Copies of one picture share its truth, so any post that carries the picture will do.

    Raises:
        InputError: a task is about a picture that no post of the world carries.
    """
    statement = (
        select(Task.id, Task.claimed_age, Post.external_id)
        .join(Face, Face.id == Task.face_id)
        .join(Media, Media.image_id == Face.image_id)
        .join(Post, Post.id == Media.post_id)
        .order_by(Task.id, Post.external_id.desc())
    )
    with database.session() as session:
        rows = session.execute(statement).all()
    asked = {}
    for task, claimed_age, external_id in rows:
        truth = truths.get(external_id)
        if truth is None:
            raise InputError(
                f"the truth file does not know the post {external_id} of this workspace; "
                "simulated moderators vote only on the world that `curate demo world` wrote"
            )
        asked[task] = Asked(claimed_age, truth)
    return asked


def _session_of(
    moderator: SimulatedModerator, workspace: Workspace, admin: LabelStudioClient
) -> LabelStudioClient:
    """Log a moderator in, with an account that is made when there is none."""
    password = pseudonym(workspace.secret, "demo password", moderator.name)
    return LabelStudioClient(admin.url, account_key(admin, moderator.email, password))


def _answer(
    client: LabelStudioClient,
    moderator: SimulatedModerator,
    seed: int,
    task: RemoteTask,
    asked: Mapping[str, Asked],
) -> bool:
    """Answer one task; return False where the server has this answer already."""
    name = str(task.data[questions.EXTERNAL_ID])
    about = asked[name]
    right = right_answers(about.truth, about.claimed_age)
    given = answers(moderator, seed, name, right)
    return client.annotate(
        task.id,
        questions.result_of(given),
        unique_id=str(uuid.uuid5(NAMESPACE, f"{moderator.email} {name}")),
        lead_time=lead_time(moderator, seed, name),
    )
