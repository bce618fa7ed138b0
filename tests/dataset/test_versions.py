"""Versions: compared, made again byte for byte whatever happened since, and never half there."""

from __future__ import annotations

import csv
import errno
import json
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from confirmed import Confirmed, add_confirmed
from sqlalchemy import delete, select, update
from typer.testing import CliRunner

from curation.cli import app
from curation.database.models import (
    Annotation,
    Claim,
    DatasetVersion,
    Face,
    Image,
    Moderator,
    Project,
    Task,
    Verdict,
)
from curation.database.upsert import insert_new
from curation.dataset.build import build_dataset
from curation.dataset.manifest import read_manifest
from curation.dataset.verify import verify_version
from curation.errors import EvenfaceError, StoreError
from curation.workspace import Workspace

runner = CliRunner()
LAYOUTS = ("huggingface", "imagefolder")


def curate(*arguments: str) -> Any:
    return runner.invoke(app, list(arguments))


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def voted(workspace: Workspace, faces: list[Confirmed], when: datetime) -> None:
    """One moderator's answer for each face, at one time."""
    with workspace.database.session() as session:
        project = {"id": "p", "server": "s", "questions": "1", "remote_id": 1}
        insert_new(session, Project, [project])
        insert_new(session, Moderator, [{"id": "m", "status": "active"}])
        tasks = [
            {"id": f"t{face.number}", "project_id": "p", "face_id": face.face_id}
            | {"claimed_age": face.age, "remote_id": face.number, "stale": False}
            for face in faces
        ]
        insert_new(session, Task, tasks)
        answers = [
            {"id": f"a{face.number}-{when:%H%M%S%f}", "task_id": f"t{face.number}"}
            | {"moderator_id": "m", "remote_id": face.number, "created_at": when}
            | {"updated_at": when, "state": "current"}
            for face in faces
        ]
        insert_new(session, Annotation, answers)


def test_a_version_is_made_again_byte_for_byte_when_everything_has_changed_since(
    workspace: Workspace, pool: list[Confirmed], monkeypatch: pytest.MonkeyPatch
) -> None:
    add_confirmed(workspace, pool)
    folder = build_dataset(workspace, "faces", seed=1, layouts=LAYOUTS).folder
    released = bytes_of(folder)
    # The pool grows, verdicts and claims turn, copies are found, settings change, days go by.
    add_confirmed(workspace, [Confirmed(2000 + n, gender="male", country="NO") for n in range(9)])
    with workspace.database.session() as session:
        session.execute(update(Verdict).values(value="unclear", age=99.0, probability=0.1, votes=9))
        session.execute(update(Claim).values(value="SE", origin="hashtag"))
        session.execute(update(Image).values(kept=False))
    monkeypatch.setenv("EVENFACE_DATASET__SHARD_SIZE", "7")
    monkeypatch.setenv("EVENFACE_PAPERS__ISSUER", "somebody else")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")

    whole = curate("dataset", "rebuild", "faces", "v1")
    assert whole.exit_code == 0, whole.stderr
    assert "is whole, nothing had to be written" in whole.stdout
    shutil.rmtree(folder)
    again = curate("dataset", "rebuild", "faces", "v1")
    assert "written again" in again.stdout
    assert bytes_of(folder) == released
    # One bit of one shard.
    shard = folder / "shards/train-000000.tar"
    content = bytearray(shard.read_bytes())
    content[2_000] ^= 4
    shard.write_bytes(content)
    found = curate("dataset", "verify", "faces", "v1")
    assert found.exit_code == 1
    assert "shards/train-000000.tar was changed or damaged" in found.stdout
    assert curate("dataset", "rebuild", "faces", "1").exit_code == 0
    assert bytes_of(folder) == released
    assert sorted(path.name for path in folder.parent.iterdir()) == ["v1"]


