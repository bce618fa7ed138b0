"""From votes in the database to verdicts and rejections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from moderation.faces import add_faces
from sqlalchemy import select, update

from curation.database.models import (
    Annotation,
    Confusion,
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


def test_somebody_who_votes_for_the_first_time_meanwhile_is_not_overlooked(
    workspace: Workspace,
) -> None:
    faces = add_faces(workspace, 2)
    for face in faces:
        for moderator in "ab":
            answer(workspace, face, moderator)
    stage = VerdictStage(PROJECT, ModerationSettings())
    stage.batch_size = 1  # type: ignore[misc]
    batches = stage.batches(workspace.database)
    first = next(batches)
    for face in faces:
        answer(workspace, face, "c", relevant="no")
    second = next(batches)
    for items in (first, second):
        outcomes = list(zip(items, stage.process(items), strict=True))
        with workspace.database.session() as session:
            stage.record(session, outcomes)
    assert stage.count(workspace.database) == 2
    judge(workspace)
    with workspace.database.session() as session:
        assert set(session.scalars(select(Verdict.votes))) == {3}


def test_faces_whose_votes_did_not_change_are_not_judged_again(
    sqlite_workspace: Workspace,
) -> None:
    for face in add_faces(sqlite_workspace, 3):
        answer(sqlite_workspace, face, "a")
    stage = judge(sqlite_workspace)
    assert stage.count(sqlite_workspace.database) == 0
    report = run(stage, sqlite_workspace.database)
    assert (report.processed, report.added) == (0, {})


def many(
    workspace: Workspace, number: int, first: int = 0, wrong: Mapping[str, int] | None = None
) -> list[str]:
    """Let five moderators answer faces; `wrong` says of whom every how-manieth gender is wrong."""
    faces = add_faces(workspace, number, first=first)
    for place, face in enumerate(faces):
        right = ("female", "male")[place % 2]
        other = ("male", "female")[place % 2]
        for moderator in "abcde":
            every = (wrong or {}).get(moderator, 0)
            off = bool(every) and (place + ord(moderator)) % every == 0
            answer(workspace, face, moderator, gender=other if off else right)
    return faces


def rows_of(workspace: Workspace, attribute: str) -> dict[str, Verdict]:
    with workspace.database.session() as session:
        found = session.scalars(select(Verdict).where(Verdict.attribute == attribute)).all()
        session.expunge_all()
    return {row.face_id: row for row in found}


def test_moderators_are_weighed_by_how_often_they_are_right(workspace: Workspace) -> None:
    many(workspace, 30, wrong={"a": 2, "b": 2})
    (face,) = add_faces(workspace, 1, first=100)
    for moderator, gender in zip("abcd", ("female", "female", "male", "male"), strict=True):
        answer(workspace, face, moderator, gender=gender)
    judge(workspace)
    found = rows_of(workspace, "gender")[face]
    assert (found.value, found.state, found.votes, found.method) == (
        *("male", "sure", 4, "dawid-skene"),
    )
    assert found.posterior is not None
    assert set(found.posterior) == {"female", "male", "unclear"}
    assert sum(found.posterior.values()) == pytest.approx(1)
    assert found.posterior["male"] == pytest.approx(found.probability)
    with workspace.database.session() as session:
        kept = session.scalars(select(Confusion).where(Confusion.attribute == "gender")).all()
        mass = {row.moderator_id: sum(map(sum, row.counts)) for row in kept}
    # Every vote is somewhere in its moderator's matrix.
    assert mass == pytest.approx({"a": 31, "b": 31, "c": 31, "d": 31, "e": 30})


def test_new_votes_touch_only_their_faces_until_there_are_many_of_them(
    sqlite_workspace: Workspace,
) -> None:
    many(sqlite_workspace, 40, wrong={"a": 3})
    judge(sqlite_workspace)
    before = rows_of(sqlite_workspace, "gender")
    faces = many(sqlite_workspace, 3, first=100, wrong={"a": 3})
    stage = judge(sqlite_workspace)
    assert stage.learning is None
    after = rows_of(sqlite_workspace, "gender")
    assert {face: after[face].posterior for face in before} == {
        face: row.posterior for face, row in before.items()
    }
    incremental = {face: after[face].probability for face in faces}
    many(sqlite_workspace, 3, first=200, wrong={"a": 3})
    stage = judge(sqlite_workspace)  # 30 of 200 votes by now: more than a tenth
    assert stage.learning is not None
    assert stage.learning.votes["gender"] == 230
    again = rows_of(sqlite_workspace, "gender")
    assert {face: again[face].probability for face in faces} == pytest.approx(incremental, abs=0.02)


def test_a_question_that_nobody_answers_is_no_reason_to_judge_everything_again(
    sqlite_workspace: Workspace,
) -> None:
    faces = add_faces(sqlite_workspace, 44)
    for face in faces[:40]:
        for moderator in "ab":
            answer(sqlite_workspace, face, moderator, relevant=None)
    judge(sqlite_workspace)
    answer(sqlite_workspace, faces[40], "a")
    # The first votes on it; now there is something to learn.
    assert judge(sqlite_workspace).learning is None
    answer(sqlite_workspace, faces[41], "a")
    assert judge(sqlite_workspace).learning is not None
    answer(sqlite_workspace, faces[42], "a", relevant=None)
    assert judge(sqlite_workspace).learning is None


def test_everything_is_judged_again_on_demand_and_stays_as_it_is(
    sqlite_workspace: Workspace,
) -> None:
    many(sqlite_workspace, 12, wrong={"b": 3})
    judge(sqlite_workspace)
    before = rows_of(sqlite_workspace, "gender")
    stage = VerdictStage(PROJECT, ModerationSettings(), everything=True)
    report = run(stage, sqlite_workspace.database)
    assert (report.ready, report.processed) == (12, 12)
    after = rows_of(sqlite_workspace, "gender")
    for face, row in before.items():
        assert after[face].posterior == pytest.approx(row.posterior, abs=1e-3)


def test_a_full_pass_that_was_stopped_is_done_whole_by_the_next_run(workspace: Workspace) -> None:
    faces = many(workspace, 6)
    run(VerdictStage(PROJECT, ModerationSettings()), workspace.database, limit=2)
    assert len(rows_of(workspace, "gender")) == 2
    with workspace.database.session() as session:  # as if what was stopped had judged these
        session.execute(update(Task).values(stale=False))
    report = run(VerdictStage(PROJECT, ModerationSettings()), workspace.database)
    assert report.processed == 6
    assert set(rows_of(workspace, "gender")) == set(faces)
    assert run(VerdictStage(PROJECT, ModerationSettings()), workspace.database).processed == 0


def test_of_somebody_who_answered_twice_the_later_answer_counts(workspace: Workspace) -> None:
    (face,) = add_faces(workspace, 1)
    answer(workspace, face, "a", gender="male")
    answer(workspace, face, "a")
    answer(workspace, face, "b")
    judge(workspace)
    found = rows_of(workspace, "gender")[face]
    assert (found.value, found.votes) == ("female", 2)


def test_free_ages_correct_a_claim_that_does_not_fit(workspace: Workspace) -> None:
    faces = add_faces(workspace, 3, age=7.0)
    for guesses, fits, face in (
        (("12", "13", "12", "11"), "too_old", faces[0]),
        (("7", "6", "8", "7"), "yes", faces[1]),
        (("20", "60", "35", "120.5"), "too_old", faces[2]),
    ):
        for moderator, age in zip("abcd", guesses, strict=True):
            answer(workspace, face, moderator, age_fits=fits, age=age)
    judge(workspace)
    found = rows_of(workspace, "age")
    corrected, accepted, rejected = (found[face] for face in faces)
    assert (corrected.value, accepted.value, rejected.value) == (
        *("corrected", "accepted", "rejected"),
    )
    assert corrected.age == pytest.approx(12, abs=1)
    assert (accepted.age, rejected.age) == (7.0, None)
    assert rejected.votes == 3  # nobody is 120.5
    assert corrected.low is not None
    assert corrected.high is not None
    assert corrected.low < 12 < corrected.high
    assert reasons(workspace) == ["age-does-not-fit"]


def test_what_rules_a_face_out_makes_its_other_questions_moot(sqlite_workspace: Workspace) -> None:
    many(sqlite_workspace, 10)
    (face,) = add_faces(sqlite_workspace, 1, first=100)
    for moderator, gender in zip("abc", ("female", "male", "unclear"), strict=True):
        answer(sqlite_workspace, face, moderator, gender=gender, relevant="no")
    judge(sqlite_workspace)
    assert rows_of(sqlite_workspace, "relevant")[face].state == "sure"
    assert rows_of(sqlite_workspace, "gender")[face].state == "moot"
    with sqlite_workspace.database.session() as session:
        assert session.scalars(select(Task.wanted).where(Task.face_id == face)).one() is None
