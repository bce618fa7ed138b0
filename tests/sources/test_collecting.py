"""From an API to stored images, as a user runs it: twice, killed, again and again, dry."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ingest.ingest_parts import files, jpeg, rows
from replay import Flickr, Graph, Mastodon, Reply, allow_loopback
from sqlalchemy import func, select
from typer.testing import CliRunner, Result

from curation.cli import app
from curation.database.models import Image, Post
from curation.sources import api
from curation.workspace import Workspace, create_workspace, open_workspace

TABLES = ("source", "post", "media", "image", "label", "rejection", "source_cursor")


@pytest.fixture
def instance(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mastodon]:
    allow_loopback(monkeypatch)
    monkeypatch.setattr(api, "FIRST_PAUSE", 0.001)
    with Mastodon().running() as server:
        yield server


def _fill(instance: Mastodon, first: int, last: int) -> None:
    for number in range(first, last):
        instance.add(number, f"turning{number % 90 + 1}", "Birthday", sensitive=number % 10 == 0)
        instance.files[f"/media/{number}.jpg"] = jpeg(number)


def _command(instance: Mastodon, *more: str) -> list[str]:
    return ["ingest", "mastodon", "--instance", instance.url, "--tag", "birthday", *more]


def _invoke(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def _kept(workspace: Workspace) -> dict[str, Any]:
    found = rows(workspace)
    return {table: found[table] for table in TABLES}


def test_an_instances_posts_end_as_stored_images_and_a_second_run_adds_nothing(
    instance: Mastodon, workspace: Workspace
) -> None:
    _fill(instance, 0, 50)
    done = _invoke(*_command(instance, "--workers", "1"))
    assert done.exit_code == 0, done.output
    assert "ingest: 50 posts" in done.stdout
    assert "set aside: sensitive 5" in done.stdout
    before = _kept(workspace)
    assert (len(before["post"]), len(before["image"])) == (50, 45)
    assert len(files(workspace)) == 45
    again = _invoke(*_command(instance, "--workers", "1"))
    assert again.stdout.splitlines() == ["ingest: nothing to do", "fetch: nothing to do"]
    assert _kept(workspace) == before


def _count(workspace: Workspace, column: Any) -> int:
    with workspace.database.session() as session:
        return session.execute(select(func.count(column))).scalar_one()


@pytest.mark.parametrize("phase", ["posts", "pictures"])
def test_killed_in_the_middle_and_run_again_it_ends_with_the_same_rows(
    phase: str,
    instance: Mastodon,
    workspace: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _fill(instance, 0, 130)
    if phase == "posts":  # the third page never comes
        instance.fail(Reply(200, [], stall=20.0), after=2)
    command = _command(instance, "--workers", "1")
    process = subprocess.Popen(
        [sys.executable, "-m", "curation", *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    column = Post.id if phase == "posts" else Image.id
    while _count(workspace, column) < (80 if phase == "posts" else 1):
        assert time.monotonic() < deadline
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert _count(workspace, Post.id) < 130 or _count(workspace, Image.id) < 117
    done = _invoke(*command)
    assert done.exit_code == 0, done.output
    with monkeypatch.context() as patch:
        patch.setenv("EVENFACE_DATABASE__URL", f"sqlite:///{tmp_path}/undisturbed.db")
        patch.setenv("EVENFACE_WORKSPACE", str(tmp_path / "undisturbed"))
        create_workspace(tmp_path / "undisturbed").database.close()
        secret = (workspace.root / "secret").read_bytes()
        (tmp_path / "undisturbed" / "secret").write_bytes(secret)
        assert _invoke(*command).exit_code == 0
        whole = open_workspace()
    assert _kept(workspace) == _kept(whole)
    assert files(workspace) == files(whole)
    whole.database.close()


def test_what_was_recorded_before_the_instance_failed_is_fetched_all_the_same(
    instance: Mastodon, sqlite_workspace: Workspace
) -> None:
    _fill(instance, 0, 80)
    instance.fail(Reply(503, {"error": "down"}), after=1, times=5)
    done = _invoke(*_command(instance))
    assert done.exit_code == 1
    assert "503 (down)" in done.stderr
    assert len(rows(sqlite_workspace)["image"]) == 36


def test_a_dry_run_says_what_would_be_asked_and_asks_nothing(
    instance: Mastodon, sqlite_workspace: Workspace
) -> None:
    done = _invoke(*_command(instance, "--tag", "turning7", "--dry-run"))
    assert done.exit_code == 0
    assert [line.rpartition("under ")[2] for line in done.stdout.splitlines()] == [
        "#birthday",
        "#turning7",
    ]
    assert instance.requests == []
    assert rows(sqlite_workspace)["post"] == []


def test_every_hour_it_goes_on_through_failures_until_ctrl_c(
    instance: Mastodon, sqlite_workspace: Workspace
) -> None:
    _fill(instance, 0, 3)
    instance.fail(Reply(503, {"error": "down"}), times=5)
    process = subprocess.Popen(
        [sys.executable, "-m", "curation", *_command(instance, "--every", "2s", "--workers", "1")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 90
    try:
        while len(rows(sqlite_workspace)["image"]) < 2:
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.05)
        instance.add(7, "turning7", "birthday")
        while len(rows(sqlite_workspace)["post"]) < 4:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 130
    assert "notice: " in err
    assert "503 (down)" in err
    assert "the next run is at " in err
    assert err.strip().endswith("error: stopped; the same command goes on where it stopped")
    assert "Traceback" not in err
    assert "ingest: 3 posts" in out


def test_instagram_and_flickr_run_by_their_variables(
    sqlite_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow_loopback(monkeypatch)
    with Graph("t0ken").running() as graph, Flickr("k3y").running() as flickr:
        graph.add("turning7", 1)
        graph.files["/media/1.jpg"] = jpeg(1)
        flickr.add(2, 1_700_000_000, "turning7", latitude=6.5244, longitude=3.3792, accuracy=16)
        flickr.files["/media/2.jpg"] = jpeg(2)
        monkeypatch.setenv("EVENFACE_INSTAGRAM_API", graph.url)
        monkeypatch.setenv("EVENFACE_INSTAGRAM_TOKEN", "t0ken")
        monkeypatch.setenv("EVENFACE_INSTAGRAM_ACCOUNT", Graph.ACCOUNT)
        monkeypatch.setenv("EVENFACE_FLICKR_API", flickr.url)
        monkeypatch.setenv("EVENFACE_FLICKR_KEY", "k3y")
        for command in (["instagram", "--tag", "turning7"], ["flickr", "--tag", "turning7"]):
            done = _invoke("ingest", *command, "--workers", "1")
            assert done.exit_code == 0, done.output
            assert "images 1" in done.stdout
    found = rows(sqlite_workspace)
    assert (len(found["image"]), len(found["hashtag_query"])) == (2, 1)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["mastodon", "--instance", "a.example"], "no hashtag was given"),
        (["mastodon", "--instance", "a b", "--tag", "x1"], "--instance: 'a b' is no address"),
        (["instagram", "--tag", "x1"], "EVENFACE_INSTAGRAM_TOKEN is not set"),
        (["flickr", "--tag", "x1"], "EVENFACE_FLICKR_KEY is not set"),
        (["flickr", "--birthday-tags", "xx"], "--birthday-tags: 'xx' is not known"),
        (["flickr", "--birthday-tags", "en", "--ages", "9-1"], "--ages: 9-1 is not between"),
        (["flickr", "--tag", "x1", "--every", "soon"], "--every: 'soon' is no time"),
        (
            ["mastodon", "--instance", "a.b", "--tag", "x1", "--since", "x"],
            "--since: 'x' is neither",
        ),
        (["instaloader", "nowhere"], "the folder nowhere does not exist"),
        (["gallery-dl", "nowhere"], "the folder nowhere does not exist"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    arguments: list[str], sentence: str, sqlite_workspace: Workspace
) -> None:
    done = _invoke("ingest", *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"error: {sentence}" in done.stderr
    assert os.linesep.join(done.stderr.splitlines()[1:]) == ""
