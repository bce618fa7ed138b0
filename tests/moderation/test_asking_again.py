"""Faces go back into Label Studio's stream until their votes settle them, on the real server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack

import httpx
import pytest
from moderation.answers import FINE, push, vote
from moderation.commands import curate
from moderation.fixtures import PASSWORD, LabelStudio, Place
from sqlalchemy import select, update

from curation.database.models import Annotation, Moderator, Rejection, Task, Verdict, Vote
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
    before = -1
    # Everybody who comes by takes whatever the stream offers, until nobody is offered anything.
    while sum(map(len, said.values())) > before:
        before = sum(map(len, said.values()))
        for number, (client, key) in enumerate(crew):
            while (task := next_task(place, key)) is not None:
                assert number not in said[task], "the same face twice"
                said[task].append(number)
                # On one face they agree; on the other every second says something else.
                odd = task == contested and len(said[task]) % 2 == 0
                vote(client, task, FINE | (UNSURE if odd else {}))
        result = curate("pull")
        assert result.exit_code == 0, result.stdout + result.stderr
    assert len(said[calm]) in (2, 3)  # two of two is not sure before anything is known of them
    assert len(said[contested]) == 5
    assert overlaps(place) == {task: len(people) for task, people in said.items()}
    with place.workspace.database.session() as session:
        found = session.scalars(select(Verdict).where(Verdict.attribute == "gender")).all()
        assert {(row.votes, row.state) for row in found} == {
            *((len(said[calm]), "sure"), (5, "contested")),
        }
        assert all(sum((row.posterior or {}).values()) == pytest.approx(1) for row in found)
    # Nothing is left to do or to say.
    done = curate("pull")
    assert "verdict: nothing to do" in done.stdout
    assert "ask: nothing to do" in done.stdout


def test_a_suspended_moderators_faces_are_asked_of_others_but_not_of_them(
    sqlite_place: Place, crew: list[tuple[LabelStudioClient, str]]
) -> None:
    (task,) = push(sqlite_place, 1).values()
    # Who passes over a face is not asked again, and somebody else is in their place.
    crew[5][0]._sdk.annotations.create(task, result=[], was_cancelled=True)
    for client, _ in crew[:3]:
        vote(client, task)
    assert curate("pull").exit_code == 0
    assert next_task(sqlite_place, crew[3][1]) is None
    database = sqlite_place.workspace.database
    with database.session() as session:
        voters = session.scalars(
            select(Annotation.moderator_id).join(Vote).distinct().order_by(Annotation.moderator_id)
        ).all()
        session.execute(
            update(Moderator).where(Moderator.id.in_(voters[:2])).values(status="suspended")
        )
        session.execute(update(Task).values(stale=True))
    assert curate("verdicts").exit_code == 0
    with database.session() as session:
        assert set(session.scalars(select(Verdict.votes))) == {1}
    assert overlaps(sqlite_place) == {task: 4}
    offered = [next_task(sqlite_place, crew[number][1]) for number in (0, 1, 2, 5, 3)]
    assert offered == [None, None, None, None, task]

    with database.session() as session:  # taken back: the face leaves the stream again
        session.execute(update(Moderator).values(status="active"))
        session.execute(update(Task).values(stale=True))
    assert curate("verdicts").exit_code == 0
    assert next_task(sqlite_place, crew[4][1]) is None
    assert overlaps(sqlite_place) == {task: 3}


def test_all_tells_the_server_again_and_a_task_deleted_by_hand_stops_nothing(
    sqlite_place: Place, crew: list[tuple[LabelStudioClient, str]]
) -> None:
    kept, deleted = push(sqlite_place, 2).values()
    for task in (kept, deleted):
        vote(crew[0][0], task)
        vote(crew[1][0], task, FINE | UNSURE)
    result = curate("verdicts", "--method", "majority")
    assert (result.exit_code, "add --all" in result.stderr) == (2, True)
    assert curate("pull").exit_code == 0
    row = sqlite_place.campaign.row(sqlite_place.workspace.database)
    assert row is not None
    assert overlaps(sqlite_place) == {kept: 3, deleted: 3}
    # A change of the project's own number overwrites that of every task.
    sqlite_place.campaign.client.set_overlap(row.remote_id, 4)
    sqlite_place.campaign.client.set_overlap(row.remote_id, 2)
    sqlite_place.campaign.client.delete_task(deleted)
    assert next_task(sqlite_place, crew[2][1]) is None
    result = curate("verdicts", "--all", "--no-ask", "--method", "majority")
    assert result.exit_code == 0
    assert "ask:" not in result.stdout
    with sqlite_place.workspace.database.session() as session:
        assert set(session.scalars(select(Verdict.method))) == {"majority"}
    result = curate("verdicts", "--all")
    assert result.exit_code == 0, result.stdout + result.stderr
    assert "learnt from 4 votes on gender" in result.stdout
    assert "task-gone 1" in result.stdout
    assert next_task(sqlite_place, crew[2][1]) == kept
    with sqlite_place.workspace.database.session() as session:
        assert session.scalars(select(Rejection.reason)).all() == ["task-gone"]
        assert set(session.scalars(select(Verdict.method))) == {"dawid-skene"}
