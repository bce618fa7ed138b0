"""`curate ingest` as a user runs it: twice, killed, with bad input."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from ingest_parts import WebServer, body, files, jpeg, rows, status, times
from running import run_curate
from sqlalchemy import func, select
from typer.testing import CliRunner, Result

from curation.cli import app
from curation.database.models import Media, Post
from curation.ingest.run import stages
from curation.sources import open_source
from curation.stages import run
from curation.workspace import Workspace, create_workspace, open_workspace


def _manifest(path: Path, lines: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def _kill_when(reached: Callable[[], bool], *arguments: str) -> None:
    """Start `curate`, kill it with SIGKILL as soon as `reached`, and see that it was running."""
    process = subprocess.Popen(
        [sys.executable, "-m", "curation", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while not reached():
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


def _invoke(*arguments: str) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(app, ["ingest", *arguments])


def _count(workspace: Workspace, statement: object) -> int:
    with workspace.database.session() as session:
        return session.execute(statement).scalar_one()  # type: ignore[call-overload, no-any-return]


def _undisturbed(
    manifest: Path, secret: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Workspace:
    """Run the same manifest whole, in another workspace with the same secret."""
    with monkeypatch.context() as patch:
        patch.setenv("EVENFACE_DATABASE__URL", f"sqlite:///{tmp_path}/undisturbed.db")
        patch.setenv("EVENFACE_WORKSPACE", str(tmp_path / "undisturbed"))
        create_workspace(tmp_path / "undisturbed").database.close()
        (tmp_path / "undisturbed" / "secret").write_bytes(secret.read_bytes())
        opened = open_workspace()
    for stage in stages(opened, open_source("manifest", manifest)):
        run(stage, opened.database)
    return opened


def test_ingest_killed_in_the_middle_and_run_again_ends_as_undisturbed(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENFACE_INGEST__ALLOW_PRIVATE_ADDRESSES", "true")
    monkeypatch.setenv("EVENFACE_INGEST__REQUESTS_PER_SECOND", "0")
    gate = threading.Event()
    server = WebServer()

    def behind_the_gate(content: bytes) -> Callable[[BaseHTTPRequestHandler], None]:
        def answer(request: BaseHTTPRequestHandler) -> None:
            if len(server.requests) > 30:
                gate.wait(60)
            body(content)(request)

        return answer

    lines: list[dict[str, object]] = [
        {"image": f"none/{number}.jpg", "hashtags": "#love"} for number in range(1000)
    ]
    with server.running():
        for number in range(50):
            server.answers[f"/{number}.jpg"] = behind_the_gate(jpeg(number % 40))
            address = f"{server.url}/{number}.jpg"
            lines.append({"image": address, "hashtags": f"#turning{number + 1}", "author": "anna"})
        for number in range(20):
            path = tmp_path / f"{number}.jpg"
            path.write_bytes(jpeg(100 + number)[: None if number % 2 else 500])
            lines.append({"image": path.name, "age": number, "country": "NG"})
        manifest = _manifest(tmp_path / "posts.jsonl", lines)
        command = ("ingest", "manifest", str(manifest))

        def some_posts() -> bool:
            return _count(workspace, select(func.count(Post.id))) >= 500

        def some_pictures() -> bool:
            stored = select(func.count(Media.id)).where(Media.state != "pending")
            return len(server.requests) > 30 and _count(workspace, stored) > 0

        _kill_when(some_posts, *command)
        assert _count(workspace, select(func.count(Post.id))) < len(lines)
        _kill_when(some_pictures, *command, "--workers", "2")
        waiting = select(func.count(Media.id)).where(Media.state == "pending")
        assert _count(workspace, waiting) > 0
        gate.set()
        done = run_curate(*command, "--workers", "1")
        assert done.returncode == 0, done.stderr
        whole = _undisturbed(manifest, workspace.root / "secret", tmp_path, monkeypatch)
    assert rows(workspace) == rows(whole)
    assert len(rows(whole)["image"]) == 40 + 10
    assert files(workspace) == files(whole)
    whole.database.close()


def test_a_second_run_changes_no_row_and_writes_no_file(
    workspace: Workspace, tmp_path: Path
) -> None:
    for number in range(6):
        folder = tmp_path / "photos" / f"turning{number + 1}"
        folder.mkdir(parents=True)
        (folder / "a.jpg").write_bytes(jpeg(number) if number else b"no picture")
    command = ("folder", str(tmp_path / "photos"), "--country", "ng")
    first = _invoke(*command)
    assert first.exit_code == 0, first.stderr
    assert "images 5 · set aside: not-an-image 1" in first.stdout
    before = rows(workspace), times(workspace)
    second = _invoke(*command)
    assert second.stdout.splitlines() == ["ingest: nothing to do", "fetch: nothing to do"]
    assert (rows(workspace), times(workspace)) == before


def test_retry_does_only_what_is_to_be_tried_again_and_status_says_what_waits(
    workspace: Workspace, tmp_path: Path, web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENFACE_INGEST__ALLOW_PRIVATE_ADDRESSES", "true")
    web.answers["/a.jpg"] = status(503)
    lines: list[dict[str, object]] = [{"image": f"{web.url}/a.jpg", "age": 7}]
    manifest = _manifest(tmp_path / "m.jsonl", lines)
    assert "to retry later 1" in _invoke("manifest", str(manifest)).stdout
    shown = CliRunner().invoke(app, ["status"]).stdout
    assert "media to be tried again" in shown
    assert "http-503" in shown
    waiting = json.loads(CliRunner().invoke(app, ["status", "--json"]).stdout)["to_retry"]
    [only] = waiting
    assert (only["reason"], only["count"]) == ("http-503", 1)
    assert datetime.fromisoformat(only["due"]) > datetime.now(UTC)

    web.answers["/a.jpg"] = body(jpeg(1))
    assert _invoke("--retry").stdout.splitlines() == ["fetch: nothing to do"]
    dry = _invoke("--retry", "--now", "--dry-run")
    assert dry.stdout.splitlines() == ["fetch: 1 images are ready"]
    assert "images 1" in _invoke("--retry", "--now").stdout
    assert "media to be tried again" not in CliRunner().invoke(app, ["status"]).stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--now"], "error: name a source (`curate ingest folder DIR`), or try again"),
        (["--retry", "folder", "."], "error: options for folder go behind it"),
        (["--limit", "3", "folder", "."], "error: options for folder go behind it"),
    ],
)
def test_retry_takes_no_source(
    arguments: list[str], sentence: str, sqlite_workspace: Workspace
) -> None:
    done = _invoke(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(sentence)


def test_a_dry_run_says_what_is_ready_and_does_nothing(
    sqlite_workspace: Workspace, tmp_path: Path
) -> None:
    manifest = _manifest(tmp_path / "m.jsonl", [{"image": "a.jpg", "age": 7, "likes": 3}])
    done = _invoke("manifest", str(manifest), "--dry-run")
    assert done.stdout.splitlines() == ["ingest: 1 posts are ready", "fetch: 0 images are ready"]
    assert "ignored columns likes" in done.stderr
    assert rows(sqlite_workspace)["post"] == []


def test_a_limit_takes_so_many_and_the_next_run_goes_on(
    sqlite_workspace: Workspace, tmp_path: Path
) -> None:
    for number in range(5):
        (tmp_path / f"{number}.jpg").write_bytes(jpeg(number))
    command = ("folder", str(tmp_path), "--hashtag", "#turning7")
    _invoke(*command, "--limit", "2")
    found = rows(sqlite_workspace)
    assert (len(found["post"]), len(found["image"])) == (2, 2)
    _invoke(*command)
    assert len(rows(sqlite_workspace)["image"]) == 5


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["manifest", "nowhere.csv"], "the manifest nowhere.csv does not exist"),
        (["manifest", "bad.csv"], "bad.csv, line 2: age 'x' is not a number"),
        (["folder", "nowhere"], "the folder nowhere does not exist"),
        (["folder", ".", "--country", "Mars"], "--country: 'Mars' is not a two-letter"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    arguments: list[str],
    sentence: str,
    sqlite_workspace: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.csv").write_text("image,age\na.jpg,x\n")
    done = _invoke(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.strip().splitlines()[-1].startswith(f"error: {sentence}")
    assert "Traceback" not in done.stderr
    assert rows(sqlite_workspace)["post"] == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_manifest_is_an_error(sqlite_workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text("image\na.jpg\n")
    path.chmod(0)
    done = _invoke("manifest", str(path))
    assert (done.exit_code, "cannot be read: Permission denied" in done.stderr) == (2, True)


@pytest.mark.parametrize("command", [[], ["folder"], ["manifest"]])
def test_help_teaches_with_an_example(command: list[str]) -> None:
    done = _invoke(*command, "--help")
    assert done.exit_code == 0
    assert ("Example:" in done.stdout) == bool(command)
