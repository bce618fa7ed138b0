"""`curate pull --watch`: it goes on, whatever happens; events only make it sooner."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest
from moderation.answers import push, tables, vote
from moderation.commands import curate
from moderation.fixtures import Place

from curation.errors import LabelStudioError, UsageError
from curation.moderation.hooks import HEADER, HookReceiver
from curation.moderation.label_studio import LabelStudioClient
from curation.moderation.watch import watch


def test_a_watch_outlives_a_server_that_is_away_and_says_so_once() -> None:
    said: list[str] = []
    stopped = threading.Event()
    pulls: list[int] = []

    def pull() -> None:
        pulls.append(1)
        if len(pulls) in (2, 3):
            raise LabelStudioError("it is away")
        if len(pulls) == 5:
            stopped.set()

    watch(pull, 0.01, tell=said.append, stopped=stopped)
    assert len(pulls) == 5
    assert said == ["it is away; trying again every 0.01 s"]
    with pytest.raises(UsageError):
        watch(lambda: (_ for _ in ()).throw(UsageError("no")), 0.01)


def test_a_watching_pull_is_woken_by_an_answer_and_ends_with_ctrl_c(
    sqlite_place: Place,
    moderators: list[LabelStudioClient],
    admin: LabelStudioClient,
    tmp_path: Path,
) -> None:
    (task,) = push(sqlite_place, 1).values()
    project = sqlite_place.campaign.row(sqlite_place.workspace.database)
    assert project is not None
    left = admin.add_hook(project.remote_id, "http://127.0.0.1:9/answers", {})  # of a killed one
    command = [sys.executable, "-m", "curation", "pull", "--watch", "--every", "600", "--webhook"]
    output = tmp_path / "said.txt"
    with output.open("w") as said, subprocess.Popen(command, stdout=said) as process:
        try:
            _until(lambda: "pulling every 600 s" in output.read_text())
            assert left not in admin.hooks(project.remote_id)
            time.sleep(2)  # the first pull found nothing
            vote(moderators[0], task)
            _until(lambda: len(tables(sqlite_place)["vote"]) == 3)
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    assert "stopped" in output.read_text()
    assert admin.hooks(project.remote_id) == {}


def _until(true: object, seconds: float = 60) -> None:
    assert callable(true)
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_only_who_knows_the_token_wakes_the_receiver(
    sqlite_place: Place, admin: LabelStudioClient
) -> None:
    push(sqlite_place, 1)
    project = sqlite_place.campaign.row(sqlite_place.workspace.database)
    assert project is not None
    with (
        HookReceiver(admin, project.remote_id) as receiver,
        httpx.Client(trust_env=False) as stranger,
    ):
        assert stranger.post(receiver.url, headers={HEADER: "guess"}).status_code == 403
        assert stranger.get(receiver.url).status_code == 501
        assert not receiver.woken.is_set()
        assert stranger.post(receiver.url, headers={HEADER: receiver.token}).status_code == 204
        assert receiver.woken.is_set()


def test_options_that_do_not_go_together_are_refused() -> None:
    assert curate("pull", "--webhook").exit_code == 2
    assert curate("pull", "--watch", "--limit", "3").exit_code == 2
    assert curate("push", "--repair", "--dry-run").exit_code == 2
