"""A folder of photographs becomes a dataset of aligned faces, once: manifest and shards.

Networks see aligned faces when they are used (`predict images`), so they should when they learn.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2

from curation.dataset.manifest import write_manifest
from curation.errors import InputError
from curation.faces.align import align
from curation.faces.detector import Detector
from curation.pictures import BadImageError, decode
from training.decode import MAX_PIXELS
from training.files import write_atomically
from training.folder import FolderDataset
from training.manifest import Manifest, open_manifest

QUALITY = 95
SHARD = 5_000  # crops
BATCH = 16  # photographs looked at together
MIN_FACE = 40.0  # pixels


@dataclass(frozen=True)
class Aligned:
    """The dataset that a folder became; `faceless` photographs have no face and are left out."""

    manifest: Manifest
    faceless: int
    made: bool  # False: it was there from before


def align_folder(
    folder: FolderDataset, base: Path, on_progress: Callable[[int], None] = lambda done: None
) -> Aligned:
    """Find and align the largest face of each picture; write a dataset below `base`.

    The dataset's folder is named by what the pictures are, so another run finds it there. It
    appears when it is whole. Photographs without a face are listed in its `faceless.txt`.

    Raises:
        InputError: no picture shows a face, or a picture is gone.
    """
    source = folder.manifest
    target = base / f"{source.version.name}-{source.version.version}-aligned"
    path, faceless = target / "manifest.parquet", target / "faceless.txt"
    if path.is_file():
        return Aligned(open_manifest(path), len(faceless.read_text().splitlines()), made=False)
    beside = target.with_name(f".{target.name}.part")
    _remove(beside)
    (beside / "shards").mkdir(parents=True)
    rows, missing = _write_shards(source, beside, on_progress)
    if not rows:
        raise InputError(f"no picture of {source.path} shows a face; leave out --faces align")
    rows.sort(key=lambda row: (str(row["split"]), str(row["sample_id"])))
    version = source.version
    write_manifest(beside / path.name, rows, version.name, version.version)
    write_atomically(beside / faceless.name, "".join(f"{one}\n" for one in missing).encode())
    beside.rename(target)
    return Aligned(open_manifest(path), len(missing), made=True)


def _write_shards(
    source: Manifest, folder: Path, on_progress: Callable[[int], None]
) -> tuple[list[dict[str, Any]], list[str]]:
    """Write the crops, 5,000 to a shard; return the manifest's rows and who had no face."""
    rows: list[dict[str, Any]] = []
    missing: list[str] = []
    shard: tarfile.TarFile | None = None
    try:
        for row, crop in _crops(source, on_progress):
            if crop is None:
                missing.append(str(row["sample_id"]))
                continue
            name = f"shards/{len(rows) // SHARD:06d}.tar"
            if len(rows) % SHARD == 0:
                if shard is not None:
                    shard.close()
                shard = tarfile.open(folder / name, "w", format=tarfile.USTAR_FORMAT)  # noqa: SIM115
            assert shard is not None
            sample_id = str(row["image_id"])[:32]
            info = tarfile.TarInfo(f"{sample_id}.jpg")
            info.size = len(crop)
            shard.addfile(info, io.BytesIO(crop))
            rows.append({**row, "sample_id": sample_id, "shard": name})
    finally:
        if shard is not None:
            shard.close()
    return rows, missing


def _crops(
    source: Manifest, on_progress: Callable[[int], None]
) -> Iterator[tuple[dict[str, Any], bytes | None]]:
    """Yield each row with the JPEG of its largest face, aligned; None where none was found."""
    detector = Detector(MIN_FACE)
    records: list[dict[str, Any]] = [
        {str(key): None if value != value else value for key, value in row.items()}
        for row in source.rows.to_dict("records")
    ]
    for start in range(0, len(records), BATCH):
        part = records[start : start + BATCH]
        pictures = [_picture(source.path / str(row["shard"])) for row in part]
        for row, picture, faces in zip(
            part, pictures, detector.detect_batch(pictures), strict=True
        ):
            if not faces:
                yield row, None
                continue
            crop = cv2.cvtColor(align(picture, faces[0].landmarks), cv2.COLOR_RGB2BGR)
            _, encoded = cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
            yield row, encoded.tobytes()
        on_progress(len(part))


def _picture(path: Path) -> Any:
    try:
        return decode(path.read_bytes(), MAX_PIXELS)
    except (OSError, BadImageError) as error:
        raise InputError(f"{path} can no longer be read: {error}") from error


def _remove(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)
