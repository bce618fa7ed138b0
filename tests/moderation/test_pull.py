"""`curate pull`, with the real server: every answer comes home once, as it stands."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from moderation.answers import FINE, pull, push, tables, vote
from moderation.commands import curate
from moderation.fixtures import Place
from sqlalchemy import event, select

from curation.database.models import (
    Annotation,
    Rejection,
    Task,
    Verdict,
    Vote,
)
from curation.moderation.label_studio import LabelStudioClient
from curation.moderation.pull import PullStage
from curation.moderation.push import PushStage
from curation.moderation.questions import result_of
from curation.stages import run


def states(place: Place) -> Counter[str]:
    with place.workspace.database.session() as session:
        return Counter(session.scalars(select(Annotation.state)))


def test_votes_come_home_with_their_moderators_as_pseudonyms(
    place: Place, moderators: list[LabelStudioClient]
) -> None:
    tasks = push(place, 4)
    for task in tasks.values():
        for moderator in moderators:
            vote(moderator, task)
    report = pull(place)
    assert report.processed == 4
    assert report.added == Counter(annotations=12, votes=36)

    rows = tables(place)
    assert Counter(row[5] for row in rows["annotation"]) == Counter(current=12)
    assert {row[4] for row in rows["annotation"]} == {2.5}
    assert Counter(row[1:] for row in rows["vote"]) == Counter(dict.fromkeys(FINE.items(), 12))
    assert len(rows["moderator"]) == 3
    assert all(len(name) == 32 and "moderator" not in name for name, _ in rows["moderator"])
    assert Counter(row[1:3] for row in rows["verdict"]) == Counter(dict.fromkeys(FINE.items(), 4))
    assert rows["rejection"] == []


def test_a_second_pull_writes_nothing(place: Place, moderators: list[LabelStudioClient]) -> None:
    for task in push(place, 3).values():
        vote(moderators[0], task)
    pull(place)
    before = tables(place)
    written: list[str] = []
    event.listen(
        place.workspace.database.engine,
        "before_cursor_execute",
        lambda _c, _k, statement, *_: (
            written.append(statement)
            if not statement.lstrip().upper().startswith(("SELECT", "PRAGMA"))
            else None
        ),
    )
    assert pull(place).processed == 0
    assert [one for one in written if "advisory" not in one] == []
    assert tables(place) == before


def test_only_what_changed_is_looked_at_again(
    sqlite_place: Place, moderators: list[LabelStudioClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curation.moderation.pull.OVERLAP", timedelta(0))
    tasks = list(push(sqlite_place, 6).values())
    vote(moderators[0], tasks[1])
    assert pull(sqlite_place).ready == 6
    vote(moderators[1], tasks[1])
    vote(moderators[1], tasks[4])
    assert (
        run(PullStage(sqlite_place.campaign), sqlite_place.workspace.database, dry_run=True).ready
        == 2
    )
    report = pull(sqlite_place)
    assert (report.processed, report.added) == (2, Counter(annotations=2, votes=6))


def test_a_changed_answer_supersedes_and_a_deleted_one_is_withdrawn(
    place: Place, moderators: list[LabelStudioClient]
) -> None:
    (task,) = push(place, 1).values()
    changed = vote(moderators[0], task, FINE | {"gender": "male"})
    deleted = vote(moderators[1], task)
    pull(place)
    sdk = moderators[0]._sdk
    sdk.annotations.update(changed, result=result_of(FINE))
    moderators[1]._sdk.annotations.delete(deleted)
    report = pull(place)
    assert report.added == Counter(annotations=1, votes=3, superseded=1, withdrawn=1)
    with place.workspace.database.session() as session:
        history = session.execute(
            select(Annotation.remote_id, Annotation.state, Vote.value)
            .join(Vote, Vote.annotation_id == Annotation.id)
            .where(Vote.attribute == "gender")
            .order_by(Annotation.remote_id, Annotation.updated_at)
        ).all()
    assert [tuple(row) for row in history] == [
        (changed, "superseded", "male"),
        (changed, "current", "female"),
        (deleted, "withdrawn", "female"),
    ]


def test_a_face_is_ruled_out_by_its_votes_and_comes_back_with_them(
    place: Place, moderators: list[LabelStudioClient]
) -> None:
    (face, task), *_ = push(place, 1).items()
    against = [vote(one, task, FINE | {"age_fits": "too_old"}) for one in moderators[:2]]
    pull(place)
    with place.workspace.database.session() as session:
        ruled_out = session.execute(
            select(Rejection.face_id, Rejection.stage, Rejection.reason, Rejection.detail)
        ).all()
    assert [tuple(row) for row in ruled_out] == [
        (face, "verdict", "age-does-not-fit", "too_old by 2 votes")
    ]

    for moderator, annotation in zip(moderators, against, strict=False):
        moderator._sdk.annotations.update(annotation, result=result_of(FINE))
    pull(place)
    rows = tables(place)
    assert rows["rejection"] == []
    assert {row[1]: row[2] for row in rows["verdict"]} == FINE

    for moderator, annotation in zip(moderators, against, strict=False):
        moderator._sdk.annotations.delete(annotation)
    pull(place)
    assert tables(place)["verdict"] == []


def test_an_unknown_choice_is_set_aside_and_the_pull_goes_on(
    place: Place, moderators: list[LabelStudioClient]
) -> None:
    first, second = push(place, 2).values()
    alien = vote(moderators[0], first, FINE | {"gender": "alien"})
    vote(moderators[0], second)
    report = pull(place)
    assert report.added["votes"] == 5
    assert report.added["set aside (unknown-choice)"] == 1
    with place.workspace.database.session() as session:
        rejected = session.execute(
            select(Rejection.stage, Rejection.detail, Annotation.remote_id).join(
                Annotation, Annotation.id == Rejection.annotation_id
            )
        ).one()
    assert (rejected.stage, rejected.remote_id) == ("pull", alien)
    assert "alien" in rejected.detail

    moderators[0]._sdk.annotations.update(alien, result=result_of(FINE))
    pull(place)
    assert tables(place)["rejection"] == []


def test_numbers_skips_and_nonsense_are_set_aside_too(
    sqlite_place: Place, moderators: list[LabelStudioClient]
) -> None:
    tasks = list(push(sqlite_place, 3).values())
    create = moderators[0]._sdk.annotations.create
    number = {
        "from_name": "age_fits",
        "to_name": "crop",
        "type": "number",
        "value": {"number": 300},
    }
    create(tasks[0], result=[number])
    create(tasks[1], result=[], was_cancelled=True)
    create(tasks[2], result=[])
    report = pull(sqlite_place)
    assert report.added == Counter(
        {
            "annotations": 3,
            "set aside (unreadable-answer)": 1,
            "set aside (skipped)": 1,
            "set aside (no-answer)": 1,
        }
    )


def test_the_later_of_two_answers_of_one_moderator_counts(
    sqlite_place: Place, moderators: list[LabelStudioClient]
) -> None:
    (task,) = push(sqlite_place, 1).values()
    vote(moderators[0], task, FINE | {"gender": "male"})
    vote(moderators[1], task, FINE | {"gender": "male"})
    vote(moderators[0], task)
    vote(moderators[1], task)
    pull(sqlite_place)
    with sqlite_place.workspace.database.session() as session:
        gender = session.execute(
            select(Verdict.value, Verdict.votes).where(Verdict.attribute == "gender")
        ).one()
    assert tuple(gender) == ("female", 2)


def test_votes_on_a_task_whose_push_was_killed_are_not_lost(
    place: Place, moderators: list[LabelStudioClient]
) -> None:
    tasks = push(place, 2)
    for task in tasks.values():
        vote(moderators[0], task)
    with place.workspace.database.session() as session:  # as if we had never heard back
        for row in session.scalars(select(Task)):
            row.remote_id = None
    pull(place)
    rows = tables(place)
    assert sorted(row[1] for row in rows["task"]) == sorted(tasks.values())
    assert len(rows["vote"]) == 6
    assert run(PushStage(place.campaign), place.workspace.database).processed == 0


def test_tasks_of_others_in_the_project_are_counted_and_left_alone(
    sqlite_place: Place, moderators: list[LabelStudioClient], admin: LabelStudioClient
) -> None:
    push(sqlite_place, 1)
    project = sqlite_place.campaign.row(sqlite_place.workspace.database)
    assert project is not None
    (strange,) = admin.import_tasks(
        project.remote_id, [{"crop": "/x.jpg", "photo": "/x.jpg", "claim": ""}]
    )
    vote(moderators[0], strange)
    done = curate("pull")
    assert done.exit_code == 0
    assert "1 tasks in the Label Studio project were not made by" in done.stderr
    assert states(sqlite_place) == Counter()


def test_before_the_first_push_there_is_nothing_to_pull(sqlite_place: Place) -> None:
    done = curate("pull")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "pull: nothing to do" in done.stdout
