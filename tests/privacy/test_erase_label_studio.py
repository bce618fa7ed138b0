"""Erasure reaches a real Label Studio: tasks, answers, and what its own files keep."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from moderation.answers import FINE, pull, tables, vote
from moderation.faulty_proxy import FaultyProxy
from moderation.fixtures import PASSWORD, LabelStudioClient, Place, account_key
from privacy.people import posts_of, settle
from sqlalchemy import select, update
from typer.testing import CliRunner

from curation.cli import app
from curation.database.models import Annotation, Moderator, Project, Task, Verdict
from curation.moderation.campaign import Campaign
from curation.moderation.push import PushStage
from curation.moderation.server import Server
from curation.moderation.server_install import Installation
from curation.stages import run
from curation.workspace import open_workspace

runner = CliRunner()


def curate(*arguments: str) -> Any:
    return runner.invoke(app, list(arguments))


def push(place: Place) -> dict[str, tuple[str, int]]:
    """Put all faces to the moderators; return our id of the task and the server's, by face."""
    run(PushStage(place.campaign), place.workspace.database)
    with place.workspace.database.session() as session:
        rows = session.execute(select(Task.face_id, Task.id, Task.remote_id)).all()
    return {row.face_id: (row.id, int(row.remote_id or 0)) for row in rows}


def on_server(admin: LabelStudioClient, place: Place) -> dict[int, str]:
    """Everything that the server says of the tasks of our project, as text."""
    with place.workspace.database.session() as session:
        project = session.scalars(select(Project.remote_id)).one()
    answer = admin._sdk.tasks.list(project=project, fields="all", page_size=1000)
    return {int(task.id): task.model_dump_json() for task in answer.items or []}


def receipt(place: Place) -> dict[str, Any]:
    [path] = (place.workspace.root / "receipts").glob("*.json")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def test_the_tasks_of_an_author_are_gone_from_the_server_and_others_stay(
    place: Place, admin: LabelStudioClient, moderators: list[LabelStudioClient], tmp_path: Path
) -> None:
    anna, bob = posts_of("anna", 3, 4), posts_of("bob", 5)
    settle(place.workspace, tmp_path / "in", anna + bob)
    tasks = push(place)
    for face in tasks:
        for moderator in moderators[:2]:
            vote(moderator, tasks[face][1])
    pull(place)
    done = curate("erase", "--author", "manifest:anna", "--yes")
    assert done.exit_code == 0, done.stderr
    left = on_server(admin, place)
    assert set(left) == {tasks[bob[0].face_id][1]}
    for post in anna:
        for name in (post.image_id, post.face_id, tasks[post.face_id][0]):
            assert name not in "".join(left.values())
    [server] = receipt(place)["label_studio"]
    assert sorted(server["tasks"]) == sorted(tasks[post.face_id][1] for post in anna)
    assert receipt(place)["database"]["rows"]["vote"] == 12
    again = pull(place), run(PushStage(place.campaign), place.workspace.database)
    assert (again[0].added.total(), again[1].processed) == (0, 0)
    assert len(tables(place)["task"]) == 1
    assert len(tables(place)["annotation"]) == 2


def test_a_task_that_was_sent_and_never_confirmed_is_found_too(
    sqlite_place: Place, admin: LabelStudioClient, tmp_path: Path
) -> None:
    anna = posts_of("anna", 3)
    settle(sqlite_place.workspace, tmp_path / "in", anna)
    push(sqlite_place)
    with sqlite_place.workspace.database.session() as session:
        session.execute(update(Task).values(remote_id=None))
    assert curate("erase", "--author", "manifest:anna", "--yes").exit_code == 0
    assert on_server(admin, sqlite_place) == {}


@pytest.mark.parametrize("fault", ["502 before", "drop answer"])
def test_a_server_that_breaks_off_leaves_the_erasure_open_until_it_is_back(
    sqlite_place: Place, admin: LabelStudioClient, proxy: FaultyProxy, tmp_path: Path, fault: Any
) -> None:
    anna = posts_of("anna", 3, 4)
    settle(sqlite_place.workspace, tmp_path / "in", anna)
    with sqlite_place.at(proxy.url) as behind:
        push(behind)
        proxy.fault = lambda method, path: fault if method == "DELETE" else None
        done = curate("erase", "--author", "manifest:anna", "--yes")
        assert done.exit_code == 1
        assert "not reached: task" in done.stderr
        assert receipt(behind)["state"] == "open"
        assert "1 erasure is still open" in done.stderr
        proxy.fault = lambda method, path: None
        # The same command again is enough.
        done = curate("erase", "--author", "manifest:anna", "--yes")
        assert done.exit_code == 0, done.stderr
        assert receipt(behind)["state"] == "done"
        assert on_server(admin, behind) == {}


