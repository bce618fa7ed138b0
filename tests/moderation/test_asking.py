"""Faces go back into Label Studio's stream until their votes settle them, on the real server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack

import httpx
import pytest
from moderation.answers import FINE, push, vote
from moderation.commands import curate
from moderation.fixtures import PASSWORD, LabelStudio, Place
from sqlalchemy import func, select, update

from curation.database.models import Annotation, Moderator, Rejection, Task, Verdict
from curation.moderation.accounts import account_key
from curation.moderation.label_studio import LabelStudioClient

UNSURE = {"gender": "male"}


@pytest.fixture(scope="module")
def crew(label_studio: LabelStudio) -> Iterator[list[tuple[LabelStudioClient, str]]]:
    """Six moderators with accounts and keys of their own."""
    with ExitStack() as stack:
        admin = stack.enter_context(LabelStudioClient(label_studio.url, label_studio.api_key))
        keys = [account_key(admin, f"asked-{number}@localhost", PASSWORD) for number in range(6)]
        yield [(stack.enter_context(LabelStudioClient(label_studio.url, key)), key) for key in keys]


def next_task(place: Place, key: str) -> int | None:
    """Return what the label stream hands to the moderator with this key."""
    row = place.campaign.row(place.workspace.database)
    assert row is not None
    answer = httpx.get(
        f"{place.campaign.client.url}/api/projects/{row.remote_id}/next",
        headers={"Authorization": f"Token {key}"},
        timeout=60,
    )
    if answer.status_code == 404:
        return None
    assert answer.status_code == 200, answer.text
    return int(answer.json()["id"])


def overlaps(place: Place) -> Mapping[int, int]:
    """Return the overlap of each task as the server has it."""
    row = place.campaign.row(place.workspace.database)
    assert row is not None
    sdk = place.campaign.client._sdk
    listed = sdk.tasks.list(project=row.remote_id, include="id,overlap", page_size=100)
    return {int(task.id): int(task.overlap) for task in listed}


def test_one_more_moderator_at_a_time_sees_a_face_until_it_is_settled_or_the_cap_is_reached(
    place: Place, crew: list[tuple[LabelStudioClient, str]]
) -> None:
    calm, contested = list(push(place, 2).values())
    said: dict[int, list[int]] = {calm: [], contested: []}
    # Everybody who comes by takes whatever the stream offers, until it offers nothing to anybody.
    for _ in range(8):
        for number, (client, key) in enumerate(crew):
            while (task := next_task(place, key)) is not None:
                assert number not in said[task], "the same face twice"
                said[task].append(number)
                # On one face they agree, on the other half of them say something else.
                odd = task == contested and len(said[task]) % 2 == 0
                vote(client, task, FINE | (UNSURE if odd else {}))
        result = curate("pull")
        assert result.exit_code == 0, result.stdout + result.stderr
    assert len(said[calm]) in (2, 3)  # two of two is not sure before anything is known of them
    assert len(said[contested]) == 5
    assert overlaps(place) == {task: len(people) for task, people in said.items()}
    with place.workspace.database.session() as session:
        states = {
            (row.votes, row.state)
            for row in session.scalars(select(Verdict).where(Verdict.attribute == "gender"))
        }
        posteriors = session.scalars(select(Verdict.posterior)).all()
    assert states == {(len(said[calm]), "sure"), (5, "contested")}
    assert all(sum((one or {}).values()) == pytest.approx(1) for one in posteriors)


def test_a_suspended_moderators_faces_are_asked_of_others_but_not_of_them(
    sqlite_place: Place, crew: list[tuple[LabelStudioClient, str]]
) -> None:
    tasks = list(push(sqlite_place, 3).values())
    for client, _ in crew[:3]:
        for task in tasks:
            vote(client, task)
    assert curate("pull").exit_code == 0
    assert [next_task(sqlite_place, key) for _, key in crew] == [None] * 6
    database = sqlite_place.workspace.database
    with database.session() as session:
        suspended = session.scalars(
            select(Annotation.moderator_id).group_by(Annotation.moderator_id).limit(2)
        ).all()
        session.execute(
            update(Moderator).where(Moderator.id.in_(suspended)).values(status="suspended")
        )
        session.execute(update(Task).values(stale=True))
    assert curate("verdicts").exit_code == 0
    with database.session() as session:
        assert set(session.scalars(select(Verdict.votes))) == {1}
        assert set(session.scalars(select(Task.overlap))) == {4}
    assert [next_task(sqlite_place, key) for _, key in crew[:3]] == [None] * 3
    assert next_task(sqlite_place, crew[3][1]) in tasks

    with database.session() as session:  # taken back: the faces leave the stream again
        session.execute(update(Moderator).values(status="active"))
        session.execute(update(Task).values(stale=True))
    assert curate("verdicts").exit_code == 0
    assert next_task(sqlite_place, crew[4][1]) is None
    assert set(overlaps(sqlite_place).values()) == {3}


def test_a_face_that_was_passed_over_still_gets_its_votes(
    sqlite_place: Place, crew: list[tuple[LabelStudioClient, str]]
) -> None:
    (task,) = push(sqlite_place, 1).values()
    crew[0][0]._sdk.annotations.create(task, result=[], was_cancelled=True)
    vote(crew[1][0], task)
    assert curate("pull").exit_code == 0
    assert next_task(sqlite_place, crew[0][1]) is None
    assert next_task(sqlite_place, crew[2][1]) == task
    vote(crew[2][0], task)
    assert curate("pull").exit_code == 0
    with sqlite_place.workspace.database.session() as session:
        assert set(session.scalars(select(Verdict.votes))) == {2}


def test_a_task_deleted_by_hand_stops_nothing_and_is_said(
    sqlite_place: Place, crew: list[tuple[LabelStudioClient, str]]
) -> None:
    tasks = list(push(sqlite_place, 2).values())
    for task in tasks:
        vote(crew[0][0], task)
        vote(crew[1][0], task, FINE | UNSURE)
    assert curate("pull", "--help").exit_code == 0
    sqlite_place.campaign.client.delete_task(tasks[0])
    with sqlite_place.workspace.database.session() as session:
        session.execute(update(Task).values(wanted=3))
    result = curate("verdicts")
    assert result.exit_code == 0, result.stdout + result.stderr
    with sqlite_place.workspace.database.session() as session:
        assert session.scalars(select(Rejection.reason)).all() == ["task-gone"]
        told = {task.remote_id: task.overlap for task in session.scalars(select(Task))}
    assert told == {tasks[0]: None, tasks[1]: 3}


def test_all_tells_the_server_again_what_a_change_of_the_project_overwrote(
    sqlite_place: Place, crew: list[tuple[LabelStudioClient, str]]
) -> None:
    (task,) = push(sqlite_place, 1).values()
    vote(crew[0][0], task)
    vote(crew[1][0], task, FINE | UNSURE)
    assert curate("pull").exit_code == 0
    row = sqlite_place.campaign.row(sqlite_place.workspace.database)
    assert row is not None
    assert overlaps(sqlite_place) == {task: 3}
    sqlite_place.campaign.client.set_overlap(row.remote_id, 4)
    sqlite_place.campaign.client.set_overlap(row.remote_id, 2)
    assert next_task(sqlite_place, crew[2][1]) is None
    result = curate("verdicts", "--all")
    assert result.exit_code == 0, result.stdout + result.stderr
    assert "learnt from 2 votes on gender" in result.stdout + result.stderr
    assert next_task(sqlite_place, crew[2][1]) == task


def test_judging_without_asking_leaves_the_server_alone(
    sqlite_place: Place, crew: list[tuple[LabelStudioClient, str]]
) -> None:
    (task,) = push(sqlite_place, 1).values()
    vote(crew[0][0], task)
    vote(crew[1][0], task, FINE | UNSURE)
    assert curate("pull", "--dry-run").exit_code == 0
    result = curate("verdicts", "--method", "majority")
    assert result.exit_code == 2
    assert "--all" in result.stdout + result.stderr
    assert curate("pull").exit_code == 0
    result = curate("verdicts", "--all", "--no-ask", "--method", "majority")
    assert result.exit_code == 0
    assert "ask:" not in result.stdout + result.stderr
    with sqlite_place.workspace.database.session() as session:
        assert set(session.scalars(select(Verdict.method))) == {"majority"}
        assert session.scalars(select(func.count()).select_from(Verdict)).one() == 3
