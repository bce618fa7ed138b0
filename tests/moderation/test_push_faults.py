"""`curate push` when the server dies, the key goes, the database is locked, or two push at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from moderation.commands import curate
from moderation.faces import add_faces
from moderation.faulty_proxy import Fault, FaultyProxy
from moderation.fixtures import PASSWORD, LabelStudio, Place
from moderation.test_push import IMPORT, assert_one_task_for_each, confirmed
from sqlalchemy import text

from curation.database import session as session_module
from curation.errors import DatabaseError, LabelStudioError
from curation.moderation import push as push_module
from curation.moderation.accounts import account_key
from curation.moderation.label_studio import LabelStudioClient
from curation.moderation.push import PushStage
from curation.stages import run


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push_module, "PAUSE_SECONDS", 0.0)


def _at_import(proxy: FaultyProxy, what: object) -> None:
    """Call `what` once, when the tasks arrive at the proxy and before they are passed on."""
    waiting = [what]

    def fault(method: str, path: str) -> Fault | None:
        if method == "POST" and path.partition("?")[0].rstrip("/").endswith(IMPORT) and waiting:
            action = waiting.pop()
            assert callable(action)
            action()
        return None

    proxy.fault = fault


def test_two_pushes_at_once_make_one_task_for_each_face(place: Place, proxy: FaultyProxy) -> None:
    faces = add_faces(place.workspace, 8)
    with place.at(proxy.url) as through:
        proxy.once("hold request", IMPORT)
        with subprocess.Popen(
            [sys.executable, "-m", "curation", "push"], stdout=subprocess.DEVNULL
        ) as first:
            assert proxy.reached.wait(120)
            second = curate("push")
            assert (second.exit_code, "another `push` is running" in second.stderr) == (1, True)
            first.send_signal(signal.SIGKILL)
        proxy.fault = lambda method, path: None
        assert curate("push").exit_code == 0
        assert_one_task_for_each(through, faces)


def test_a_key_that_is_revoked_meanwhile_ends_the_push_and_another_key_goes_on(
    sqlite_place: Place, proxy: FaultyProxy, admin: LabelStudioClient
) -> None:
    faces = add_faces(sqlite_place.workspace, 8)
    key = account_key(admin, "pusher@localhost", PASSWORD)
    with LabelStudioClient(admin.url, key) as pusher, sqlite_place.at(proxy.url, key) as through:
        _at_import(proxy, pusher._sdk.users.reset_token)
        with pytest.raises(LabelStudioError, match="revoked"):
            run(PushStage(through.campaign), through.workspace.database)
        assert set(confirmed(through).values()) == {None}
    good = sqlite_place.workspace.settings.label_studio
    with sqlite_place.at(proxy.url, good.api_key) as through:
        run(PushStage(through.campaign), through.workspace.database)
        assert_one_task_for_each(through, faces)


def test_a_database_that_is_locked_when_the_answer_comes_costs_no_task(
    place: Place, proxy: FaultyProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server has the tasks, and what it called them cannot be written down."""
    monkeypatch.setattr(session_module, "SQLITE_BUSY_SECONDS", 0)
    if not place.workspace.database.is_sqlite:
        monkeypatch.setenv("PGOPTIONS", "-c lock_timeout=200")
    faces = add_faces(place.workspace, 8)
    with (
        place.at(proxy.url) as through,
        place.workspace.database.engine.connect() as other,
    ):

        def lock() -> None:
            if through.workspace.database.is_sqlite:
                other.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                other.execute(text("LOCK TABLE task IN ACCESS EXCLUSIVE MODE"))

        _at_import(proxy, lock)
        with pytest.raises(DatabaseError):
            run(PushStage(through.campaign), through.workspace.database)
        other.rollback()
        if through.workspace.database.is_sqlite:
            other.exec_driver_sql("ROLLBACK") if other.in_transaction() else None
        assert set(confirmed(through).values()) == {None}
        run(PushStage(through.campaign), through.workspace.database)
        assert_one_task_for_each(through, faces)


def test_a_server_that_is_killed_meanwhile_and_comes_back_has_each_face_once(
    sqlite_place: Place, proxy: FaultyProxy, label_studio: LabelStudio
) -> None:
    faces = add_faces(sqlite_place.workspace, 1_050)
    running = label_studio.server.running()
    assert running is not None
    batches = []

    def fault(method: str, path: str) -> Fault | None:
        if method == "POST" and path.partition("?")[0].rstrip("/").endswith(IMPORT):
            batches.append(path)
            if len(batches) == 2:
                os.killpg(running.pid, signal.SIGKILL)
        return None

    with sqlite_place.at(proxy.url) as through:
        proxy.fault = fault
        try:
            with pytest.raises(LabelStudioError):
                run(PushStage(through.campaign), through.workspace.database)
        finally:
            label_studio.start()
        assert sorted(map(bool, confirmed(through).values())).count(False) == 50
        proxy.fault = lambda method, path: None
        run(PushStage(through.campaign), through.workspace.database)
        assert_one_task_for_each(through, faces)
