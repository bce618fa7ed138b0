"""Erasure reaches released versions: a new patch without the sample, and `verify` proves it."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from dedup.copies import photograph
from PIL import Image as Pillow
from privacy.people import Posted, build, ingest, posts_of, settle
from sqlalchemy import select
from typer.testing import CliRunner

from curation.cli import app
from curation.database.models import DatasetVersion, ReplacedVersion, Sample
from curation.dataset.index import read_index
from curation.dataset.manifest import SCHEMA, read_manifest, write_manifest
from curation.dataset.shards import write_shards
from curation.errors import InputError
from curation.workspace import Workspace
from training.data import load_split
from training.manifest import open_manifest

runner = CliRunner()


def curate(*arguments: str) -> Any:
    return runner.invoke(app, list(arguments))


def receipt(workspace: Workspace) -> dict[str, Any]:
    [path] = (workspace.root / "receipts").glob("*.json")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def members(folder: Path) -> dict[str, dict[str, bytes]]:
    """Header and content of every member of every shard."""
    found: dict[str, dict[str, bytes]] = {}
    for path in sorted(folder.glob("shards/*.tar")):
        raw = path.read_bytes()
        with tarfile.open(path) as archive:
            found[path.name] = {
                one.name: raw[one.offset : one.offset_data + one.size] for one in archive
            }
    return found


@pytest.fixture
def people() -> list[Posted]:
    """Eight people who posted one portrait each, as many women as men."""
    return [post for seed in range(8) for post in posts_of(f"author-{seed}", seed)]


@pytest.fixture
def released(workspace: Workspace, people: list[Posted], tmp_path: Path) -> Path:
    """The folder of version 1, which holds them all; three samples to a shard."""
    settle(workspace, tmp_path / "in", people)
    return build(workspace).folder


@pytest.fixture
def sqlite_released(sqlite_workspace: Workspace, people: list[Posted], tmp_path: Path) -> Path:
    """The same on SQLite only, for what does not depend on the database."""
    settle(sqlite_workspace, tmp_path / "in", people)
    return build(sqlite_workspace).folder


@pytest.fixture(autouse=True)
def _small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENFACE_DATASET__SHARD_SIZE", "3")


def test_the_next_patch_lacks_the_sample_and_keeps_every_other_byte(
    workspace: Workspace, people: list[Posted], released: Path
) -> None:
    gone = people[2]
    before, manifest = members(released), read_manifest(released / "manifest.parquet")
    assert set(manifest["sample_id"]) == {post.face_id for post in people}
    done = curate("erase", "--author", f"manifest:{gone.author}", "--yes")
    assert done.exit_code == 0, done.stderr
    patched = released.with_name("v1.1")
    assert not released.exists()
    assert sorted(path.name for path in released.parent.iterdir()) == ["v1.1"]
    for shard, found in before.items():
        left = {name: raw for name, raw in found.items() if not name.startswith(gone.face_id)}
        assert members(patched).get(shard, {}) == left
    expected = manifest[manifest["sample_id"] != gone.face_id].reset_index(drop=True)
    now = read_manifest(patched / "manifest.parquet")
    pd.testing.assert_frame_equal(now, expected)
    assert now.attrs["version"] == "1.1"
    assert curate("dataset", "verify", "faces").exit_code == 0
    told = receipt(workspace)["datasets"]
    assert [(one["replaced"], one["version"], one["samples_removed"]) for one in told] == [
        ("1", "1.1", 1)
    ]
    with workspace.database.session() as session:
        row = session.scalars(select(DatasetVersion)).one()
        assert (row.number, row.patch, row.samples, row.path) == (1, 1, 7, "faces/v1.1")
        old = session.scalars(select(ReplacedVersion)).one()
        assert (old.patch, old.samples, old.erasure_id) == (0, 8, receipt(workspace)["erasure"])


def test_a_shard_without_a_sample_is_what_would_have_been_written_without_it(
    sqlite_workspace: Workspace, people: list[Posted], sqlite_released: Path, tmp_path: Path
) -> None:
    manifest = read_manifest(sqlite_released / "manifest.parquet")
    gone = people[2].face_id
    curate("erase", "--face", gone, "--yes")
    left = manifest[manifest["sample_id"] != gone]
    rows = left.astype(object).where(left.notna(), None).to_dict("records")
    for row in rows:
        key = sqlite_workspace.store.key("crops", row["sample_id"], "jpg")
        row["crop_key"] = key
    list(write_shards(tmp_path / "fresh", rows, sqlite_workspace.store.read, lambda done: None))
    fresh = {path.name: path.read_bytes() for path in (tmp_path / "fresh/shards").iterdir()}
    patched = sqlite_released.with_name("v1.1")
    assert {path.name: path.read_bytes() for path in (patched / "shards").iterdir()} == fresh


def test_the_description_and_the_index_are_those_of_the_patch(
    sqlite_workspace: Workspace, people: list[Posted], sqlite_released: Path
) -> None:
    old = json.loads((sqlite_released / "dataset.json").read_text())
    curate("erase", "--face", people[2].face_id, "--yes")
    patched = sqlite_released.with_name("v1.1")
    now = json.loads((patched / "dataset.json").read_text())
    assert (now["version"], now["patch"], now["samples"], now["subjects"]) == (1, 1, 7, 7)
    for attribute in ("country", "age", "gender"):
        taken = [sum(row["planned"] for row in it["plan"]["table"][attribute]) for it in (old, now)]
        assert taken == [8, 7]
    assert sum(now["splits"].values()) == sum(now["shards"].values()) == 7
    assert now["fingerprint"] != old["fingerprint"]
    assert now["erasures"] == [
        {
            "patch": 1,
            "samples_removed": 1,
            "shards": ["shards/train-000000.tar"],
            "receipt": f"{receipt(sqlite_workspace)['erasure']}.json",
        }
    ]
    for entry in read_index(patched / "index.parquet"):
        content = (patched / entry.shard).read_bytes()[entry.offset : entry.offset + entry.size]
        assert Pillow.open(io.BytesIO(content)).size == (256, 256)


def test_training_reads_the_patch(
    sqlite_workspace: Workspace, people: list[Posted], sqlite_released: Path
) -> None:
    curate("erase", "--face", people[2].face_id, "--yes")
    manifest = open_manifest(sqlite_released.with_name("v1.1") / "manifest.parquet")
    assert str(manifest.version) == "faces v1.1"
    with pytest.raises(InputError, match=r"samples were erased, and .*v1\.1.* replaced it"):
        open_manifest(sqlite_released / "manifest.parquet")
    assert len(manifest.rows) == 7
    for split in set(manifest.rows["split"]):
        loaded = load_split(manifest, split, crop_size=64)
        for row in range(len(loaded)):
            assert loaded.crops.read(row).shape == (64, 64, 3)


def test_a_second_erasure_makes_a_second_patch_and_others_stay_untouched(
    sqlite_workspace: Workspace, people: list[Posted], sqlite_released: Path, tmp_path: Path
) -> None:
    more = [post for seed in range(8, 12) for post in posts_of(f"author-{seed}", seed)]
    settle(sqlite_workspace, tmp_path / "in2", more)
    second = build(sqlite_workspace)
    assert second.number == 2
    curate("erase", "--face", people[2].face_id, "--yes")
    curate("erase", "--face", people[3].face_id, "--yes")
    assert curate("erase", "--face", more[0].face_id, "--yes").exit_code == 0
    names = sorted(path.name for path in sqlite_released.parent.iterdir())
    assert names == ["v1.2", "v2.3"]
    assert curate("dataset", "verify", "faces").exit_code == 0
    asked = curate("dataset", "verify", "faces", "v1")
    assert asked.exit_code == 2
    assert "faces v1 was replaced by v1.2" in asked.stderr
    with sqlite_workspace.database.session() as session:
        left = set(session.scalars(select(Sample.face_id)))
    assert left == {post.face_id for post in people + more} - {
        people[2].face_id,
        people[3].face_id,
        more[0].face_id,
    }


def test_building_and_ingesting_again_never_brings_the_sample_back(
    sqlite_workspace: Workspace, people: list[Posted], sqlite_released: Path, tmp_path: Path
) -> None:
    gone = people[2]
    curate("erase", "--author", f"manifest:{gone.author}", "--yes")
    ingest(sqlite_workspace, tmp_path / "again", [gone], name="posts")
    ingest(sqlite_workspace, tmp_path / "other", [Posted("x", 99, gone.picture)], name="other")
    new = build(sqlite_workspace)
    assert new.number == 2
    assert gone.face_id not in set(read_manifest(new.manifest)["sample_id"])
    assert build(sqlite_workspace).is_new is False
    assert sorted(path.name for path in sqlite_released.parent.iterdir()) == ["v1.1", "v2"]
    assert curate("dataset", "verify", "faces").exit_code == 0


def test_everybody_can_be_erased(
    sqlite_workspace: Workspace, people: list[Posted], sqlite_released: Path
) -> None:
    asked = [word for post in people for word in ("--author", f"manifest:{post.author}")]
    done = curate("erase", *asked, "--yes")
    assert done.exit_code == 0, done.stderr
    patched = sqlite_released.with_name("v1.1")
    assert len(read_manifest(patched / "manifest.parquet")) == 0
    assert list(patched.glob("shards/*")) == []
    assert curate("dataset", "verify", "faces").exit_code == 0


def test_a_version_that_was_moved_away_keeps_the_erasure_open(
    workspace: Workspace, people: list[Posted], released: Path, tmp_path: Path
) -> None:
    shutil.move(released, tmp_path / "elsewhere")
    done = curate("erase", "--face", people[2].face_id, "--yes")
    assert done.exit_code == 1
    assert "was it moved? put it back" in done.stderr
    assert "curate erase --resume" in done.stderr
    assert receipt(workspace)["state"] == "open"
    assert "still open: 1 piece of work" in receipt(workspace)["sentence"]
    assert "erasures that have not reached everything: 1" in curate("status").stdout
    assert "waits for version" in curate("erase", "--status").stdout
    shutil.move(tmp_path / "elsewhere", released)
    checked = curate("dataset", "verify", "faces")
    assert checked.exit_code == 1
    assert "is open and may not have reached this version" in checked.stdout
    assert f"sample {people[2].face_id} was erased and is still here (its face)" in checked.stdout
    assert curate("erase", "--resume").exit_code == 0
    assert receipt(workspace)["state"] == "done"
    assert curate("dataset", "verify", "faces").exit_code == 0
    assert "no erasure is open" in curate("erase", "--resume").stdout


def test_networks_trained_on_the_version_are_named(
    sqlite_workspace: Workspace, people: list[Posted], sqlite_released: Path
) -> None:
    for run, version in (("runs/one", "1"), ("runs/deep/two", "2"), ("runs/other", "1")):
        folder = sqlite_workspace.root / run
        folder.mkdir(parents=True)
        name = "others" if run == "runs/other" else "faces"
        dataset = {"name": name, "version": version, "sha256": "0" * 64}
        (folder / "run.json").write_text(json.dumps({"dataset": dataset}))
    (sqlite_workspace.root / "run.json").write_text("not ours")
    curate("erase", "--face", people[2].face_id, "--yes")
    told = receipt(sqlite_workspace)
    assert told["models"] == [{"run": "runs/one", "dataset": "faces v1"}]
    assert any("cannot unlearn" in sentence for sentence in told["cannot_be_undone"])
    assert "Trained on removed samples: 1 network." in told["sentence"]


# What `verify` finds


def problems(*arguments: str) -> str:
    checked = curate("dataset", "verify", "faces", *arguments)
    assert checked.exit_code == 1
    return str(checked.stdout)


def test_a_sound_version_is_said_to_be_sound(
    sqlite_workspace: Workspace, sqlite_released: Path
) -> None:
    checked = curate("dataset", "verify", "faces", "v1")
    assert checked.exit_code == 0
    assert "faces v1 is sound: 8 samples" in checked.stdout


def test_one_flipped_bit_is_named_by_shard_and_sample(
    sqlite_workspace: Workspace, people: list[Posted], sqlite_released: Path
) -> None:
    entry = next(read_index(sqlite_released / "index.parquet"))
    path = sqlite_released / entry.shard
    sound = path.read_bytes()
    for at, said in (
        (entry.offset + entry.size // 2, f"{entry.sample_id}.jpg was changed or damaged"),
        (entry.offset - 300, "is damaged"),  # in the header
        (len(sound) - 1, f"{entry.shard} was changed or damaged"),  # in the padding
    ):
        content = bytearray(sound)
        content[at] ^= 1
        path.write_bytes(content)
        told = problems()
        assert entry.shard in told
        assert said in told
    path.write_bytes(sound)
    assert curate("dataset", "verify", "faces").exit_code == 0


def test_missing_strange_and_short_files_are_named(
    sqlite_workspace: Workspace, people: list[Posted], sqlite_released: Path
) -> None:
    (sqlite_released / "balance.png").unlink()
    (sqlite_released / "notes.txt").write_text("mine")
    shard = sorted(sqlite_released.glob("shards/*.tar"))[0]
    shard.write_bytes(shard.read_bytes()[:3000])
    told = problems("v1")
    assert "balance.png is missing" in told
    assert "notes.txt does not belong to the version" in told
    assert f"shards/{shard.name} has 3,000 bytes" in told
    (sqlite_released / "dataset.json").write_text("{")
    assert "dataset.json cannot be read" in problems("v1")


def test_a_manifest_that_does_not_fit_its_shards_is_named(
    sqlite_workspace: Workspace, people: list[Posted], sqlite_released: Path
) -> None:
    path = sqlite_released / "manifest.parquet"
    rows = pq.read_table(path).to_pylist()
    changed = [dict(row) for row in rows]
    changed[0]["gender"] = "male" if rows[0]["gender"] == "female" else "female"
    lost = changed.pop()
    write_manifest(path, ({k: row[k] for k in SCHEMA.names} for row in changed), "faces", 1)
    told = problems("v1")
    assert "manifest.parquet has" in told
    assert "manifest.parquet is not the one that the database knows" in told
    assert f"{changed[0]['sample_id']}.json says gender" in told
    assert f"sample {lost['sample_id']} is missing from manifest.parquet" in told
    assert f"index.parquet has sample {lost['sample_id']}, which manifest.parquet has not" in told
    assert "dataset.json says 8 samples, manifest.parquet has 7" in told


def test_planted_leftovers_are_caught_by_id_by_crop_and_by_looks(
    sqlite_workspace: Workspace, people: list[Posted], sqlite_released: Path, tmp_path: Path
) -> None:
    """An old copy of the version put back; and the erased crop under another's name."""
    shutil.copytree(sqlite_released, tmp_path / "old")
    gone = people[2]
    crop = sqlite_workspace.store.read(sqlite_workspace.store.key("crops", gone.face_id, "jpg"))
    curate("erase", "--author", f"manifest:{gone.author}", "--yes")
    shutil.copytree(tmp_path / "old", sqlite_released)
    told = problems()
    assert "was replaced by erasure" in told
    shutil.rmtree(sqlite_released)
    shutil.copytree(tmp_path / "old", sqlite_released.with_name("v7"))
    told = problems("v7")
    assert f"sample {gone.face_id} was erased and is still here (its face)" in told
    shutil.rmtree(sqlite_released.with_name("v7"))

    again = io.BytesIO()
    Pillow.open(io.BytesIO(crop)).resize((200, 200)).resize((256, 256)).save(again, "JPEG")
    for disguise, why in ((crop, "its crop"), (again.getvalue(), "looks like one that was erased")):
        fake = sqlite_released.with_name("v8")
        shutil.copytree(sqlite_released.with_name("v1.1"), fake)
        manifest = read_manifest(fake / "manifest.parquet")
        victim = manifest.iloc[0]["sample_id"]
        shard = str(manifest.iloc[0]["shard"])
        rows = manifest[manifest["shard"] == shard].astype(object)
        rows = rows.where(rows.notna(), None).to_dict("records")
        for row in rows:
            row["crop_key"] = row["sample_id"]

        def read(key: str, disguise: bytes = disguise, victim: str = victim) -> bytes:
            own = sqlite_workspace.store.key("crops", key, "jpg")
            return disguise if key == victim else sqlite_workspace.store.read(own)

        (fake / shard).unlink()
        list(write_shards(fake, rows, read, lambda done: None))
        told = problems("v8")
        assert f"sample {victim} was erased and is still here" in told
        assert why in told
        shutil.rmtree(fake)


