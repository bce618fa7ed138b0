"""`kill -9` during `curate detect`, then the same command again: as if nothing had happened."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from drawn_faces import group, jpeg, landscape, portrait, store_image
from sqlalchemy import func, select
from typer.testing import CliRunner

from curation.cli import app
from curation.database.models import Face, Image, Rejection
from curation.faces.detect import DetectFaces
from curation.stages import run
from curation.workspace import Workspace, create_workspace

PICTURES = 64


def fill(workspace: Workspace) -> None:
    for number in range(PICTURES):
        kind = number % 16
        alone = portrait(number % 5, 200)
        picture = group(2) if kind == 3 else landscape() if kind == 7 else alone
        # Another last byte makes another image with the same faces.
        store_image(workspace, jpeg(picture) + bytes([number]))


def rows(workspace: Workspace) -> list[list[tuple[Any, ...]]]:
    """All that detect writes, in order; and the crops in the store."""
    with workspace.database.session() as session:
        faces = session.execute(select(*Face.__table__.columns).order_by(Face.id)).all()
        counts = session.execute(select(Image.id, Image.face_count).order_by(Image.id)).all()
        reasons = session.execute(select(*Rejection.__table__.columns).order_by(Rejection.id)).all()
    folder = workspace.store.folder
    assert folder is not None
    crops = sorted((folder / "crops").rglob("*.jpg"))
    return [
        [tuple(row) for row in faces],
        [tuple(row) for row in counts],
        [tuple(row) for row in reasons],
        [(path.name, path.read_bytes()) for path in crops],
    ]


def looked_at(workspace: Workspace) -> int:
    with workspace.database.session() as session:
        return session.scalars(
            select(func.count(Image.id)).where(Image.face_count.is_not(None))
        ).one()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[list[tuple[Any, ...]]]:
    """What one run without an accident writes."""
    folder: Path = tmp_path_factory.mktemp("undisturbed")
    workspace = create_workspace(folder)
    fill(workspace)
    run(DetectFaces(workspace.store, workspace.settings.detect), workspace.database)
    found = rows(workspace)
    workspace.database.close()
    return found


def test_a_killed_run_goes_on_to_the_same_end(
    workspace: Workspace, undisturbed: list[list[tuple[Any, ...]]]
) -> None:
    fill(workspace)
    process = subprocess.Popen(
        [sys.executable, "-m", "curation", "detect", "--workers", "2"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 120
        while looked_at(workspace) == 0:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert 0 < looked_at(workspace) < PICTURES

    again = CliRunner().invoke(app, ["detect", "--workers", "1"])
    assert again.exit_code == 0, again.output
    assert rows(workspace) == undisturbed
    assert "nothing to do" in CliRunner().invoke(app, ["detect"]).stdout
    assert rows(workspace) == undisturbed
