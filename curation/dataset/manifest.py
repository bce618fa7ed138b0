"""The manifest: one Parquet row per sample of a dataset version, the door to training.

Written in the order of split, then sample id, without time stamps: the same samples give the same
bytes. docs/dataset.md says what each column means, and what each version of the schema added.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from curation.database.growing import Growing
from curation.database.keys import keys_of
from curation.dataset.row_groups import RowGroups
from curation.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

SCHEMA_VERSION = "2"
SPLITS = ("train", "validation", "test")
GENDERS = ("female", "male")
ROW_GROUP = 50_000
# Columns of few different values; the others are written as they are.
REPEATED = {
    *("age", "age_origin", "gender", "gender_origin", "method", "country", "country_origin"),
    *("race", "race_origin", "split", "votes", "source", "licence", "shard"),
}

_FIRST = [  # what version 1 had
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
_SECOND = [
    pa.field("age_origin", pa.string()),  # who stated the age that the moderators confirmed
    pa.field("gender_origin", pa.string()),
    pa.field("method", pa.string()),  # how the votes on gender were added up
    pa.field("country_origin", pa.string()),
    pa.field("race_origin", pa.string()),
    pa.field("source", pa.string()),  # the kind of source of the post
    pa.field("quality", pa.float32()),  # 0 to 1, all of the following in one
    pa.field("sharpness", pa.float32()),  # 0 to 1
    pa.field("exposure", pa.float32()),  # 0 to 1
    pa.field("size", pa.float32()),  # longer side of the face's box in the photograph, pixels
    pa.field("eye_distance", pa.float32()),  # in the photograph, pixels
    pa.field("yaw", pa.float32()),  # degrees
    pa.field("pitch", pa.float32()),  # degrees
    pa.field("roll", pa.float32()),  # degrees
    pa.field("truncation", pa.float32()),  # share of the box outside the photograph
    pa.field("score", pa.float32()),  # of the face detector, 0 to 1
]
SCHEMA = pa.schema([*_FIRST, *_SECOND])
SCHEMAS = {"1": pa.schema(_FIRST), "2": SCHEMA}


class ManifestWriter:
    """Writes a manifest in row groups of `ROW_GROUP` rows, however the rows come.

    Use it in a `with` statement. `content` is the SHA-256 of the rows so far, whatever the version
    is called; the version may be given last, by `name`.
    """

    def __init__(self, path: Path, dataset: str, schema: str = SCHEMA_VERSION) -> None:
        metadata = {"evenface.schema": schema, "evenface.dataset": dataset}
        self._schema = SCHEMAS[schema].with_metadata(metadata)
        self._path = path
        self._digest = hashlib.sha256(schema.encode())
        self._groups = RowGroups(self._write, ROW_GROUP)
        self.rows = 0

    def __enter__(self) -> ManifestWriter:
        repeated = [name for name in self._schema.names if name in REPEATED]
        self._writer = pq.ParquetWriter(
            self._path, self._schema, compression="zstd", use_dictionary=repeated
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._groups.flush()
        self._writer.close()

    def add(self, rows: pa.Table) -> None:
        """Append rows with the columns of the schema, in any order."""
        self._groups.add(rows.select(self._schema.names))
        self.rows += rows.num_rows

    def content(self) -> str:
        """Return the SHA-256 of all rows, in hexadecimal; no more can be added."""
        self._groups.flush()
        return self._digest.hexdigest()

    def name(self, version: int | str) -> None:
        """Say which version it is."""
        self._writer.add_key_value_metadata({"evenface.version": str(version)})

    def _write(self, group: pa.Table) -> None:
        group = group.combine_chunks().cast(self._schema)
        for column in group.columns:
            _digest_column(self._digest, column.combine_chunks())
        self._writer.write_table(group, row_group_size=ROW_GROUP)


def _digest_column(digest: Any, column: pa.Array | pa.ChunkedArray) -> None:
    """Add what a column says, and not how it lies in memory."""
    import pyarrow.compute as pc

    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks) if column.num_chunks else column.chunk(0)
    digest.update(column.is_null().to_numpy(zero_copy_only=False).tobytes())
    if pa.types.is_string(column.type):
        whole = pa.concat_arrays([pc.fill_null(column, "")])
        digest.update(pc.binary_length(whole).to_numpy().tobytes())
        start = np.frombuffer(whole.buffers()[1], np.int32)[whole.offset : whole.offset + 1]
        stop = np.frombuffer(whole.buffers()[1], np.int32)[whole.offset + len(whole)]
        content = whole.buffers()[2]
        if content is not None:
            digest.update(memoryview(content)[int(start[0]) : int(stop)])
    else:
        digest.update(pc.fill_null(column, 0).to_numpy(zero_copy_only=False).tobytes())


def write_manifest(
    path: Path, rows: Iterable[Mapping[str, Any]], dataset: str, version: int | str
) -> None:
    """Write `rows` (mappings with the columns of `SCHEMA`) as the manifest of one version."""
    with ManifestWriter(path, dataset) as writer:
        remaining = iter(rows)
        while part := list(islice(remaining, ROW_GROUP)):
            writer.add(pa.Table.from_pylist(part, schema=SCHEMA))
        writer.name(version)


def copy_manifest(source: Path, target: Path, left_out: Collection[str], version: str) -> int:
    """Copy a manifest without some samples, as version `version`; return how many rows stay.

    Memory does not grow with the manifest. The copy is as if the samples had never been there.
    """
    import pyarrow.compute as pc

    gone = pa.array(sorted(left_out), pa.string())
    with pq.ParquetFile(source) as old:
        told = _metadata(old.metadata)
        with ManifestWriter(target, told["dataset"], told["schema"]) as writer:
            for batch in old.iter_batches(ROW_GROUP):
                table = pa.Table.from_batches([batch])
                writer.add(table.filter(pc.invert(pc.is_in(table["sample_id"], value_set=gone))))
            writer.name(version)
    return writer.rows


def count_samples(path: Path) -> dict[str, Any]:
    """Count what dataset.json tells of a manifest: samples, subjects, per split, per shard."""
    import pyarrow.compute as pc

    counts: dict[str, Counter[str]] = {"split": Counter(), "shard": Counter()}
    subjects = Growing(np.uint64)  # by their keys
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(ROW_GROUP, columns=["split", "shard", "subject"]):
            subjects.add(keys_of(batch["subject"])[0])
            for name, counted in counts.items():
                for row in pc.value_counts(batch[name]).to_pylist():
                    counted[row["values"]] += row["counts"]
    return {
        "samples": len(subjects),
        "subjects": len(np.unique(subjects.whole())),
        "splits": {split: counts["split"][split] for split in SPLITS},
        "shards": dict(sorted(counts["shard"].items())),
    }


def _metadata(metadata: pq.FileMetaData) -> dict[str, str]:
    """Return schema, dataset and version as a manifest says them, empty where it does not."""
    told: Mapping[bytes, bytes] = metadata.metadata or {}
    names = ("schema", "dataset", "version")
    return {name: told.get(f"evenface.{name}".encode(), b"").decode() for name in names}


def read_manifest(path: Path) -> pd.DataFrame:
    """Return the manifest as a frame with the columns of `SCHEMA`, in file order.

    What a manifest of schema 1 did not have yet is missing in every row. `frame.attrs` has
    "dataset" and "version".

    Raises:
        InputError: the file is missing, is no manifest, lacks a column, or holds a value that
            cannot be (an age below 0 or above 130 or NaN, an unknown split or gender, a sample
            twice).
    """
    try:
        with pq.ParquetFile(path) as file:
            told = _metadata(file.metadata)
            table = file.read()
    except FileNotFoundError:
        raise InputError(f"there is no manifest {path}{_replaced_by(path)}") from None
    except (OSError, pa.ArrowInvalid) as error:
        first = str(error).splitlines()[0]
        raise InputError(f"{path} is no Parquet file: {first}") from None
    if told["schema"] not in ("", *SCHEMAS):
        raise InputError(
            f"{path} has the manifest schema {told['schema']}, which this version of Evenface does "
            f"not know (it reads {' and '.join(SCHEMAS)}); install the one that wrote it"
        )
    missing = [field.name for field in _FIRST if field.name not in table.column_names]
    if missing:
        raise InputError(
            f"{path} is no dataset manifest: it lacks the columns {', '.join(missing)}; "
            "`curate build-dataset` writes manifests"
        )
    for field in _SECOND:
        if field.name not in table.column_names:
            table = table.append_column(field, pa.nulls(table.num_rows, field.type))
    try:
        table = table.select(SCHEMA.names).cast(
            pa.schema([pa.field(field.name, field.type) for field in SCHEMA])
        )
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InputError(f"{path} has a column of another type: {error}") from None
    frame: pd.DataFrame = table.to_pandas()
    _check_values(path, table, frame)
    frame.attrs["dataset"] = told["dataset"] or path.stem
    frame.attrs["version"] = told["version"]
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
