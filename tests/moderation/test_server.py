"""`curate label-studio up | status | down`, with the real server."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from moderation.commands import curate

from curation.errors import LabelStudioError
from curation.moderation.processes import birth, end_group
from curation.moderation.server import Server
from curation.moderation.server_install import Installation, installation
from curation.workspace import Workspace

UP, STATUS, DOWN = (("label-studio", name) for name in ("up", "status", "down"))


@pytest.fixture
def server(
    sqlite_workspace: Workspace, label_studio_installation: Installation
) -> Iterator[Server]:
    """The server of a workspace; whatever a test leaves running is stopped."""
    own = Server(sqlite_workspace.label_studio)
    yield own
    own.down()


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """A process that is none of ours."""
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as process:
        yield process
        process.kill()


def test_up_status_and_down_do_what_they_say_and_nothing_the_second_time(server: Server) -> None:
    code, said, _ = curate(*STATUS)
    assert (code, "curate label-studio up" in said) == (1, True)

    code, said, _ = curate(*UP)
    running = server.running()
    assert (code, running is not None) == (0, True)
    assert running is not None
    assert running.url in said
    assert httpx.get(running.url + "/health", trust_env=False).json() == {"status": "UP"}

    code, said, _ = curate(*UP)
    assert "was up already" in said
    assert server.running() == running

    code, said, _ = curate(*STATUS)
    assert code == 0
    assert running.url in said
    assert str(running.pid) in said
    assert str(server.credentials_file) in said
    assert server.credentials().password not in said

    # Killed from outside, it comes back at its address, and people stay logged in.
    with httpx.Client(base_url=running.url, follow_redirects=True, trust_env=False) as browser:
        browser.get("/user/login/")
        form = {
            "email": server.credentials().user,
            "password": server.credentials().password,
            "csrfmiddlewaretoken": browser.cookies["csrftoken"],
        }
        browser.post("/user/login/", data=form, headers={"Referer": running.url})
        who = browser.get("/api/current-user/whoami").json()
        assert who["email"] == server.credentials().user
        os.killpg(running.pid, signal.SIGKILL)
        while birth(running.pid) is not None:
            time.sleep(0.01)
        assert curate(*STATUS).exit_code == 1
        assert "Label Studio is up" in curate(*UP).stdout
        assert browser.get("/api/current-user/whoami").json() == who
    back = server.running()
    assert back is not None
    assert (back.url, back.pid != running.pid) == (running.url, True)

    with pytest.raises(LabelStudioError, match="curate label-studio down"):
        server.up(installation(), server.folder / "other pictures")

    assert curate(*DOWN).stdout == "Label Studio is down\n"
    assert birth(back.pid) is None
    assert curate(*DOWN).stdout == "Label Studio was not running\n"
    assert curate(*STATUS).exit_code == 1


def test_what_lets_people_in_is_readable_by_the_owner_only(
    server: Server,
) -> None:
    server.folder.mkdir()
    known = server._known_credentials()
    assert known == server.credentials()
    assert stat.S_IMODE(server.credentials_file.stat().st_mode) == 0o600


def test_down_leaves_a_process_alone_that_took_over_the_id_of_a_server(
    server: Server, stranger: subprocess.Popen[bytes]
) -> None:
    server.folder.mkdir()
    state = {"url": "http://127.0.0.1:9", "born": "an earlier process", "document_root": "/"}
    server.state_file.write_text(json.dumps(state | {"pid": stranger.pid}))
    assert server.running() is None
    assert server.down() is False
    assert stranger.poll() is None


def test_a_process_is_ended_with_its_group_and_only_by_its_own_birth(
    stranger: subprocess.Popen[bytes],
) -> None:
    born = birth(stranger.pid)
    assert born is not None
    end_group(stranger.pid, "another birth", patience=0.1)
    assert stranger.poll() is None
    end_group(stranger.pid, born, patience=5)
    assert stranger.wait(5) == -signal.SIGTERM


def test_a_process_that_does_not_listen_is_ended_by_force() -> None:
    deaf = (
        "import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        ["python3", "-c", deaf], start_new_session=True, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        born = birth(process.pid)
        assert born is not None
        end_group(process.pid, born, patience=0.2)
        assert process.wait(5) == -signal.SIGKILL


def test_a_server_that_ends_while_it_starts_is_reported_with_its_log(
    server: Server, tmp_path: Path
) -> None:
    broken = Installation(tmp_path / "broken")
    broken.template.mkdir(parents=True)
    broken.python.parent.mkdir(parents=True)
    broken.python.write_text("#!/bin/sh\necho no such module\nexit 3\n")
    broken.python.chmod(0o755)
    with pytest.raises(LabelStudioError) as raised:
        server.up(broken, tmp_path)
    assert "no such module" in str(raised.value)
    assert str(server.log) in str(raised.value)


def test_a_server_of_ones_own_is_not_shadowed_by_another(
    sqlite_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENFACE_LABEL_STUDIO__URL", "http://127.0.0.1:9")
    refused = curate(*UP)
    assert refused.exit_code == 2
    assert "http://127.0.0.1:9" in refused.stderr
    assert not Server(sqlite_workspace.label_studio).folder.exists()
