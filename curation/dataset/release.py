"""The files of one version, whole or not at all, and the rows by which the database knows it.

A build makes them of what it has drawn, a rebuild of what the database has of the version: from
here on both are the same, so they give the same bytes.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlalchemy.orm import Session

from curation.database.bulk import insert_tables
from curation.database.models import DatasetVersion, Sample
from curation.dataset.balance_table import from_json
from curation.dataset.figures import draw_balance
from curation.dataset.files import (
    BALANCE_NAME,
    MANIFEST_NAME,
    file_sha256,
    read_description,
    write_description,
)
from curation.dataset.index import INDEX_NAME, write_index
from curation.dataset.layouts import write_layout
from curation.dataset.papers import write_papers
from curation.dataset.samples import Samples
from curation.dataset.shards import LABELS, write_shards
from curation.errors import StoreError
from curation.identity import content_id
from curation.store import Store

DRAFT, WORK = ".vnext.partial", ".vwork.partial"  # beside the versions; erasure sweeps them too
SHARDED = ["sample_id", "shard", "crop_key", *LABELS]
RECORDED = [
    "split",
    "shard",
    "subject",
    "age",
    "age_probability",
    "age_origin",
    "gender",
    "gender_probability",
    "method",
    "votes",
    "country",
    "country_origin",
    "race",
    "race_origin",
    "weight",
    "post_id",
]


@contextmanager
def draft(dataset: Path) -> Iterator[tuple[Path, Path]]:
    """Yield two empty folders beside the versions of a dataset: for the files, and for the work.

    Both are gone at the end, unless the first has become a version.

    Raises:
        StoreError: the disk is full, or a folder cannot be written.
    """
    folders = (dataset / DRAFT, dataset / WORK)
    try:
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)  # what a killed build left
            folder.mkdir(parents=True)
        yield folders
    except OSError as error:
        raise StoreError(f"{dataset} cannot be written: {error.strerror or error}") from error
    finally:
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        if dataset.exists() and not any(dataset.iterdir()):
            dataset.rmdir()
            with suppress(OSError):  # other datasets lie there
                dataset.parent.rmdir()


def write_files(
    folder: Path,
    samples: Samples,
    description: dict[str, Any],
    store: Store,
    on_progress: Callable[[int, int], None],
) -> None:
    """Write everything beside the manifest, which is there already; the description comes last."""
    layouts = description["settings"].get("layouts", [])
    total = len(samples) * (1 + len(layouts))

    def rows() -> Iterator[dict[str, Any]]:
        for table in samples.tables():
            yield from table.select(SHARDED).to_pylist()

    entries = write_shards(folder, rows(), store.read, lambda done: on_progress(done, total))
    write_index(folder / INDEX_NAME, entries)
    for number, layout in enumerate(layouts, start=1):
        before = number * len(samples)
        for done in write_layout(layout, folder, samples, store.read, description):
            on_progress(before + done, total)
    draw_balance(from_json(description["plan"]["table"]), folder / BALANCE_NAME)
    write_papers(folder, description)
    write_description(folder, description)


def register(
    session: Session,
    folder: Path,
    candidates: int,
    samples: Samples,
) -> None:
    """Write the rows of a version whose files are whole."""
    description = read_description(folder)
    version = DatasetVersion(
        id=content_id("dataset", description["name"], description["version"]),
        name=description["name"],
        number=description["version"],
        fingerprint=description["fingerprint"],
        seed=description["settings"]["seed"],
        settings=description["settings"],
        candidates=candidates,
        samples=len(samples),
        path=f"{folder.parent.name}/{folder.name}",
        manifest_sha256=file_sha256(folder / MANIFEST_NAME),
        built_at=datetime.now(UTC),
        description=description,
    )
    session.add(version)
    session.flush()
    insert_tables(session, Sample, _recorded(version.id, samples))


def _recorded(dataset_id: str, samples: Samples) -> Iterator[pa.Table]:
    for table in samples.tables():
        rows = table.select(RECORDED)
        rows = rows.add_column(0, "face_id", table["sample_id"])
        yield rows.add_column(0, "dataset_id", pa.repeat(pa.scalar(dataset_id), len(table)))
