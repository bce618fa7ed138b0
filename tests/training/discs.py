"""A small dataset whose pictures carry their own answer, written without any code under test."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from PIL import Image

from curation.dataset.manifest import SCHEMA
from training.fit import FitResult
from training.settings import FitSettings, Precision

TINY = FitSettings(
    backbone="shufflenet_v2_x0_5",
    weights="none",
    image_size=48,
    epochs=12,
    batch_size=16,
    learning_rate=0.1,
    device="cpu",
    precision=Precision.fp32,  # the same numbers on every processor
)
SIZES = {"train": 240, "validation": 40, "test": 60}

Row = dict[str, Any]


def draw(age: float, gender: str, random: np.random.Generator) -> NDArray[np.uint8]:
    """A 256-pixel picture: reddish for female, bluish for male; a disc that grows with age."""
    picture = np.full((256, 256, 3), 90, dtype=np.int16)
    picture[..., 0 if gender == "female" else 2] += 60
    y, x = np.mgrid[:256, :256]
    center = 128 + random.uniform(-10, 10, size=2)
    picture[np.hypot(y - center[0], x - center[1]) < 10 + age] = 230
    picture += random.integers(-20, 20, size=picture.shape, dtype=np.int16)
    return np.clip(picture, 0, 255).astype(np.uint8)


def jpeg(picture: NDArray[np.uint8]) -> bytes:
    encoded = io.BytesIO()
    Image.fromarray(picture).save(encoded, "JPEG", quality=95)
    return encoded.getvalue()


def write_shard(path: Path, crops: dict[str, bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as archive:
        for sample_id, content in crops.items():
            about = json.dumps({"sample": sample_id}).encode()
            for name, data in ((f"{sample_id}.jpg", content), (f"{sample_id}.json", about)):
                info = tarfile.TarInfo(name)
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))


def write_rows(path: Path, rows: list[Row]) -> None:
    metadata = {"evenface.schema": "1", "evenface.dataset": "discs", "evenface.version": "3"}
    table = pa.Table.from_pylist(rows, schema=SCHEMA.with_metadata(metadata))
    pq.write_table(table, path)


def write_dataset(
    folder: Path, sizes: dict[str, int], change: Callable[[list[Row]], None] | None = None
) -> Path:
    """Write shards and manifest; `change` may edit the manifest rows first."""
    random = np.random.default_rng(7)
    rows: list[Row] = []
    for split, size in sizes.items():
        shard = f"shards/{split}-000000.tar"
        crops = {}
        for i in range(size):
            sample_id = f"{split}{i:05d}"
            age = float(np.float32(random.uniform(0, 80)))
            gender = str(random.choice(["female", "male"]))
            crops[sample_id] = jpeg(draw(age, gender, random))
            rows.append(
                {
                    "sample_id": sample_id,
                    "image_id": f"{i:064x}",
                    "age": age,
                    "age_probability": 0.9,
                    "gender": gender,
                    "gender_probability": 0.95,
                    "country": "FR",
                    "race": None,
                    "split": split,
                    "weight": 1.0,
                    "subject": sample_id,
                    "votes": 3,
                    "licence": None,
                    "source_url": None,
                    "shard": shard,
                }
            )
        write_shard(folder / shard, crops)
    if change is not None:
        change(rows)
    path = folder / "manifest.parquet"
    write_rows(path, rows)
    return path


@dataclass(frozen=True)
class Learned:
    """A network that was trained for real, what it was trained on, and where it lies."""

    manifest: Path
    folder: Path
    result: FitResult

    @property
    def checkpoint(self) -> Path:
        return self.result.checkpoint
