"""`curate push`, with the real server: one task for each face, whatever happens."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from moderation.commands import curate
from moderation.faces import add_faces
from moderation.faulty_proxy import Fault, FaultyProxy
from moderation.fixtures import LabelStudio, Place
from sqlalchemy import func, select, update

from curation.database.models import Claim, Face, Image, Project, Task
from curation.errors import LabelStudioError
from curation.moderation import push as push_module
from curation.moderation.campaign import Campaign
from curation.moderation.push import PushStage
from curation.moderation.remote import RemoteTask
from curation.stages import run
from curation.workspace import create_workspace

IMPORT = "/import"


def remote_tasks(place: Place) -> list[RemoteTask]:
    """All tasks of the workspace's project as the server has them."""
    project = place.campaign.row(place.workspace.database)
    remote = (
        project.remote_id if project else place.campaign.client.find_project(place.campaign.title)
    )
    if remote is None:
        return []
    return [task for page in place.campaign.client.changed_tasks(remote, None) for task in page]


def confirmed(place: Place) -> dict[str, int | None]:
    """The server's ids of the tasks as the database has them, by our id."""
    with place.workspace.database.session() as session:
        rows = session.execute(select(Task.id, Task.remote_id)).all()
    return {row.id: row.remote_id for row in rows}


def assert_one_task_for_each(place: Place, faces: list[str]) -> None:
    """Every face has one row and one task, and the row knows the task."""
    with place.workspace.database.session() as session:
        known = session.execute(select(Task.face_id, Task.id, Task.remote_id)).all()
    assert sorted(row.face_id for row in known) == sorted(faces)
    tasks = remote_tasks(place)
    assert Counter(str(task.data["face"]) for task in tasks) == Counter(row.id for row in known)
    there = {str(task.data["face"]): task.id for task in tasks}
    assert {row.id: row.remote_id for row in known} == there


def test_each_face_is_put_to_the_moderators_once(place: Place) -> None:
    faces = add_faces(place.workspace, 25)
    report = run(PushStage(place.campaign), place.workspace.database)
    assert (report.processed, report.added) == (25, Counter(tasks=25))
    assert_one_task_for_each(place, faces)

    again = run(PushStage(place.campaign), place.workspace.database)
    assert again.processed == 0

    more = add_faces(place.workspace, 5, first=25)
    assert run(PushStage(place.campaign), place.workspace.database).processed == 5
    assert_one_task_for_each(place, faces + more)


def test_moderators_see_crop_photograph_and_claim(sqlite_place: Place) -> None:
    add_faces(sqlite_place.workspace, 1, age=0.5, pictures=True)
    run(PushStage(sqlite_place.campaign), sqlite_place.workspace.database)
    (task,) = remote_tasks(sqlite_place)
    assert task.data["claim_en"].startswith("Claimed age: 6 months ± 3")
    settings = sqlite_place.workspace.settings.label_studio
    key = {"Authorization": f"Token {settings.api_key}"}
    with httpx.Client(base_url=settings.url, trust_env=False) as browser:
        for field in ("crop", "photo"):
            answer = browser.get(task.data[field], headers=key)
            assert answer.status_code == 200
            assert answer.content.startswith(b"\xff\xd8")
        assert browser.get(task.data["crop"]).status_code == 401
        secret = task.data["crop"].rpartition("crops/")[0] + "../secret"
        assert browser.get(secret, headers=key).status_code == 404


def test_only_kept_images_with_a_main_face_and_a_claimed_age_are_asked_about(
    place: Place,
) -> None:
    faces = add_faces(place.workspace, 4)
    with place.workspace.database.session() as session:
        images = dict(session.execute(select(Face.id, Face.image_id)).all())
        session.execute(update(Image).where(Image.id == images[faces[0]]).values(kept=False))
        session.execute(update(Face).where(Face.id == faces[1]).values(crop_key=None))
        session.execute(update(Claim).where(Claim.face_id == faces[2]).values(attribute="country"))
    run(PushStage(place.campaign), place.workspace.database)
    assert_one_task_for_each(place, [faces[3]])


