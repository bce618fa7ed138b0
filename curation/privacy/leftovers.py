"""What an erasure should have taken out of a dataset version: asked of every sample by `verify`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from curation.database.models import (
    DatasetVersion,
    Erasure,
    Face,
    Image,
    Media,
    Post,
    ReplacedVersion,
    Sample,
)
from curation.database.models.released import version_label
from curation.database.session import Database
from curation.dataset.verify import Verified, verify_version
from curation.dedup.queries import rows_in
from curation.errors import InputError
from curation.privacy.copies import read_pixels
from curation.privacy.tombstones import Tombstones, read_tombstones
from curation.workspace import Workspace


@dataclass(frozen=True)
class Released:
    """One version: its folder, and what the database knows of it (None where it does not)."""

    name: str
    label: str
    folder: Path
    dataset_id: str | None
    manifest_sha256: str | None


@dataclass
class Leftovers:
    """Recognises erased samples by ids, addresses, authors, and by the looks of their crops."""

    tombstones: Tombstones
    by_row: dict[str, str] = field(default_factory=dict)  # sample id -> why, from the tables

    def why(
        self, sample: str, row: Mapping[str, Any], crop: bytes, pixels: NDArray[np.uint8]
    ) -> str | None:
        """Return why this sample was erased; None where it was not."""
        stones = self.tombstones
        if stones.holds("face", sample):
            return "its face"
        if stones.holds("image", str(row["image_id"])):
            return "its photograph"
        if isinstance(row["source_url"], str) and stones.url(row["source_url"]):
            return "its address"
        if sample in self.by_row:
            return self.by_row[sample]
        if stones.holds("image", hashlib.sha256(crop).hexdigest()):
            return "its crop"
        return "its crop looks like one that was erased" if stones.copy(pixels) else None


def verify_released(
    workspace: Workspace,
    version: Released,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Verified:
    """Check a version's files, and that nothing erased is left in it or beside it."""
    leftovers = Leftovers(read_tombstones(workspace))
    samples = _samples(workspace.database, version.dataset_id)
    if samples is not None:
        leftovers.by_row = _by_row(workspace, leftovers.tombstones, samples)
    found = verify_version(
        version.folder,
        manifest_sha256=version.manifest_sha256,
        sample_ids=samples,
        leftover=leftovers.why,
        on_progress=on_progress,
    )
    for label, erasure in _replaced(workspace.database, version.dataset_id):
        old = version.folder.parent / f"v{label}"
        if old.exists():
            found.problems.append(f"{old} was replaced by erasure {erasure}, but is still there")
    for erasure in _open(workspace.database):
        found.problems.append(
            f"erasure {erasure} is open and may not have reached this version yet; run "
            "`curate erase --resume`"
        )
    return found


def released(workspace: Workspace, name: str, label: str | None) -> list[Released]:
    """Return the versions of a dataset, in the database or on disk: all, or the one labelled.

    Raises:
        InputError: there is none.
    """
    known = select(DatasetVersion).where(DatasetVersion.name == name)
    found: dict[str, Released] = {}
    with workspace.database.session() as session:
        for row in session.scalars(known.order_by(DatasetVersion.number)):
            of = version_label(row.number, row.patch)
            folder = workspace.datasets / row.path
            found[of] = Released(name, of, folder, row.id, row.manifest_sha256)
        gone = _replaced_labels(session.execute(_replaced_of(name)).all())
    for folder in sorted((workspace.datasets / name).glob("v*")):
        of = folder.name.removeprefix("v")
        if of not in found and of not in gone and folder.is_dir():
            found[of] = Released(name, of, folder, None, None)
    if label is None:
        if not found:
            raise InputError(f"there is no dataset {name}; `curate status` lists what there is")
        return list(found.values())
    label = label.removeprefix("v")
    if label in gone and label not in found:
        raise InputError(
            f"{name} v{label} was replaced by v{gone[label]}, when samples were erased"
        )
    if label not in found:
        there = ", ".join(f"v{of}" for of in found) or "none"
        raise InputError(f"there is no {name} v{label}; versions are: {there}")
    return [found[label]]


def _replaced_of(name: str) -> Any:
    return (
        select(DatasetVersion.number, DatasetVersion.patch, ReplacedVersion.patch)
        .join(ReplacedVersion, ReplacedVersion.dataset_id == DatasetVersion.id)
        .where(DatasetVersion.name == name)
    )


def _replaced_labels(rows: Iterable[Any]) -> dict[str, str]:
    return {
        version_label(number, replaced): version_label(number, now)
        for number, now, replaced in rows
    }


def _samples(database: Database, dataset_id: str | None) -> set[str] | None:
    if dataset_id is None:
        return None
    with database.session() as session:
        return set(session.scalars(select(Sample.face_id).where(Sample.dataset_id == dataset_id)))


def _replaced(database: Database, dataset_id: str | None) -> list[tuple[str, str]]:
    with database.session() as session:
        rows = session.execute(
            select(DatasetVersion.number, ReplacedVersion.patch, ReplacedVersion.erasure_id)
            .join(ReplacedVersion, ReplacedVersion.dataset_id == DatasetVersion.id)
            .where(DatasetVersion.id == dataset_id)
        ).all()
    return [(version_label(row.number, row.patch), row.erasure_id) for row in rows]


def _open(database: Database) -> list[str]:
    with database.session() as session:
        return list(session.scalars(select(Erasure.id).where(Erasure.state == "open")))


def _by_row(workspace: Workspace, stones: Tombstones, samples: set[str]) -> dict[str, str]:
    """Return the samples whose author or photograph, as the tables have them, was erased."""
    if not len(stones):
        return {}
    why: dict[str, str] = {}
    posted = (
        select(Face.id, Post.author, Post.id)
        .join(Media, Media.image_id == Face.image_id)
        .join(Post, Post.id == Media.post_id)
    )
    pictures = select(Face.id, Image.phash, Image.store_key).join(Image, Image.id == Face.image_id)
    with workspace.database.session() as session:
        for face, author, post in rows_in(session, posted, Face.id, samples):
            if author is not None and stones.author(author):
                why[face] = "its author"
            elif stones.post(post):
                why[face] = "its post"
        suspects = [
            (face, key)
            for face, coarse, key in rows_in(session, pictures, Face.id, samples)
            if coarse is not None and _near(stones, coarse)
        ]
    for face, key in suspects:
        pixels = read_pixels(workspace.store, key)
        if pixels is not None and stones.copy(pixels):
            why.setdefault(face, "its photograph is a copy of one that was erased")
    return why


def _near(stones: Tombstones, coarse: int) -> bool:
    number = np.array([coarse], dtype=np.int64).view(np.uint64)[0]
    return bool((np.bitwise_count(stones.pictures.coarse ^ number) <= stones.radius).any())
