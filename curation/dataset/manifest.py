"""The manifest: one Parquet row per sample of a dataset version, the door to training.

Written in the order of split, then sample id, without time stamps: the same samples give the same
bytes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from curation.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

SCHEMA_VERSION = "1"
SPLITS = ("train", "validation", "test")
GENDERS = ("female", "male")

SCHEMA = pa.schema(
    [
        pa.field("sample_id", pa.string(), nullable=False),  # the face's id, and its shard key
        pa.field("image_id", pa.string(), nullable=False),  # SHA-256 of the photograph
        pa.field("age", pa.float32()),  # years
        pa.field("age_probability", pa.float32()),  # that the age fits, by the moderators
        pa.field("gender", pa.string()),  # "female" or "male"
        pa.field("gender_probability", pa.float32()),
        pa.field("country", pa.string()),  # ISO 3166-1 alpha-2
        pa.field("race", pa.string()),
        pa.field("split", pa.string(), nullable=False),
        pa.field("weight", pa.float32(), nullable=False),
        pa.field("subject", pa.string(), nullable=False),
        pa.field("votes", pa.int32(), nullable=False),
        pa.field("licence", pa.string()),
        pa.field("source_url", pa.string()),
        pa.field("shard", pa.string(), nullable=False),  # path relative to the manifest
    ]
)


def write_manifest(
    path: Path,
    rows: Iterable[Mapping[str, Any]],
    dataset: str,
    version: int | str,
    chunk: int = 50_000,
) -> None:
    """Write `rows` (mappings with the columns of `SCHEMA`) as the manifest of one version."""
    metadata = {
        "evenface.schema": SCHEMA_VERSION,
        "evenface.dataset": dataset,
        "evenface.version": str(version),
    }
    with pq.ParquetWriter(path, SCHEMA.with_metadata(metadata), compression="zstd") as writer:
        pending: list[Mapping[str, Any]] = []
        for row in rows:
            pending.append(row)
            if len(pending) == chunk:
                writer.write_table(pa.Table.from_pylist(pending, schema=writer.schema))
                pending = []
        if pending:
            writer.write_table(pa.Table.from_pylist(pending, schema=writer.schema))


def copy_manifest(source: Path, target: Path, left_out: Collection[str], version: str) -> int:
    """Copy a manifest without some samples, as version `version`; return how many rows stay.

    Memory does not grow with the manifest.
    """
    import pyarrow.compute as pc

    stay = 0
    gone = pa.array(sorted(left_out), pa.string())
    with pq.ParquetFile(source) as old:
        metadata = dict(old.schema_arrow.metadata or {}) | {b"evenface.version": version.encode()}
        schema = old.schema_arrow.with_metadata(metadata)
        with pq.ParquetWriter(target, schema, compression="zstd") as new:
            for batch in old.iter_batches(50_000):
                table = pa.Table.from_batches([batch]).replace_schema_metadata(metadata)
                table = table.filter(pc.invert(pc.is_in(table["sample_id"], value_set=gone)))
                if table.num_rows:
                    new.write_table(table)
                    stay += table.num_rows
    return stay


def read_manifest(path: Path) -> pd.DataFrame:
    """Return the manifest as a frame with the columns of `SCHEMA`, in file order.

    `frame.attrs` has "dataset" and "version".

    Raises:
        InputError: the file is missing, is no manifest, lacks a column, or holds a value that
            cannot be (an age below 0 or above 130 or NaN, an unknown split or gender, a sample
            twice).
    """
    try:
        table = pq.read_table(path)
    except FileNotFoundError:
        raise InputError(f"there is no manifest {path}{_replaced_by(path)}") from None
    except (OSError, pa.ArrowInvalid) as error:
        first = str(error).splitlines()[0]
        raise InputError(f"{path} is no Parquet file: {first}") from None
    missing = [name for name in SCHEMA.names if name not in table.column_names]
    if missing:
        raise InputError(
            f"{path} is no dataset manifest: it lacks the columns {', '.join(missing)}; "
            "`curate build-dataset` writes manifests"
        )
    try:
        table = table.select(SCHEMA.names).cast(
            pa.schema([pa.field(field.name, field.type) for field in SCHEMA])
        )
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InputError(f"{path} has a column of another type: {error}") from None
    frame: pd.DataFrame = table.to_pandas()
    _check_values(path, table, frame)
    metadata = pq.read_schema(path).metadata or {}
    frame.attrs["dataset"] = metadata.get(b"evenface.dataset", b"").decode() or path.stem
    frame.attrs["version"] = metadata.get(b"evenface.version", b"").decode()
    return frame


def _replaced_by(path: Path) -> str:
    """Return where to look for a version that an erasure replaced: v3 by v3.1."""
    version = path.parent
    number = version.name.partition(".")[0]
    patches = [one for one in version.parent.glob(f"{number}.*") if (one / path.name).is_file()]
    if not patches:
        return ""
    latest = max(patches, key=lambda one: int(one.name.rpartition(".")[2]))
    return f": samples were erased, and {latest / path.name} replaced it"


def _check_values(path: Path, table: pa.Table, frame: pd.DataFrame) -> None:
    # NaN and null look alike in a frame, so they are told apart before.
    ages = table.column("age")
    not_numbers = ages.is_null(nan_is_null=True).to_numpy() & ~ages.is_null().to_numpy()
    _refuse(path, frame, not_numbers, "an age that is NaN")
    _refuse(path, frame, (frame["age"] < 0) | (frame["age"] > 130), "an age outside 0 to 130")
    _refuse(path, frame, ~frame["split"].isin(SPLITS), f"a split other than {', '.join(SPLITS)}")
    known = frame["gender"].isin(GENDERS) | frame["gender"].isna()
    _refuse(path, frame, ~known, "a gender other than female and male")
    _refuse(path, frame, ~(frame["weight"] >= 0), "a weight that is no number from 0")
    _refuse(path, frame, frame["sample_id"].duplicated(), "a sample that stands there twice")


def _refuse(path: Path, frame: pd.DataFrame, wrong: Any, what: str) -> None:
    count = int(wrong.sum())
    if count:
        first = frame["sample_id"][wrong].iloc[0]
        raise InputError(f"{path} has {what} in {count:,} rows, first in sample {first}")