def test_a_claim_that_changes_later_does_not_change_what_was_asked(sqlite_place: Place) -> None:
    add_faces(sqlite_place.workspace, 1, age=7)
    run(PushStage(sqlite_place.campaign), sqlite_place.workspace.database)
    with sqlite_place.workspace.database.session() as session:
        session.execute(update(Claim).values(value="9"))
        session.execute(update(Task).values(remote_id=None))
    run(PushStage(sqlite_place.campaign), sqlite_place.workspace.database)
    with sqlite_place.workspace.database.session() as session:
        assert session.scalars(select(Task.claimed_age)).all() == [7.0]


def test_limit_and_dry_run_are_kept_to(sqlite_place: Place) -> None:
    add_faces(sqlite_place.workspace, 9)
    dry = run(PushStage(sqlite_place.campaign), sqlite_place.workspace.database, dry_run=True)
    assert dry.ready == 9
    assert sqlite_place.campaign.row(sqlite_place.workspace.database) is None
    some = run(PushStage(sqlite_place.campaign), sqlite_place.workspace.database, limit=4)
    assert some.processed == 4
    assert len(remote_tasks(sqlite_place)) == 4


def test_a_project_made_by_a_push_that_was_killed_is_found_again(place: Place) -> None:
    faces = add_faces(place.workspace, 3)
    made = place.campaign.client.create_project(place.campaign.title, "<View/>", "")
    run(PushStage(place.campaign), place.workspace.database)
    with place.workspace.database.session() as session:
        assert session.scalars(select(Project.remote_id)).all() == [made]
    assert_one_task_for_each(place, faces)


def test_two_workspaces_on_one_server_have_projects_of_their_own(
    sqlite_place: Place, tmp_path: Path
) -> None:
    other = Campaign(create_workspace(tmp_path / "other"))
    assert other.questions == sqlite_place.campaign.questions
    assert other.title != sqlite_place.campaign.title
    other.workspace.database.close()


@pytest.mark.parametrize("fault", ["drop answer", "502 after"])
def test_an_answer_that_is_lost_after_the_server_did_its_work_makes_no_second_task(
    place: Place, proxy: FaultyProxy, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_module, "PAUSE_SECONDS", 0.0)
    faces = add_faces(place.workspace, 12)
    with place.at(proxy.url) as through:
        proxy.once(fault, IMPORT)
        report = run(PushStage(through.campaign), through.workspace.database)
        assert proxy.reached.is_set()
        assert report.added == Counter(tasks=12)
        assert_one_task_for_each(through, faces)
    sent = [path for method, path in proxy.requests if method == "POST" and IMPORT in path]
    assert len(sent) == 1


def test_a_request_that_never_arrived_is_sent_again(
    sqlite_place: Place, proxy: FaultyProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_module, "PAUSE_SECONDS", 0.0)
    faces = add_faces(sqlite_place.workspace, 12)
    with sqlite_place.at(proxy.url) as through:
        proxy.once("drop request", IMPORT)
        run(PushStage(through.campaign), through.workspace.database)
        assert_one_task_for_each(through, faces)


