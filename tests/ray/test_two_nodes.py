"""Ingest, detect and dedup on a Ray cluster that loses a node: the same rows as on one machine."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from faces.drawn_faces import group, jpeg, landscape, portrait
from ingest.ingest_parts import WebServer, body, files, rows, status
from nodes import TwoNodes
from sqlalchemy import func, select
from typer.testing import CliRunner

from curation.cli import app
from curation.database.models import Image
from curation.workspace import Workspace, create_workspace, open_workspace

PICTURES = 64
SECONDS = 120  # after which something hangs


@pytest.fixture(autouse=True)
def _slowly_from_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for small faces, so that there is a middle in which a node can be killed."""
    monkeypatch.setenv("EVENFACE_DETECT__MIN_FACE", "20")
    monkeypatch.setenv("EVENFACE_INGEST__ALLOW_PRIVATE_ADDRESSES", "true")


@pytest.fixture(scope="module")
def posts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A manifest of pictures on a web server: faces, groups, nobody, a broken one, a lost one."""
    server = WebServer()
    for number in range(PICTURES):
        kind = number % 16
        alone = portrait(number % 3, 480)
        picture = group(2) if kind == 3 else landscape() if kind == 7 else alone
        # Another last byte makes another image with the same faces.
        server.answers[f"/{number}.jpg"] = body(jpeg(picture) + bytes([number]))
    server.answers["/broken.jpg"] = body(jpeg(portrait(0, 160))[:500])
    server.answers["/lost.jpg"] = status(404)
    path = tmp_path_factory.mktemp("posts") / "posts.csv"
    with server.running(), path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["image", "hashtags"])
        writer.writerows([f"{server.url}{place}", "#turning30"] for place in server.answers)
        file.flush()
        yield path


def curate(*arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "curation", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture
def on_one_machine(
    _slowly_from_loopback: None, posts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Every row and every file that the same commands leave without a cluster."""
    with monkeypatch.context() as patch:
        patch.delenv("EVENFACE_DATABASE__URL", raising=False)
        create_workspace(tmp_path / "local").database.close()
        patch.setenv("EVENFACE_WORKSPACE", str(tmp_path / "local"))
        for command in (["ingest", "manifest", str(posts)], ["detect"], ["dedup"]):
            done = CliRunner().invoke(app, [*command, "--workers", "1"])
            assert done.exit_code == 0, done.output
        workspace = open_workspace()
        found = rows(workspace), files(workspace)
        workspace.database.close()
    return found


def looked_at(workspace: Workspace) -> int:
    with workspace.database.session() as session:
        return session.scalars(
            select(func.count(Image.id)).where(Image.face_count.is_not(None))
        ).one()


@pytest.mark.timeout(600)  # some machines are busy with other things
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_node_that_is_killed_in_the_middle_changes_no_row_and_no_file(
    posts: Path,
    on_one_machine: tuple[dict[str, Any], dict[str, bytes]],
    workspace: Workspace,
    two_nodes: TwoNodes,
) -> None:
    cluster = ("--engine", "ray", "--ray-address", two_nodes.address)
    curate("ingest", "manifest", str(posts), *cluster)
    detect = subprocess.Popen(
        [sys.executable, "-m", "curation", "detect", *cluster], stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + SECONDS
    while not any("submit" in name for name in two_nodes.workers_on_second()):
        assert detect.poll() is None
        assert time.monotonic() < deadline, two_nodes.workers_on_second()
        time.sleep(0.02)
    os.kill(two_nodes.second_raylet, signal.SIGKILL)
    assert looked_at(workspace) < PICTURES
    _, told = detect.communicate(timeout=SECONDS)
    assert detect.returncode == 0, told
    curate("dedup", *cluster)
    assert looked_at(workspace) == PICTURES
    assert rows(workspace) == on_one_machine[0]
    assert files(workspace) == on_one_machine[1]
