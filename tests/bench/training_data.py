"""A dataset version whose training split holds given crops, written by hand."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from PIL import Image

from curation.dataset.manifest import SCHEMA


def write(folder: Path, crops: list[NDArray[np.uint8]]) -> Path:
    """Write one shard and the manifest; sample s2 shows person p2."""
    (folder / "shards").mkdir(parents=True)
    rows = []
    with tarfile.open(folder / "shards" / "train-000000.tar", "w") as archive:
        for number, crop in enumerate(crops):
            buffer = io.BytesIO()
            Image.fromarray(crop).save(buffer, "JPEG", quality=95)
            for name, content in (
                (f"s{number}.jpg", buffer.getvalue()),
                (f"s{number}.json", b"{}"),
            ):
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
            given = {
                "sample_id": f"s{number}", "image_id": f"{number:064x}", "age": 30.0,
                "gender": "female", "split": "train", "weight": 1.0, "subject": f"p{number}",
                "votes": 3, "shard": "shards/train-000000.tar",
            }  # fmt: skip
            rows.append({name: given.get(name) for name in SCHEMA.names})
    metadata = {"evenface.schema": "1", "evenface.dataset": "faces", "evenface.version": "1"}
    table = pa.Table.from_pylist(rows, schema=SCHEMA.with_metadata(metadata))
    path = folder / "manifest.parquet"
    pq.write_table(table, path)
    return path
