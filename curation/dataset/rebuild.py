"""Make a released version again, byte for byte, from what the database has of it.

Every sample was released with a record of what may have changed since: labels, weight, split,
shard, subject, and the post whose terms it has. So neither new verdicts nor a pool that has grown
play a part. What is measured of a face and what a post says are read as they are now; where they,
or a crop, or a library that writes files have changed, it is said which files differ.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from curation.database.columns import read_columns, snapshot
from curation.database.lock import stage_lock
from curation.database.models import Face, Post, Sample, Source
from curation.dataset.faces import MEASURES, measures
from curation.dataset.files import (
    DESCRIPTION_NAME,
    MANIFEST_NAME,
    file_sha256,
    files_of,
    read_description,
    without_files,
    write_description,
)
from curation.dataset.manifest import SCHEMA, SPLITS, ManifestWriter
from curation.dataset.release import RECORDED, draft, write_files
from curation.dataset.samples import COLUMNS, Samples
from curation.dataset.versions import Version, find_version
from curation.errors import EvenfaceError, InputError
from curation.workspace import Workspace

FROM_TABLES: dict[str, Any] = {
    "sample_id": Face.id,
    "image_id": Face.image_id,
    "crop_key": Face.crop_key,
    "source": Source.kind,
    "licence": Post.licence,
    "source_url": Post.url,
    **{name: getattr(Sample, name) for name in RECORDED},
    **dict(zip(MEASURES, measures(), strict=True)),
}
SHOWN = 5  # differences that are named one by one


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild came to: the version's folder, and whether its files had to be put there."""

    version: Version
    folder: Path
    written: bool


def rebuild(
    workspace: Workspace,
    name: str,
    label: str,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Rebuilt:
    """Write a version again, and put it in place where its files are missing or damaged.

    Raises:
        InputError: there is no such version, or it is older than what a rebuild needs.
        EvenfaceError: it cannot be made as it was; the sentence says what has changed. Nothing is
            written then.
        StoreError: a crop is missing, or the disk is full.
    """
    version = find_version(workspace, name, label)
    if version.description is None:
        raise InputError(
            f"{name} {version.label} was released before samples were recorded whole, so it cannot "
            f"be made again; `curate build-dataset {name}` makes a version that can"
        )
    dataset = workspace.datasets / name
    folder = workspace.datasets / version.path
    with stage_lock(workspace.database, "build-dataset"), draft(dataset) as (beside, work):
        samples = Samples(work)
        with workspace.database.session() as session:
            snapshot(session)
            samples.fill(_recorded(session, version))
        if len(samples) != version.samples:
            raise EvenfaceError(
                f"{name} {version.label} had {version.samples:,} samples, and the database has "
                f"{len(samples):,} of them; an erasure may be open: see `curate erase --status`"
            )
        with ManifestWriter(beside / MANIFEST_NAME, name, version.description["schema"]) as writer:
            for table in samples.tables():
                writer.add(table)
            writer.name(version.label.removeprefix("v"))
        if file_sha256(beside / MANIFEST_NAME) != version.manifest_sha256:
            raise EvenfaceError(_what_changed(version, folder, beside / MANIFEST_NAME))
        description = without_files(version.description)
        write_files(beside, samples, description, workspace.store, on_progress)
        then = version.description["files"]
        differing = _differing(read_description(beside)["files"], then)
        kept = [name for name in differing if _is_as_released(folder / name, then.get(name))]
        if kept and kept == differing:
            # Another release of the program words a paper differently: the old one is right.
            for name in kept:
                shutil.copyfile(folder / name, beside / name)
            write_description(beside, description)
        elif differing:
            raise EvenfaceError(
                f"{name} {version.label} cannot be made as it was, these differ: "
                f"{_shown(differing)}; crops in the store, or the program and its libraries, are "
                "others than then"
            )
        written = not _is_whole(folder, beside)
        if written:
            if folder.exists():
                folder.rename(dataset / f".{folder.name}.partial")
            beside.rename(folder)
            shutil.rmtree(dataset / f".{folder.name}.partial", ignore_errors=True)
    return Rebuilt(version, folder, written)


def recorded_samples(dataset_id: str) -> Select[*tuple[Any, ...]]:
    """Return the statement that reads the samples of a version as they were released."""
    return (
        select(*FROM_TABLES.values())
        .select_from(Sample)
        .join(Face, Face.id == Sample.face_id)
        .outerjoin(Post, Post.id == Sample.post_id)
        .outerjoin(Source, Source.id == Post.source_id)
        .where(Sample.dataset_id == dataset_id)
        .order_by(Sample.face_id)
    )


def _recorded(
    session: Session, version: Version
) -> Iterator[tuple[dict[str, pa.Array], NDArray[np.int8]]]:
    types = [COLUMNS.field(name).type for name in FROM_TABLES]
    for batch in read_columns(session, recorded_samples(version.id), types):
        columns = dict(zip(FROM_TABLES, batch, strict=True))
        columns["gender_origin"] = pa.repeat(pa.scalar("moderator"), len(batch[0]))
        splits = pc.index_in(columns.pop("split"), value_set=pa.array(SPLITS))
        yield columns, np.asarray(splits.to_numpy(), np.int8)


def _differing(now: dict[str, Any], then: dict[str, Any]) -> list[str]:
    names = sorted(set(now) | set(then))
    return [name for name in names if now.get(name) != then.get(name)]


def _is_as_released(path: Path, facts: dict[str, Any] | None) -> bool:
    return facts is not None and path.is_file() and file_sha256(path) == facts["sha256"]


def _shown(sentences: list[str]) -> str:
    more = len(sentences) - SHOWN
    return ", ".join(sentences[:SHOWN]) + (f" (and {more:,} more)" if more > 0 else "")


def _what_changed(version: Version, folder: Path, manifest: Path) -> str:
    """Say in which columns the rows that would be written differ from those released."""
    said = f"{version.name} {version.label} cannot be made as it was"
    old = folder / MANIFEST_NAME
    if not old.is_file() or file_sha256(old) != version.manifest_sha256:
        return (
            f"{said}: what was measured of its faces, or the terms of its posts, have changed since"
        )
    before, now = pq.read_table(old), pq.read_table(manifest)
    differing = []
    for name in SCHEMA.names:
        same = pc.fill_null(pc.equal(before[name], now[name]), False)
        both_missing = pc.and_(pc.is_null(before[name]), pc.is_null(now[name]))
        count = len(before) - int(pc.sum(pc.or_(same, both_missing)).as_py() or 0)
        if count:
            differing.append(f"{name} of {count:,} samples is another now")
    return f"{said}: {_shown(differing) or 'the library that writes Parquet is another than then'}"


def _is_whole(folder: Path, fresh: Path) -> bool:
    """Tell whether every file of a version is there and as it should be."""
    if not folder.is_dir():
        return False
    there, wanted = files_of(folder), files_of(fresh)
    for files, of in ((there, folder), (wanted, fresh)):
        files[DESCRIPTION_NAME] = of / DESCRIPTION_NAME
    if not there[DESCRIPTION_NAME].is_file():
        return False
    return set(there) == set(wanted) and all(
        file_sha256(there[name]) == file_sha256(wanted[name]) for name in wanted
    )
