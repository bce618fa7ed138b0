"""`curate build-dataset`: balanced, subject-safe, whole, the same bytes every time."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from confirmed import Confirmed, add_confirmed
from PIL import Image as Picture
from running import run_curate
from sqlalchemy import func, select
from typer.testing import CliRunner

from curation.cli import app
from curation.database.models import DatasetVersion, Sample
from curation.dataset.build import build_dataset
from curation.dataset.manifest import SCHEMA, read_manifest
from curation.errors import EvenfaceError, StoreError
from curation.workspace import Workspace

runner = CliRunner()


def files_of(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_every_country_gives_as_many_women_as_men_and_all_it_can(
    workspace: Workspace, pool: list[Confirmed]
) -> None:
    add_confirmed(workspace, pool)
    build = build_dataset(workspace, "faces", seed=1)
    manifest = read_manifest(build.manifest)
    counts = Counter(zip(manifest["country"], manifest["gender"], strict=True))
    assert counts == {
        ("US", "female"): 18,
        ("US", "male"): 18,
        ("BR", "female"): 12,
        ("BR", "male"): 12,
        ("IN", "female"): 9,
        ("IN", "male"): 9,
    }
    assert build.candidates == len(pool)


def test_no_subject_stands_in_two_splits_even_through_copies_of_others(
    workspace: Workspace, pool: list[Confirmed]
) -> None:
    # Author A posted 0; a copy of 0 was posted by B, who posted 1 and 2 as well.
    chained = [
        Confirmed(1000, author="A"),
        Confirmed(1001, author="B", group=1000, kept=False),
        Confirmed(1002, author="B"),
        Confirmed(1003, author="C", gender="male"),
    ]
    add_confirmed(workspace, pool + chained)
    manifest = read_manifest(build_dataset(workspace, "faces", seed=1).manifest)
    splits = manifest.groupby("subject")["split"].nunique()
    assert (splits == 1).all()
    authors = {face.face_id: face.author for face in pool + chained}
    per_author: dict[str | None, set[str]] = defaultdict(set)
    for row in manifest.itertuples():
        author = "A" if authors[row.sample_id] == "B" else authors[row.sample_id]
        per_author[author].add(row.split)
    assert all(len(found) == 1 for found in per_author.values())
    assert set(manifest["split"]) == {"train", "validation", "test"}


def test_only_confirmed_faces_of_kept_images_are_candidates(workspace: Workspace) -> None:
    good = [Confirmed(0), Confirmed(1, gender="male")]
    others = [
        Confirmed(2, gender="unclear"),
        Confirmed(3, gender=None),
        Confirmed(4, age_fits="too_young"),
        Confirmed(5, relevant="no"),
        Confirmed(6, group=0, kept=False),
    ]
    add_confirmed(workspace, good + others)
    build = build_dataset(workspace, "faces", seed=1)
    assert build.candidates == 2
    assert set(read_manifest(build.manifest)["sample_id"]) == {face.face_id for face in good}


def test_shards_hold_the_crops_as_they_are_with_their_labels(
    workspace: Workspace, pool: list[Confirmed]
) -> None:
    add_confirmed(workspace, pool)
    build = build_dataset(workspace, "faces", seed=1)
    manifest = read_manifest(build.manifest)
    crops = {face.face_id: face.crop for face in pool}
    ages = {face.face_id: face.age for face in pool}
    for shard, members in manifest.groupby("shard", sort=False):
        with tarfile.open(build.folder / str(shard)) as tar:
            names = tar.getnames()
            assert names == [
                name
                for sample in members["sample_id"]
                for name in (f"{sample}.jpg", f"{sample}.json")
            ]
            for sample in members["sample_id"]:
                picture = tar.extractfile(f"{sample}.jpg")
                labels = tar.extractfile(f"{sample}.json")
                assert picture is not None
                assert labels is not None
                assert picture.read() == crops[sample]
                assert json.load(labels)["age"] == ages[sample]
    assert pq.read_schema(build.manifest).names == SCHEMA.names
    assert set(manifest["licence"]) == {"CC BY 4.0"}
    assert Picture.open(io.BytesIO(next(iter(crops.values())))).size == (256, 256)


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # the library leaves closing to the end
def test_the_shards_are_read_by_the_webdataset_library(
    sqlite_workspace: Workspace, pool: list[Confirmed]
) -> None:
    import webdataset

    add_confirmed(sqlite_workspace, pool)
    build = build_dataset(sqlite_workspace, "faces", seed=1)
    manifest = read_manifest(build.manifest).set_index("sample_id")
    shards = sorted(str(path) for path in build.folder.glob("shards/*.tar"))
    read = list(webdataset.WebDataset(shards, shardshuffle=False).decode("rgb8"))
    assert sorted(sample["__key__"] for sample in read) == sorted(manifest.index)
    for sample in read:
        assert sample["jpg"].shape == (256, 256, 3)
        assert sample["json"]["gender"] == manifest["gender"][sample["__key__"]]


def test_building_again_writes_nothing(workspace: Workspace, pool: list[Confirmed]) -> None:
    add_confirmed(workspace, pool)
    first = build_dataset(workspace, "faces", seed=1)
    times = {path: path.stat().st_mtime_ns for path in first.folder.rglob("*")}
    second = build_dataset(workspace, "faces", seed=1)
    assert (first.is_new, second.is_new, second.number) == (True, False, 1)
    assert {path: path.stat().st_mtime_ns for path in first.folder.rglob("*")} == times
    assert [path.name for path in (workspace.datasets / "faces").iterdir()] == ["v1"]


def test_two_workspaces_with_the_same_faces_give_the_same_bytes(
    workspace: Workspace, pool: list[Confirmed]
) -> None:
    add_confirmed(workspace, pool[::-1])
    first = files_of(build_dataset(workspace, "faces", seed=1).folder)
    with workspace.database.session() as session:
        session.execute(DatasetVersion.__table__.delete())
    shutil.rmtree(workspace.datasets)
    assert files_of(build_dataset(workspace, "faces", seed=1).folder) == first


def test_more_confirmed_faces_make_a_new_version_and_leave_the_old_one(
    workspace: Workspace, pool: list[Confirmed]
) -> None:
    add_confirmed(workspace, pool[:-10])
    old = build_dataset(workspace, "faces", seed=1)
    before, kept = files_of(old.folder), read_manifest(old.manifest)
    add_confirmed(workspace, pool)
    new = build_dataset(workspace, "faces", seed=1)
    assert (old.number, new.number) == (1, 2)
    assert files_of(old.folder) == before
    grown = read_manifest(new.manifest)
    both = kept.merge(grown, on="sample_id", suffixes=("_old", "_new"))
    assert len(both) > 0
    assert (both["split_old"] == both["split_new"]).all()
    with workspace.database.session() as session:
        per_version = session.execute(
            select(Sample.dataset_id, func.count()).group_by(Sample.dataset_id)
        )
        assert sorted(row[1] for row in per_version) == sorted([len(kept), len(grown)])


def test_another_seed_draws_others(workspace: Workspace, pool: list[Confirmed]) -> None:
    add_confirmed(workspace, pool)
    one = read_manifest(build_dataset(workspace, "faces", seed=1).manifest)
    two = read_manifest(build_dataset(workspace, "faces", seed=2).manifest)
    assert set(one["sample_id"]) != set(two["sample_id"])
    assert len(one) == len(two)


def test_a_missing_crop_is_named_and_no_version_is_left(
    sqlite_workspace: Workspace, pool: list[Confirmed]
) -> None:
    add_confirmed(sqlite_workspace, pool)
    lost = sqlite_workspace.store.key("crops", pool[0].face_id, "jpg")
    for face in pool:
        sqlite_workspace.store.delete(sqlite_workspace.store.key("crops", face.face_id, "jpg"))
    with pytest.raises(StoreError, match=r"crops/.*\.jpg is missing from the image store"):
        build_dataset(sqlite_workspace, "faces", seed=1)
    assert not (sqlite_workspace.datasets / "faces" / "v1").exists()
    for face in pool:
        key = sqlite_workspace.store.key("crops", face.face_id, "jpg")
        sqlite_workspace.store.put(key, face.crop)
    assert sqlite_workspace.store.exists(lost)
    assert build_dataset(sqlite_workspace, "faces", seed=1).number == 1


def test_nobody_to_draw_from_is_said_in_one_sentence(sqlite_workspace: Workspace) -> None:
    result = runner.invoke(app, ["build-dataset", "faces"])
    assert result.exit_code == 1
    assert "no face has been confirmed yet" in result.stderr
    add_confirmed(sqlite_workspace, [Confirmed(0), Confirmed(1)])
    with pytest.raises(
        EvenfaceError, match=r"gender within US female: a share of 0\.5 wanted, 1 reached"
    ):
        build_dataset(sqlite_workspace, "faces", seed=1)


def test_a_name_that_would_leave_the_folder_is_refused(sqlite_workspace: Workspace) -> None:
    result = runner.invoke(app, ["build-dataset", "../faces"])
    assert result.exit_code == 2
    assert "cannot name a dataset" in result.stderr


def test_versions_of_another_database_are_never_overwritten(
    sqlite_workspace: Workspace, pool: list[Confirmed]
) -> None:
    foreign = sqlite_workspace.datasets / "faces" / "v1"
    foreign.mkdir(parents=True)
    (foreign / "dataset.json").write_text("{}")
    add_confirmed(sqlite_workspace, pool)
    assert build_dataset(sqlite_workspace, "faces", seed=1).number == 2
    assert (foreign / "dataset.json").read_text() == "{}"


def test_a_killed_build_leaves_no_version_or_a_whole_one(
    workspace: Workspace, pool: list[Confirmed]
) -> None:
    more = [replace(face, number=face.number + 1000 * k) for k in range(1, 6) for face in pool]
    add_confirmed(workspace, more)
    version = workspace.datasets / "faces" / "v1"
    for delay in (0.0, 0.05, 0.1):
        process = subprocess.Popen(
            [sys.executable, "-m", "curation", "build-dataset", "faces"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 30
        while not (workspace.datasets / "faces").exists() and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(delay)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert not version.exists() or (version / "manifest.parquet").exists()
    assert run_curate("build-dataset", "faces").returncode == 0
    undisturbed = files_of(version)
    with workspace.database.session() as session:
        session.execute(DatasetVersion.__table__.delete())
    shutil.rmtree(workspace.datasets)
    assert run_curate("build-dataset", "faces").returncode == 0
    assert files_of(version) == undisturbed
