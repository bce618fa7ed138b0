"""Prove a released version: every hash, every index entry, every crop, and nothing erased left.

What is wrong is named: the file, and where it can be told the sample.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from curation.dataset.files import (
    IMAGEFOLDER,
    MANIFEST_NAME,
    file_sha256,
    files_of,
    is_picture,
    read_description,
)
from curation.dataset.index import INDEX_NAME, Entry, read_index
from curation.dataset.manifest import read_manifest
from curation.dataset.shards import LABELS
from curation.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

CROP_SHAPE = (256, 256, 3)  # height, width, colours

# Why a sample may not be here, given (sample id, its manifest row, its crop's bytes and pixels).
Leftover = Callable[[str, Mapping[str, Any], bytes, NDArray[np.uint8]], str | None]


@dataclass
class Verified:
    """What was checked, and what is wrong (nothing, where the version is sound)."""

    samples: int = 0
    files: int = 0
    problems: list[str] = field(default_factory=list)


def verify_version(
    folder: Path,
    *,
    manifest_sha256: str | None = None,
    sample_ids: Collection[str] | None = None,
    leftover: Leftover = lambda *_: None,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Verified:
    """Check one version on disk.

    Args:
        folder: where it lies.
        manifest_sha256: what the database has of it; None where it does not know the version.
        sample_ids: the samples that the database has of it.
        leftover: says why a sample that was erased may not be here; None where it may.
        on_progress: called with the number of samples looked at, and of all.
    """
    found = Verified()
    try:
        description = read_description(folder)
        manifest = read_manifest(folder / MANIFEST_NAME)
    except InputError as error:
        found.problems.append(str(error))
        return found
    found.samples = len(manifest)
    found.problems += _files(folder, description, found)
    found.problems += _numbers(folder, description, manifest)
    if manifest_sha256 is not None and manifest_sha256 != file_sha256(folder / MANIFEST_NAME):
        found.problems.append(f"{MANIFEST_NAME} is not the one that the database knows")
    if sample_ids is not None:
        found.problems += _against(set(manifest["sample_id"]), sample_ids)
    entries, problems = _index(folder)
    found.problems += problems
    found.problems += _pictures(folder, description, entries)
    rows = manifest.set_index("sample_id", drop=False)
    found.problems += _indexed(rows, entries)
    done = 0
    for shard, of_shard in rows.groupby("shard", sort=True):
        found.problems += _shard(folder, str(shard), of_shard, entries, leftover)
        done += len(of_shard)
        on_progress(done, len(rows))
    return found


def _files(folder: Path, description: Mapping[str, Any], found: Verified) -> Iterator[str]:
    listed: Mapping[str, Mapping[str, Any]] = description.get("files") or {}
    if not listed:
        yield "dataset.json lists no files: the version is older than its hashes; build it again"
    present = files_of(folder)
    for name, facts in listed.items():
        if name not in present:
            yield f"{name} is missing"
            continue
        found.files += 1
        if present[name].stat().st_size != facts["bytes"]:
            size = present[name].stat().st_size
            yield f"{name} has {size:,} bytes, dataset.json says {facts['bytes']:,}"
        elif file_sha256(present[name]) != facts["sha256"]:
            yield f"{name} was changed or damaged: its SHA-256 is not the one in dataset.json"
    for name in sorted(set(present) - set(listed) if listed else ()):
        if is_picture(name):
            continue  # held against the index
        yield f"{name} does not belong to the version: dataset.json does not list it"


def _numbers(folder: Path, description: Mapping[str, Any], manifest: pd.DataFrame) -> Iterator[str]:
    version = str(description.get("version"))
    if description.get("patch"):
        version += f".{description['patch']}"
    if folder.name != f"v{version}" or manifest.attrs["version"] != version:
        yield (
            f"the folder is {folder.name}, dataset.json says version {version} and "
            f"{MANIFEST_NAME} {manifest.attrs['version']}"
        )
    if description.get("samples") != len(manifest):
        yield (
            f"dataset.json says {description.get('samples')} samples, "
            f"{MANIFEST_NAME} has {len(manifest)}"
        )


def _against(present: Collection[str], known: Collection[str]) -> Iterator[str]:
    for sample in sorted(set(present) - set(known)):
        yield f"sample {sample} is in {MANIFEST_NAME}, but the database does not have it there"
    for sample in sorted(set(known) - set(present)):
        yield f"sample {sample} is missing from {MANIFEST_NAME}"


def _index(folder: Path) -> tuple[dict[str, Entry], list[str]]:
    entries: dict[str, Entry] = {}
    problems = []
    try:
        for entry in read_index(folder / INDEX_NAME):
            if entry.sample_id in entries:
                problems.append(f"{INDEX_NAME} has sample {entry.sample_id} twice")
            entries[entry.sample_id] = entry
    except InputError as error:
        problems.append(str(error))
    return entries, problems


def _pictures(
    folder: Path, description: Mapping[str, Any], entries: Mapping[str, Entry]
) -> Iterator[str]:
    """Hold the pictures of an ImageFolder against the index."""
    if IMAGEFOLDER not in description.get("settings", {}).get("layouts", []):
        return
    missing = set(entries)
    for path in sorted((folder / IMAGEFOLDER).rglob("*.jpg")):
        name = path.relative_to(folder).as_posix()
        entry = entries.get(path.stem)
        if entry is None:
            yield f"{name} is of no sample of {MANIFEST_NAME}"
        elif file_sha256(path) != entry.sha256:
            yield f"{name} was changed or damaged: {INDEX_NAME} has another SHA-256"
        missing.discard(path.stem)
    for sample in sorted(missing):
        yield f"{IMAGEFOLDER} lacks the picture of sample {sample}"


def _indexed(rows: pd.DataFrame, entries: Mapping[str, Entry]) -> Iterator[str]:
    if not entries:
        return
    for sample in sorted(set(rows.index) - set(entries)):
        yield f"{INDEX_NAME} lacks sample {sample}"
    for sample in sorted(set(entries) - set(rows.index)):
        yield f"{INDEX_NAME} has sample {sample}, which {MANIFEST_NAME} has not"


def _shard(
    folder: Path,
    shard: str,
    rows: pd.DataFrame,
    entries: Mapping[str, Entry],
    leftover: Leftover,
) -> Iterator[str]:
    """Say what is wrong with one shard: its members, its crops, its labels, its place in the index.

    Members are read in the order of the file, one at a time.
    """
    by_id: dict[str, Any] = {str(row["sample_id"]): row for row in rows.to_dict("records")}
    seen: dict[str, set[str]] = {sample: set() for sample in by_id}
    try:
        with tarfile.open(folder / shard, "r:") as archive:
            for member in archive:
                sample, _, extension = member.name.partition(".")
                content = _content(archive, member)
                if sample not in by_id or extension not in ("jpg", "json"):
                    yield f"{shard}: {member.name} belongs to no sample of {MANIFEST_NAME}"
                    continue
                seen[sample].add(extension)
                if extension == "json":
                    yield from _labels(shard, sample, by_id[sample], content)
                    continue
                yield from _place(shard, member, content, entries.get(sample))
                yield from _crop(shard, sample, by_id[sample], content, leftover)
    except FileNotFoundError:
        yield f"{shard} is missing, and {len(by_id):,} crops with it"
        return
    except (OSError, tarfile.TarError) as error:
        yield f"{shard} is damaged and cannot be read on: {error}"
    for sample, extensions in seen.items():
        for extension in sorted({"jpg", "json"} - extensions):
            yield f"{shard} lacks {sample}.{extension}"


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    stream = archive.extractfile(member)
    return stream.read() if stream is not None else b""


def _place(
    shard: str, member: tarfile.TarInfo, content: bytes, entry: Entry | None
) -> Iterator[str]:
    if entry is None:
        return  # said once for the whole index
    if (entry.shard, entry.offset, entry.size) != (shard, member.offset_data, member.size):
        yield (
            f"{INDEX_NAME} says that {member.name} has {entry.size:,} bytes at byte "
            f"{entry.offset:,} of {entry.shard}; it has {member.size:,} at "
            f"{member.offset_data:,} of {shard}"
        )
    elif hashlib.sha256(content).hexdigest() != entry.sha256:
        yield f"{shard}: {member.name} was changed or damaged: {INDEX_NAME} has another SHA-256"


def _labels(shard: str, sample: str, row: Mapping[str, Any], content: bytes) -> Iterator[str]:
    try:
        labels = json.loads(content)
    except ValueError:
        yield f"{shard}: {sample}.json is no JSON"
        return
    for name in LABELS:
        stated = row[name]
        expected = None if stated is None or stated != stated else stated  # NaN is no label
        if not _same(labels.get(name), expected):
            yield (
                f"{shard}: {sample}.json says {name} {labels.get(name)!r}, "
                f"{MANIFEST_NAME} {expected!r}"
            )


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return bool(np.float32(one) == np.float32(other))  # the manifest's precision
    return bool(one == other)


def _crop(
    shard: str, sample: str, row: Mapping[str, Any], content: bytes, leftover: Leftover
) -> Iterator[str]:
    import cv2

    encoded = np.frombuffer(content, dtype=np.uint8)
    pixels = cv2.imdecode(encoded, cv2.IMREAD_COLOR_RGB) if len(encoded) else None
    if pixels is None or pixels.shape != CROP_SHAPE:
        yield f"{shard}: {sample}.jpg is no JPEG of {CROP_SHAPE[1]} x {CROP_SHAPE[0]} pixels"
        return
    if why := leftover(sample, row, content, np.asarray(pixels, dtype=np.uint8)):
        yield f"{shard}: sample {sample} was erased and is still here ({why})"
