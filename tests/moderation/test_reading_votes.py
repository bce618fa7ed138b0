"""The table of votes that the moderators' figures are worked out from, as it is read."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from moderation.campaign_votes import START, add_answers, add_tasks, person
from moderation.faces import add_faces
from sqlalchemy import select, update

from curation.database.epoch import epoch_seconds
from curation.database.models import Annotation, Gold, Task
from curation.database.upsert import insert_new
from curation.moderation.campaign import Campaign
from curation.moderation.quality.reading import read_votes
from curation.moderation.quality.table import Votes
from curation.workspace import Workspace

CHOICES = {"gender": ("female", "male", "unclear"), "relevant": ("yes", "no")}


def read(workspace: Workspace) -> Votes:
    with workspace.database.session() as session:
        return read_votes(session, Campaign(workspace).id, CHOICES)


def test_answers_and_votes_come_in_the_order_of_time_with_codes_that_agree(
    workspace: Workspace,
) -> None:
    faces = add_faces(workspace, 3)
    tasks = add_tasks(workspace, faces)
    a, b, c = faces
    said = [
        (a, 5, {"gender": "female", "relevant": "yes", "age": "31"}),
        (b, 5, {"gender": "male", "relevant": "no", "age": "47.5"}),
        (a, 2, {"gender": "male", "relevant": "yes"}),
        (c, 2, {}),  # skipped
        (a, 5, {"gender": "unclear", "relevant": "alien"}),  # later: this one counts
    ]
    add_answers(workspace, tasks, said, seconds=0.25)
    votes = read(workspace)
    assert votes.moderators == (person(2), person(5))
    assert votes.faces == 3
    # Of each moderator one every quarter second: 5 at 0, ¼ and ½ s, 2 at 0 and ¼ s.
    start = START.timestamp()
    assert votes.answers.at.tolist() == [start, start, start + 0.25, start + 0.25, start + 0.5]
    assert votes.answers.moderator.tolist() == [1, 0, 1, 0, 1]
    face_a, _, face_b, face_c, _ = votes.answers.face.tolist()
    assert votes.answers.face.tolist() == [face_a, face_a, face_b, face_c, face_a]
    gender, relevant = votes.questions["gender"], votes.questions["relevant"]
    assert gender.answer.tolist() == [1, 2, 4]
    assert [gender.values[code] for code in gender.value] == ["male", "male", "unclear"]
    assert gender.face.tolist() == [face_a, face_b, face_a]
    # The unknown value is no vote, so the earlier one stands.
    assert relevant.answer.tolist() == [0, 1, 2]
    assert [relevant.values[code] for code in relevant.value] == ["yes", "yes", "no"]
    ages = votes.numbers["age"]
    assert (ages.value.tolist(), ages.face.tolist()) == ([31.0, 47.5], [face_a, face_b])


def test_a_known_answer_counts_from_its_moment_on(workspace: Workspace) -> None:
    (face,) = add_faces(workspace, 1)
    tasks = add_tasks(workspace, [face])
    add_answers(workspace, tasks, [(face, 1, {"gender": "male"})])
    add_answers(workspace, tasks, [(face, 2, {"gender": "male"})], start=START + timedelta(hours=1))
    known = {"face_id": face, "attribute": "gender", "value": "female", "origin": "file"}
    with workspace.database.session() as session:
        insert_new(session, Gold, [known | {"state": "open", "since": START}])
    assert read(workspace).questions["gender"].gold.tolist() == [-1, 0]
    with workspace.database.session() as session:
        session.execute(update(Gold).values(state="retired"))
    assert read(workspace).questions["gender"].gold.tolist() == [-1, -1]


def test_an_answer_that_was_withdrawn_or_is_of_another_project_is_not_read(
    workspace: Workspace,
) -> None:
    faces = add_faces(workspace, 2)
    tasks = add_tasks(workspace, faces)
    add_answers(workspace, tasks, [(face, 1, {"gender": "male"}) for face in faces])
    with workspace.database.session() as session:
        session.execute(
            update(Annotation)
            .where(Annotation.task_id == tasks[faces[0]])
            .values(state="withdrawn")
        )
        assert session.scalars(select(Task.project_id).distinct()).one() == Campaign(workspace).id
        assert len(read_votes(session, "f" * 32, CHOICES).answers) == 0
    assert len(read(workspace).answers) == 1


def test_nothing_is_read_of_a_campaign_without_answers(workspace: Workspace) -> None:
    votes = read(workspace)
    assert (votes.moderators, votes.faces, len(votes.answers)) == ((), 0, 0)
    assert dict(votes.questions) == {}


def test_a_moment_has_its_microseconds_on_both_databases(workspace: Workspace) -> None:
    (face,) = add_faces(workspace, 1)
    tasks = add_tasks(workspace, [face])
    moment = START + timedelta(microseconds=123_457)
    add_answers(workspace, tasks, [(face, 1, {"gender": "male"})], start=moment)
    with workspace.database.session() as session:
        seconds = session.scalars(select(epoch_seconds(Annotation.created_at))).one()
    assert seconds == pytest.approx(moment.timestamp(), abs=1e-6)
    assert np.isfinite(seconds)