def test_what_can_not_be_made_again_says_what_has_changed_and_writes_nothing(
    sqlite_workspace: Workspace, pool: list[Confirmed]
) -> None:
    add_confirmed(sqlite_workspace, pool)
    folder = build_dataset(sqlite_workspace, "faces", seed=1).folder
    released = bytes_of(folder)
    with sqlite_workspace.database.session() as session:
        session.execute(update(Face).values(quality=0.5))
    told = curate("dataset", "rebuild", "faces", "v1")
    assert told.exit_code == 1
    assert "cannot be made as it was: quality of 78 samples is another now" in told.stderr
    assert bytes_of(folder) == released
    with sqlite_workspace.database.session() as session:
        session.execute(update(Face).values(quality=None))
        drawn = read_manifest(folder / "manifest.parquet")["sample_id"].iloc[0]
        crop = session.scalars(select(Face.crop_key).where(Face.id == drawn)).one()
    kept = sqlite_workspace.store.read(str(crop))
    sqlite_workspace.store.delete(str(crop))
    sqlite_workspace.store.put(str(crop), kept + b"more")
    # While the files are there, they are right; once they are gone, they cannot be made.
    assert curate("dataset", "rebuild", "faces", "v1").exit_code == 0
    assert bytes_of(folder) == released
    shutil.rmtree(folder)
    told = curate("dataset", "rebuild", "faces", "v1")
    assert told.exit_code == 1
    assert not folder.exists()
    assert "shards/train-000000.tar" in told.stderr
    assert "crops in the store" in " ".join(told.stderr.split())
    with sqlite_workspace.database.session() as session:
        session.execute(update(DatasetVersion).values(description=None))
    told = curate("dataset", "rebuild", "faces", "v1")
    assert told.exit_code == 2
    assert "released before samples were recorded whole" in " ".join(told.stderr.split())
    assert curate("dataset", "rebuild", "faces", "v7").exit_code == 2


def test_a_patch_after_an_erasure_is_what_a_rebuild_makes_too(
    sqlite_workspace: Workspace, pool: list[Confirmed]
) -> None:
    add_confirmed(sqlite_workspace, pool)
    folder = build_dataset(sqlite_workspace, "faces", seed=1, layouts=LAYOUTS).folder
    gone = read_manifest(folder / "manifest.parquet")["sample_id"].iloc[[0, 3, 70]]
    words = [word for sample in gone for word in ("--face", sample)]
    assert curate("erase", *words, "--yes").exit_code == 0
    patched = folder.with_name("v1.1")
    before = bytes_of(patched)
    for sample in gone:
        assert not [name for name, content in before.items() if sample.encode() in content], sample
    assert verify_version(patched).problems == []
    shutil.rmtree(patched)
    again = curate("dataset", "rebuild", "faces", "v1")
    assert again.exit_code == 0, again.stderr
    assert bytes_of(patched) == before
    shown = curate("dataset", "show", "faces", "v1", "--json")
    assert json.loads(shown.stdout)["samples"] == 78 - len(gone)
    assert "v1.1" in curate("dataset", "list").stdout