def test_an_import_that_commits_late_leaves_one_task_for_each_face(
    sqlite_place: Place, proxy: FaultyProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first request is still on its way when we ask what is there and send it again."""
    monkeypatch.setattr(push_module, "PAUSE_SECONDS", 0.0)
    faces = add_faces(sqlite_place.workspace, 12)
    with sqlite_place.at(proxy.url) as through:
        proxy.once("deliver late", IMPORT)
        run(PushStage(through.campaign), through.workspace.database)
        assert sum("/import" in path for method, path in proxy.requests if method == "POST") == 2
        assert_one_task_for_each(through, faces)


def test_an_outage_that_lasts_ends_in_a_sentence_and_a_later_push_goes_on(
    sqlite_place: Place, proxy: FaultyProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_module, "PAUSE_SECONDS", 0.0)
    faces = add_faces(sqlite_place.workspace, 6)
    with sqlite_place.at(proxy.url) as through:
        proxy.fault = lambda method, path: "502 before" if IMPORT in path else None
        with pytest.raises(LabelStudioError, match="502"):
            run(PushStage(through.campaign), through.workspace.database)
        assert set(confirmed(through).values()) == {None}
        proxy.fault = lambda method, path: None
        run(PushStage(through.campaign), through.workspace.database)
        assert_one_task_for_each(through, faces)


def _push_and_kill(proxy: FaultyProxy, recorded: Callable[[], bool] = lambda: True) -> None:
    """Run `curate push`, and kill it without notice where the proxy stops its request."""
    with subprocess.Popen(
        [sys.executable, "-m", "curation", "push"], stdout=subprocess.DEVNULL
    ) as process:
        assert proxy.reached.wait(60)
        end = time.monotonic() + 60  # one batch is written down while the next is on its way
        while not recorded() and time.monotonic() < end:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        assert process.wait(10) == -signal.SIGKILL


@pytest.mark.parametrize("fault", ["hold request", "hold answer"])
def test_a_push_that_is_killed_and_run_again_ends_as_an_undisturbed_one(
    place: Place, proxy: FaultyProxy, fault: Fault
) -> None:
    """Before the server heard of it, and after it did its work but before we knew."""
    faces = add_faces(place.workspace, 30)
    with place.at(proxy.url) as through:
        proxy.once(fault, IMPORT)
        _push_and_kill(proxy)
        assert set(confirmed(through).values()) == {None}
        assert len(remote_tasks(through)) == (30 if fault == "hold answer" else 0)

        proxy.fault = lambda method, path: None
        done = curate("push")
        assert (done.exit_code, "30 faces" in done.stdout) == (0, True)
        assert_one_task_for_each(through, faces)
        assert "nothing to do" in curate("push").stdout


def test_a_push_that_is_killed_in_a_later_batch_keeps_the_earlier_ones(
    sqlite_place: Place, proxy: FaultyProxy
) -> None:
    faces = add_faces(sqlite_place.workspace, 1_200)
    with sqlite_place.at(proxy.url) as through:
        proxy.once("hold answer", IMPORT, skip=1)
        _push_and_kill(proxy, lambda: any(confirmed(through).values()))
        known = confirmed(through)
        assert Counter(remote is None for remote in known.values()) == {False: 1000, True: 200}
        proxy.fault = lambda method, path: None
        assert "200 faces" in curate("push").stdout
        assert_one_task_for_each(through, faces)


def test_a_push_that_is_killed_while_it_makes_the_project_makes_no_second_one(
    sqlite_place: Place, proxy: FaultyProxy, label_studio: LabelStudio
) -> None:
    faces = add_faces(sqlite_place.workspace, 3)
    with sqlite_place.at(proxy.url) as through:
        proxy.once("hold answer", "/api/projects")
        _push_and_kill(proxy)
        proxy.fault = lambda method, path: None
        run(PushStage(through.campaign), through.workspace.database)
        assert_one_task_for_each(through, faces)
        titles = [project.title for project in through.campaign.client._sdk.projects.list()]
        assert titles.count(through.campaign.title) == 1


def test_commands_say_in_one_sentence_why_they_cannot_reach_label_studio(
    sqlite_place: Place,
) -> None:
    add_faces(sqlite_place.workspace, 1)
    with sqlite_place.at("", ""):
        down = curate("push")
        assert (down.exit_code, down.stdout) == (1, "")
        assert down.stderr.startswith("error: ")
        assert "`curate label-studio up`" in down.stderr
        assert "push: 1 faces are ready" in curate("push", "--dry-run").stdout
    with sqlite_place.at("http://127.0.0.1:9", "key"):
        away = curate("push")
        assert (away.exit_code, "http://127.0.0.1:9" in away.stderr) == (1, True)
    with sqlite_place.at(sqlite_place.workspace.settings.label_studio.url, ""):
        keyless = curate("push")
        assert keyless.exit_code == 2
        assert "EVENFACE_LABEL_STUDIO__API_KEY" in keyless.stderr
    with sqlite_place.workspace.database.session() as session:
        assert session.scalars(select(func.count()).select_from(Task)).one() == 0
