"""Take samples out of a released version: the next patch of it (v3 becomes v3.1).

Shards (and files of other layouts) that hold none of the samples are taken over as they are; the
others are copied without them, every other member byte for byte. The papers are written anew: a
patch is what a build without the samples would have written.

The patch is written beside and renamed when whole, then the database learns of it, then the old
files go. Killed in between, the same call finishes.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from curation.database.models import DatasetVersion, ReplacedVersion
from curation.database.models.released import version_label
from curation.database.session import Database
from curation.database.upsert import insert_new
from curation.dataset.balance_table import as_json, from_json, without
from curation.dataset.figures import draw_balance
from curation.dataset.files import (
    BALANCE_NAME,
    MANIFEST_NAME,
    file_sha256,
    read_description,
    without_files,
    write_description,
)
from curation.dataset.index import INDEX_NAME, Entry, entries_of_shard, read_index, write_index
from curation.dataset.layouts import copy_layouts, take_over
from curation.dataset.manifest import copy_manifest, count_samples
from curation.dataset.papers import write_papers
from curation.dataset.shards import copy_shard
from curation.errors import InputError, StoreError
from curation.identity import content_id

_COLUMNS = ["sample_id", "shard", "country", "race", "age", "gender"]


@dataclass(frozen=True)
class Patch:
    """What became of a version: its labels before and after, what was rewritten."""

    dataset: str
    replaced: str
    version: str
    samples_removed: int
    samples_left: int
    shards_rewritten: list[str]


def remove_samples(
    database: Database, datasets: Path, dataset_id: str, samples: Collection[str], erasure_id: str
) -> Patch | None:
    """Issue the next patch of a version without `samples`; None where it held none of them.

    Old files of the version, and those of builds that were killed, are removed in any case.

    Raises:
        InputError: the version is not where it was written, or is damaged.
        StoreError: the patch cannot be written.
    """
    with database.session() as session:
        row = session.get_one(DatasetVersion, dataset_id)
        session.expunge(row)
    folder = datasets / row.path
    if not (folder / MANIFEST_NAME).is_file():
        label = version_label(row.number, row.patch)
        raise InputError(f"{row.name} v{label} is not in {folder}; was it moved? put it back there")
    patch = None
    removed = _rows_of(folder / MANIFEST_NAME, samples)
    if len(removed):
        target = folder.parent / f"v{version_label(row.number, row.patch + 1)}"
        shards = _write(folder, target, row, removed, erasure_id)
        patch = Patch(
            dataset=row.name,
            replaced=version_label(row.number, row.patch),
            version=version_label(row.number, row.patch + 1),
            samples_removed=len(removed),
            samples_left=row.samples - len(removed),
            shards_rewritten=shards,
        )
        _register(database, row, target, patch, erasure_id)
        folder = target
    else:
        patch = _made_before(folder, row, erasure_id)
    _sweep(folder, row.number)
    return patch


def _made_before(folder: Path, row: DatasetVersion, erasure_id: str) -> Patch | None:
    """Return the patch that this erasure made before it was killed."""
    description = read_description(folder)
    left = int(description["samples"])
    for entry in reversed(description.get("erasures", [])):
        if entry["receipt"] == _receipt_name(erasure_id):
            return Patch(
                dataset=row.name,
                replaced=version_label(row.number, entry["patch"] - 1),
                version=version_label(row.number, entry["patch"]),
                samples_removed=entry["samples_removed"],
                samples_left=left,
                shards_rewritten=entry["shards"],
            )
        left += int(entry["samples_removed"])
    return None


def _receipt_name(erasure_id: str) -> str:
    return f"{erasure_id}.json"


def _rows_of(manifest: Path, samples: Collection[str]) -> pd.DataFrame:
    wanted = pa.array(sorted(samples), pa.string())
    try:
        with pq.ParquetFile(manifest) as file:
            parts = [
                batch.filter(pc.is_in(batch["sample_id"], value_set=wanted)).to_pandas()
                for batch in file.iter_batches(columns=_COLUMNS)
            ]
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(f"{manifest} cannot be read: {str(error).splitlines()[0]}") from None
    return pd.concat(parts) if parts else pd.DataFrame(columns=_COLUMNS)


def _write(
    old: Path, target: Path, row: DatasetVersion, removed: pd.DataFrame, erasure_id: str
) -> list[str]:
    """Write the patch, whole or not at all; return the shards that had to be copied."""
    beside = target.with_name(f".{target.name}.partial")
    samples = set(removed["sample_id"])
    affected = sorted(set(removed["shard"]))
    try:
        for leftover in (beside, target):  # of a patch that was killed before it was registered
            shutil.rmtree(leftover, ignore_errors=True)
        (beside / "shards").mkdir(parents=True)
        for path in sorted(old.glob("shards/*.tar")):
            name = path.relative_to(old).as_posix()
            if name in affected:
                copy_shard(path, beside / name, samples.__contains__)
            else:
                take_over(path, beside / name)
        write_index(beside / INDEX_NAME, _entries(old, beside, affected))
        label = version_label(row.number, row.patch + 1)
        copy_manifest(old / MANIFEST_NAME, beside / MANIFEST_NAME, samples, label)
        description = _describe(read_description(old), beside, row, removed, erasure_id)
        copy_layouts(old, beside, samples, affected, description)
        draw_balance(from_json(description["plan"]["table"]), beside / BALANCE_NAME)
        if "issued" in description:  # older versions had no papers
            write_papers(beside, description)
        write_description(beside, description)
        beside.rename(target)
    except OSError as error:
        shutil.rmtree(beside, ignore_errors=True)
        raise StoreError(f"{target} cannot be written: {error.strerror or error}") from error
    return affected


def _entries(old: Path, beside: Path, affected: Collection[str]) -> Iterator[Entry]:
    """Yield the entries of the patch in the order of the old ones, shard by shard."""
    if not (old / INDEX_NAME).is_file():
        for path in sorted(beside.glob("shards/*.tar")):
            yield from entries_of_shard(beside, path.relative_to(beside).as_posix())
        return
    for shard, entries in groupby(read_index(old / INDEX_NAME), key=attrgetter("shard")):
        if shard not in affected:
            yield from entries
        elif (beside / shard).is_file():
            yield from entries_of_shard(beside, shard)


def _describe(
    old: dict[str, Any],
    beside: Path,
    row: DatasetVersion,
    removed: pd.DataFrame,
    erasure_id: str,
) -> dict[str, Any]:
    table = without(from_json(old["plan"]["table"]), removed)
    patch = row.patch + 1
    entry = {
        "patch": patch,
        "samples_removed": len(removed),
        "shards": sorted(set(removed["shard"])),
        "receipt": _receipt_name(erasure_id),
    }
    return (
        without_files(old)
        | {
            "patch": patch,
            "fingerprint": _fingerprint(row),
            "plan": old["plan"] | {"table": as_json(table)},
            "erasures": [*old.get("erasures", []), entry],
        }
        | count_samples(beside / MANIFEST_NAME)
    )


def _fingerprint(row: DatasetVersion) -> str:
    return content_id("patch", row.fingerprint, row.patch + 1)


def _register(
    database: Database, row: DatasetVersion, target: Path, patch: Patch, erasure_id: str
) -> None:
    replaced = {
        "dataset_id": row.id,
        "patch": row.patch,
        "samples": row.samples,
        "manifest_sha256": row.manifest_sha256,
        "replaced_at": datetime.now(UTC),
        "erasure_id": erasure_id,
    }
    with database.session() as session:
        insert_new(session, ReplacedVersion, [replaced])
        current = session.get_one(DatasetVersion, row.id)
        current.fingerprint = _fingerprint(row)
        current.patch = row.patch + 1
        current.samples = patch.samples_left
        current.path = f"{target.parent.name}/{target.name}"
        current.manifest_sha256 = file_sha256(target / MANIFEST_NAME)
        if current.description is not None:
            current.description = read_description(target)


def _sweep(current: Path, number: int) -> None:
    """Remove what the present patch replaced, and what killed builds and patches left."""
    for path in [*current.parent.glob(f"v{number}.*"), current.parent / f"v{number}"]:
        if path != current and path.is_dir() and _patch_number(path) < _patch_number(current):
            shutil.rmtree(path)
    for path in current.parent.glob(".v*.partial"):
        shutil.rmtree(path)


def _patch_number(folder: Path) -> int:
    patch = folder.name.partition(".")[2]
    return int(patch) if patch.isdecimal() else 0
