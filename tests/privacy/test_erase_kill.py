"""Killed at any point, the same command finishes: the end is that of an undisturbed erasure."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from ingest.ingest_parts import files, rows
from privacy.people import build, posts_of, settle
from sqlalchemy import select
from typer.testing import CliRunner

from curation.cli import app
from curation.database.models import Erasure, ErasureWork, Post
from curation.workspace import Workspace, open_workspace

runner = CliRunner()


def curate(*arguments: str) -> Any:
    return runner.invoke(app, list(arguments))


# `curate`, killed at the n-th time that one of these is called, before or after it did its work.
KILLED = """
import importlib, os, signal, sys
from curation.cli import app

name, at, when = sys.argv[1], int(sys.argv[2]), sys.argv[3]
module, _, attribute = name.partition(":")
owner = importlib.import_module(module)
*path, last = attribute.split(".")
for part in path:
    owner = getattr(owner, part)
real, calls = getattr(owner, last), [0]

def killed(*arguments, **options):
    calls[0] += 1
    if calls[0] == at and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    result = real(*arguments, **options)
    if calls[0] == at and when == "after":
        os.kill(os.getpid(), signal.SIGKILL)
    return result

setattr(owner, last, killed)
app(sys.argv[4:])
"""

POINTS = [
    ("curation.privacy.erasure:remove_rows", 1, "after"),  # committed, nothing reached yet
    ("curation.dataset.patch:write_description", 1, "after"),  # whole, not yet renamed
    ("curation.dataset.patch:_register", 1, "before"),  # renamed, unknown to the database
    ("curation.dataset.patch:_register", 1, "after"),  # known, the old files still there
    ("curation.store:Store.delete", 2, "after"),
    ("curation.privacy.reach:rewrite_database", 1, "before"),
    ("curation.privacy.erasure:write_receipt", 1, "after"),  # written, still open
]


def end(workspace: Workspace) -> dict[str, Any]:
    """Everything that is left, without what differs between two erasures: ids and times."""
    tables = rows(workspace)
    erasures = [(row[1], row[2], row[5], row[6]["rows"]) for row in tables.pop("erasure")]
    tombstones = sorted(row[1:3] for row in tables.pop("tombstone"))
    replaced = [row[:4] for row in tables.pop("replaced_version")]
    for row in tables["dataset_version"]:
        for value in row:
            if isinstance(value, dict) and "erasures" in value:
                for one in value["erasures"]:
                    one.pop("receipt")
    datasets = {
        path.relative_to(workspace.datasets).as_posix(): path.read_bytes()
        for path in sorted(workspace.datasets.rglob("*"))
        if path.is_file() and path.name != "dataset.json"
    }
    receipts = []
    for path in sorted((workspace.root / "receipts").iterdir()):
        told = json.loads(path.read_text())
        for name in ("erasure", "begun", "finished"):
            told.pop(name)
        receipts.append(told)
    return {
        "tables": tables,
        "erasures": erasures,
        "tombstones": tombstones,
        "replaced": replaced,
        "datasets": datasets,
        "store": files(workspace),
        "receipts": receipts,
    }


def killed(point: tuple[str, int, str]) -> int:
    """Run the erasure in a process of its own that is killed at `point`; return how it ended."""
    name, at, when = point
    words = [name, str(at), when, "erase", "--author", "manifest:anna", "--yes"]
    done = subprocess.run([sys.executable, "-c", KILLED, *words], capture_output=True, check=False)
    return done.returncode


def world(workspace: Workspace, folder: Path) -> None:
    """Two people, a released version with both, and what a killed detect and fetch left."""
    settle(workspace, folder, [*posts_of("anna", 2, 3), *posts_of("bob", 4, 5)])
    build(workspace)
    assert workspace.store.folder is not None
    partial = workspace.store.folder / ".partial"
    partial.mkdir(exist_ok=True)
    (partial / "half.jpg").write_bytes(b"half a picture")


@pytest.fixture
def copies(
    sqlite_workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], AbstractContextManager[Workspace]]:
    """Copies of one workspace, each opened by its name."""
    world(sqlite_workspace, tmp_path / "in")
    sqlite_workspace.database.close()

    @contextmanager
    def copy(name: str) -> Iterator[Workspace]:
        # Under the same path, which the receipt names.
        root = sqlite_workspace.root
        if not (tmp_path / "original").exists():
            root.rename(tmp_path / "original")
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(tmp_path / "original", root)
        monkeypatch.setenv("EVENFACE_WORKSPACE", str(root))
        opened = open_workspace()
        yield opened
        opened.database.close()

    return copy


def test_an_erasure_killed_anywhere_is_finished_by_the_next(
    copies: Callable[[str], AbstractContextManager[Workspace]],
) -> None:
    with copies("undisturbed") as workspace:
        assert curate("erase", "--author", "manifest:anna", "--yes").exit_code == 0
        undisturbed = end(workspace)
    for number, point in enumerate(POINTS):
        with copies(str(number)) as workspace:
            assert killed(point) == -signal.SIGKILL, point
            way = ("--resume",) if number % 2 else ("--author", "manifest:anna", "--yes")
            done = curate("erase", *way)
            assert done.exit_code == 0, (point, done.stderr)
            assert end(workspace) == undisturbed, point
            assert curate("dataset", "verify", "faces").exit_code == 0, point


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_one_that_is_killed_on_postgresql_is_finished_too(
    workspace: Workspace, tmp_path: Path
) -> None:
    world(workspace, tmp_path / "in")
    assert killed(("curation.dataset.patch:_register", 1, "after")) == -signal.SIGKILL
    assert curate("erase", "--resume").exit_code == 0
    assert curate("dataset", "verify", "faces").exit_code == 0
    with workspace.database.session() as session:
        assert session.scalars(select(Erasure.state)).all() == ["done"]
        assert session.scalars(select(ErasureWork.id)).all() == []
        assert len(session.scalars(select(Post.id)).all()) == 2
    told = json.loads(next((workspace.root / "receipts").iterdir()).read_text())
    assert [one["version"] for one in told["datasets"]] == ["1.1"]