def test_a_server_that_is_down_is_named_and_everything_else_is_done(
    sqlite_place: Place, admin: LabelStudioClient, tmp_path: Path
) -> None:
    anna = posts_of("anna", 3)
    settle(sqlite_place.workspace, tmp_path / "in", anna)
    push(sqlite_place)
    with sqlite_place.workspace.database.session() as session:
        server = session.scalars(select(Project.server)).one()
    sqlite_place.monkeypatch.setenv("EVENFACE_LABEL_STUDIO__URL", "http://127.0.0.1:9")
    done = curate("erase", "--author", "manifest:anna", "--yes")
    assert done.exit_code == 1
    assert f"what is wanted is on {server}" in done.stderr
    key = f"images/{anna[0].image_id[:2]}/{anna[0].image_id}.jpg"
    assert not sqlite_place.workspace.store.exists(key)
    waiting = curate("erase", "--status").stdout
    assert "waits for task" in waiting
    assert anna[0].image_id not in waiting
    sqlite_place.monkeypatch.setenv("EVENFACE_LABEL_STUDIO__URL", server)
    assert curate("erase", "--resume").exit_code == 0
    assert on_server(admin, sqlite_place) == {}


def test_a_project_that_was_deleted_took_its_tasks_with_it(
    sqlite_place: Place, admin: LabelStudioClient, tmp_path: Path
) -> None:
    settle(sqlite_place.workspace, tmp_path / "in", posts_of("anna", 3))
    push(sqlite_place)
    with sqlite_place.workspace.database.session() as session:
        admin._sdk.projects.delete(session.scalars(select(Project.remote_id)).one())
    done = curate("erase", "--author", "manifest:anna", "--yes")
    assert done.exit_code == 0, done.stderr
    assert len(receipt(sqlite_place)["label_studio"][0]["tasks"]) == 1


def test_a_moderator_goes_with_all_answers_and_they_do_not_come_back(
    place: Place, admin: LabelStudioClient, moderators: list[LabelStudioClient], tmp_path: Path
) -> None:
    settle(place.workspace, tmp_path / "in", posts_of("anna", 3, 4))
    tasks = [remote for _, remote in push(place).values()]
    leaving = LabelStudioClient(admin.url, account_key(admin, "leaving@localhost", PASSWORD))
    for task in tasks:
        vote(leaving, task)
        vote(moderators[0], task, FINE | {"gender": "male"})
    pull(place)
    assert len(tables(place)["annotation"]) == 4
    done = curate("erase", "--moderator", "Leaving@localhost", "--yes")
    assert done.exit_code == 0, done.stderr
    assert len(tables(place)["annotation"]) == 2
    with place.workspace.database.session() as session:
        assert len(session.scalars(select(Moderator.id)).all()) == 1
        assert set(session.scalars(select(Task.stale))) == {True}
    shown = on_server(admin, place)
    assert sum(len(json.loads(task)["annotations"]) for task in shown.values()) == 2
    assert len(receipt(place)["label_studio"][0]["annotations"]) == 2
    assert any("account in Label Studio stays" in s for s in receipt(place)["cannot_be_undone"])
    # An answer that is given all the same is not taken home.
    vote(leaving, tasks[0])
    leaving.close()
    with Campaign(open_workspace()) as campaign:
        pull(Place(place.workspace, campaign, place.monkeypatch))
    assert len(tables(place)["annotation"]) == 2
    with place.workspace.database.session() as session:
        votes = session.scalars(select(Verdict.votes).where(Verdict.attribute == "gender")).all()
        assert votes == [1, 1]
        assert session.scalars(select(Annotation.state)).all() == ["current"] * 2


def test_the_files_of_the_workspaces_own_server_keep_no_trace(
    label_studio_installation: Installation,
    sqlite_workspace: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workspace = sqlite_workspace
    anna, bob = posts_of("anna", 3), posts_of("bob", 5)
    settle(workspace, tmp_path / "in", anna + bob)
    server = Server(workspace.label_studio)
    folder = workspace.store.folder
    assert folder is not None
    server.up(label_studio_installation, folder)
    try:
        with Campaign(workspace) as campaign:
            tasks = push(Place(workspace, campaign, monkeypatch))
            crop = f"crops/{anna[0].face_id[:2]}/{anna[0].face_id}.jpg"
            page = f"{campaign.client.url}/data/local-files/?d={crop}"
            campaign.client._http.get(page)  # what a moderator's browser does is logged
        named = [anna[0].image_id, anna[0].face_id, tasks[anna[0].face_id][0]]

        def traces() -> list[tuple[str, str]]:
            return [
                (path.name, name)
                for path in sorted(workspace.label_studio.rglob("*"))
                if path.is_file()
                for name in named
                if name.encode() in path.read_bytes()
            ]

        assert {name for _, name in traces()} == set(named)
        done = curate("erase", "--author", "manifest:anna", "--yes")
        assert done.exit_code == 0, done.stderr
        assert traces() == []
        with Campaign(workspace) as campaign:
            assert campaign.client.has_project(1)
    finally:
        server.down()