def test_a_sample_by_an_author_who_was_erased_behind_our_back_is_caught(
    workspace: Workspace, people: list[Posted], released: Path
) -> None:
    """Tombstones came, rows stayed: as after a backup of the tables was put back."""
    from curation.database.models import Erasure, Tombstone
    from curation.database.upsert import insert_new
    from curation.privacy import author_pseudonym
    from curation.privacy.fingerprints import fingerprints_of_copies
    from curation.privacy.tombstones import PICTURE, exact_rows, tombstone_row

    curate("erase", "--author", "manifest:somebody-else", "--yes")
    secret = workspace.secret
    with workspace.database.session() as session:
        erasure = session.scalars(select(Erasure.id)).one()
        author = author_pseudonym(secret, "manifest", people[2].author)
        copy = fingerprints_of_copies(photograph(3)).to_text()
        rows = exact_rows(secret, "author", [author], erasure)
        rows += exact_rows(secret, "url", [people[4].url], erasure)
        insert_new(session, Tombstone, [*rows, tombstone_row(PICTURE, copy, erasure)])
    told = problems()
    assert f"sample {people[2].face_id} was erased and is still here (its author)" in told
    assert f"sample {people[4].face_id} was erased and is still here (its address)" in told
    assert f"sample {people[3].face_id} was erased and is still here (its photograph is" in told
    assert told.count("was erased and is still here") == 3


def test_an_unknown_dataset_or_version_is_said(sqlite_workspace: Workspace) -> None:
    assert "there is no dataset nothing" in curate("dataset", "verify", "nothing").stderr