def test_the_difference_names_everybody_and_says_why(
    workspace: Workspace, pool: list[Confirmed], tmp_path: Path
) -> None:
    long_ago, later = datetime(2020, 1, 1, tzinfo=UTC), datetime.now(UTC) + timedelta(days=1)
    voted_pool = [face for face in pool if face.country != "NO"]
    add_confirmed(workspace, pool)
    first = build_dataset(workspace, "faces", seed=1)
    taken = set(read_manifest(first.manifest)["sample_id"])
    turned, copied, older, erased = [face for face in voted_pool if face.face_id in taken][:4]
    voted(workspace, [face for face in pool if face != erased], long_ago)
    new = [Confirmed(3000 + n, gender="male", country="NO", author=f"new {n}") for n in range(4)]
    add_confirmed(workspace, new)
    voted(workspace, new, later)
    with workspace.database.session() as session:
        session.execute(
            update(Verdict)
            .where(Verdict.face_id == turned.face_id, Verdict.attribute == "gender")
            .values(value="unclear")
        )
        session.execute(
            update(Verdict)
            .where(Verdict.face_id == older.face_id, Verdict.attribute == "age_fits")
            .values(age=77.0)
        )
        session.execute(update(Image).where(Image.id == copied.image_id).values(kept=False))
    assert curate("erase", "--face", erased.face_id, "--yes").exit_code == 0
    build_dataset(workspace, "faces", seed=1)

    done = curate(
        "dataset", "diff", "faces", "v1", "v2", "--json", "--csv", str(tmp_path / "d.csv")
    )
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    why = {(one["what"], one["sample_id"]): one["why"] for one in told["differences"]}
    assert why["out", turned.face_id] == "new verdict"
    assert why["out", copied.face_id] == "copy of another"
    assert {why["in", face.face_id] for face in new} == {"newly collected"}
    # Women of Norway were there all the time: only now the balance has room for them.
    norwegians = [face for face in pool if face.country == "NO"]
    assert {why["in", face.face_id] for face in norwegians} == {"balance"}
    [aged] = [one for one in told["differences"] if one["attribute"] == "age"]
    assert (aged["sample_id"], aged["after"], aged["why"]) == (older.face_id, "77", "new verdict")
    assert told["erased"] == 1
    manifests = [
        read_manifest(workspace.datasets / "faces" / name / "manifest.parquet")
        for name in ("v1.1", "v2")
    ]
    old, present = (set(one["sample_id"]) for one in manifests)
    assert told["shared"] == len(old & present)
    assert {sample for what, sample in why if what == "in"} == present - old
    assert {sample for what, sample in why if what == "out"} == old - present
    with (tmp_path / "d.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == len(told["differences"])
    table = curate("dataset", "diff", "faces", "1", "2").stdout
    assert "newly collected" in table
    assert "erased" in table
    assert "nothing differs" in curate("dataset", "diff", "faces", "2", "2").stdout


def test_a_full_disk_at_any_file_leaves_no_version_and_the_next_build_is_whole(
    sqlite_workspace: Workspace, pool: list[Confirmed], monkeypatch: pytest.MonkeyPatch
) -> None:
    add_confirmed(sqlite_workspace, pool)

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    for point in ("write_shards", "write_layout", "draw_balance", "write_papers"):
        with monkeypatch.context() as patch:
            patch.setattr(f"curation.dataset.release.{point}", full)
            with pytest.raises(StoreError, match="cannot be written: No space left on device"):
                build_dataset(sqlite_workspace, "faces", seed=1, layouts=LAYOUTS)
        assert not (sqlite_workspace.datasets / "faces").exists(), point
        with sqlite_workspace.database.session() as session:
            assert session.scalars(select(DatasetVersion.id)).all() == []
    assert build_dataset(sqlite_workspace, "faces", seed=1, layouts=LAYOUTS).number == 1
    assert curate("dataset", "verify", "faces").exit_code == 0


def test_a_version_the_database_forgot_is_taken_up_again_with_its_samples(
    workspace: Workspace, pool: list[Confirmed]
) -> None:
    """As after a kill between the renaming of the folder and the rows."""
    add_confirmed(workspace, pool)
    first = build_dataset(workspace, "faces", seed=1)
    released = bytes_of(first.folder)
    with workspace.database.session() as session:
        session.execute(delete(DatasetVersion))
    again = build_dataset(workspace, "faces", seed=1)
    assert (again.number, again.is_new) == (1, False)
    assert bytes_of(first.folder) == released
    assert curate("dataset", "rebuild", "faces", "v1").exit_code == 0


def test_nothing_is_left_behind_where_nobody_can_be_drawn(sqlite_workspace: Workspace) -> None:
    with pytest.raises(EvenfaceError, match="no face has been confirmed yet"):
        build_dataset(sqlite_workspace, "faces", seed=1)
    assert not (sqlite_workspace.datasets / "faces").exists()
    assert "there is no dataset yet" in curate("dataset", "list").stdout
    missing = curate("dataset", "show", "faces")
    assert missing.exit_code == 2
    assert "there is no dataset faces" in missing.stderr
