"""From votes in the database to verdicts and rejections."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from moderation.faces import add_faces
from sqlalchemy import select, update

from curation.database.models import (
    Annotation,
    Moderator,
    Project,
    Rejection,
    Task,
    Verdict,
    Vote,
)
from curation.database.upsert import insert_new
from curation.identity import content_id
from curation.moderation.verdicts import VerdictStage
from curation.settings import ModerationSettings
from curation.stages import run
from curation.workspace import Workspace

PROJECT = "p"
FINE = {"gender": "female", "age_fits": "yes", "relevant": "yes"}
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_numbers = count(1)


def answer(workspace: Workspace, face: str, moderator: str, **changes: str | None) -> None:
    """Record an annotation; its votes are `FINE` but for the changes, None for no vote."""
    number = next(_numbers)
    task, annotation = content_id("task", face), content_id("annotation", number)
    moment = EPOCH + timedelta(seconds=number)
    votes = {name: value for name, value in (FINE | changes).items() if value is not None}
    with workspace.database.session() as session:
        insert_new(
            session, Project, [{"id": PROJECT, "server": "s", "questions": "q", "remote_id": 1}]
        )
        insert_new(
            session,
            Task,
            [{"id": task, "project_id": PROJECT, "face_id": face, "claimed_age": 7.0}],
        )
        insert_new(session, Moderator, [{"id": moderator, "status": "active"}])
        insert_new(
            session,
            Annotation,
            [
                {"id": annotation, "task_id": task, "moderator_id": moderator}
                | {"remote_id": number, "created_at": moment, "updated_at": moment}
                | {"state": "current"}
            ],
        )
        insert_new(
            session,
            Vote,
            [
                {"annotation_id": annotation, "attribute": name, "value": value}
                for name, value in votes.items()
            ],
        )
        session.execute(update(Task).where(Task.id == task).values(stale=True))


def judge(workspace: Workspace, **settings: float | str) -> VerdictStage:
    stage = VerdictStage(PROJECT, ModerationSettings.model_validate(settings))
    run(stage, workspace.database)
    return stage


def verdicts(workspace: Workspace) -> dict[str, str | None]:
    with workspace.database.session() as session:
        rows = session.execute(select(Verdict.attribute, Verdict.value)).all()
    return {row.attribute: row.value for row in rows}


def reasons(workspace: Workspace) -> Sequence[str]:
    with workspace.database.session() as session:
        return session.scalars(select(Rejection.reason)).all()


def test_three_votes_make_three_verdicts_with_what_they_rest_on(workspace: Workspace) -> None:
    (face,) = add_faces(workspace, 1)
    answer(workspace, face, "a")
    answer(workspace, face, "b", gender="male")
    answer(workspace, face, "c")
    judge(workspace, method="majority", vote_accuracy=0.9)
    with workspace.database.session() as session:
        rows = {row.attribute: row for row in session.scalars(select(Verdict))}
        assert {name: row.value for name, row in rows.items()} == FINE
        assert {row.votes for row in rows.values()} == {3}
        assert rows["gender"].probability == pytest.approx(324 / 343)
        assert (rows["age_fits"].age, rows["gender"].age) == (7.0, None)
        assert not session.scalars(select(Task.stale)).one()
    assert reasons(workspace) == []


def test_what_the_votes_leave_open_is_written_down_as_open(sqlite_workspace: Workspace) -> None:
    (face,) = add_faces(sqlite_workspace, 1)
    answer(sqlite_workspace, face, "a")
    answer(sqlite_workspace, face, "b", gender="male")
    judge(sqlite_workspace)
    assert verdicts(sqlite_workspace) == FINE | {"gender": None}
    assert reasons(sqlite_workspace) == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"relevant": "no"}, "not-relevant"),
        ({"age_fits": "too_young"}, "age-does-not-fit"),
        ({"age_fits": "too_old"}, "age-does-not-fit"),
        ({"age_fits": "unclear"}, "age-unclear"),
        ({"gender": "unclear"}, "gender-unclear"),
        ({"gender": "unclear", "age_fits": "too_old", "relevant": "no"}, "not-relevant"),
    ],
)
def test_each_verdict_against_a_face_sets_it_aside_with_its_reason(
    sqlite_workspace: Workspace, changes: dict[str, str | None], reason: str
) -> None:
    (face,) = add_faces(sqlite_workspace, 1)
    for moderator in "abc":
        answer(sqlite_workspace, face, moderator, **changes)
    judge(sqlite_workspace)
    assert reasons(sqlite_workspace) == [reason]
    assert verdicts(sqlite_workspace) == FINE | changes


def test_another_verdict_takes_the_rejection_back(workspace: Workspace) -> None:
    (face,) = add_faces(workspace, 1)
    for moderator in "ab":
        answer(workspace, face, moderator, relevant="no")
    judge(workspace)
    assert reasons(workspace) == ["not-relevant"]
    for moderator in "cde":
        answer(workspace, face, moderator)
    judge(workspace)
    assert reasons(workspace) == []
    assert verdicts(workspace) == FINE


def test_an_attribute_that_lost_its_votes_loses_its_verdict(workspace: Workspace) -> None:
    (face,) = add_faces(workspace, 1)
    answer(workspace, face, "a", gender=None)
    answer(workspace, face, "b")
    judge(workspace)
    assert set(verdicts(workspace)) == set(FINE)
    with workspace.database.session() as session:
        session.execute(
            update(Annotation).where(Annotation.moderator_id == "b").values(state="withdrawn")
        )
        session.execute(update(Task).values(stale=True))
    judge(workspace)
    assert set(verdicts(workspace)) == {"age_fits", "relevant"}


def test_votes_of_moderators_who_are_not_active_do_not_count(sqlite_workspace: Workspace) -> None:
    (face,) = add_faces(sqlite_workspace, 1)
    for moderator in "abc":
        answer(sqlite_workspace, face, moderator, gender="male" if moderator == "a" else "female")
    with sqlite_workspace.database.session() as session:
        session.execute(
            update(Moderator).where(Moderator.id.in_(["b", "c"])).values(status="suspended")
        )
    judge(sqlite_workspace, quorum=1)
    assert verdicts(sqlite_workspace)["gender"] == "male"


def test_an_answer_that_arrives_meanwhile_leaves_the_face_for_the_next_run(
    workspace: Workspace,
) -> None:
    (face,) = add_faces(workspace, 1)
    for moderator in "ab":
        answer(workspace, face, moderator)
    stage = VerdictStage(PROJECT, ModerationSettings())
    (items,) = stage.batches(workspace.database)
    outcomes = list(zip(items, stage.process(items), strict=True))
    for moderator in "cde":
        answer(workspace, face, moderator, relevant="no")
    with workspace.database.session() as session:
        stage.record(session, outcomes)
    assert stage.count(workspace.database) == 1
    judge(workspace)
    assert (stage.count(workspace.database), reasons(workspace)) == (0, ["not-relevant"])


def test_faces_whose_votes_did_not_change_are_not_judged_again(
    sqlite_workspace: Workspace,
) -> None:
    for face in add_faces(sqlite_workspace, 3):
        answer(sqlite_workspace, face, "a")
    stage = judge(sqlite_workspace)
    assert stage.count(sqlite_workspace.database) == 0
    report = run(stage, sqlite_workspace.database)
    assert (report.processed, report.added) == (0, {})
