"""The index of a version: where in which shard each crop lies, and the SHA-256 of its bytes."""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from curation.errors import InputError

INDEX_NAME = "index.parquet"
ROWS_AT_ONCE = 50_000

SCHEMA = pa.schema(
    [
        pa.field("sample_id", pa.string(), nullable=False),
        pa.field("shard", pa.string(), nullable=False),  # path relative to the index
        pa.field("offset", pa.int64(), nullable=False),  # of the crop's first byte in the shard
        pa.field("size", pa.int64(), nullable=False),  # of the crop, in bytes
        pa.field("sha256", pa.string(), nullable=False),  # of the crop, hexadecimal
    ]
)


@dataclass(frozen=True)
class Entry:
    """Where one crop lies."""

    sample_id: str
    shard: str
    offset: int
    size: int
    sha256: str


def write_index(path: Path, entries: Iterable[Entry]) -> None:
    """Write the index; its rows are in the order given."""
    with pq.ParquetWriter(path, SCHEMA, compression="zstd") as writer:
        pending: list[dict[str, Any]] = []
        for entry in entries:
            pending.append(asdict(entry))
            if len(pending) == ROWS_AT_ONCE:
                writer.write_table(pa.Table.from_pylist(pending, schema=SCHEMA))
                pending = []
        if pending:
            writer.write_table(pa.Table.from_pylist(pending, schema=SCHEMA))


def read_index(path: Path) -> Iterator[Entry]:
    """Yield the entries of an index in its order.

    Raises:
        InputError: there is no such file, or it is no index.
    """
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(ROWS_AT_ONCE, columns=SCHEMA.names):
                for row in batch.to_pylist():
                    yield Entry(**row)
    except FileNotFoundError:
        raise InputError(f"there is no index {path}") from None
    except (OSError, pa.ArrowInvalid, TypeError) as error:
        raise InputError(f"{path} is no index of crops: {str(error).splitlines()[0]}") from None


def entries_of_shard(folder: Path, shard: str) -> Iterator[Entry]:
    """Yield the entries of the crops that a shard below `folder` really holds.

    Raises:
        InputError: the shard cannot be read.
    """
    path = folder / shard
    try:
        with tarfile.open(path, "r:") as archive, path.open("rb") as stream:
            for info in archive:
                name, _, extension = info.name.rpartition(".")
                if extension == "jpg":
                    stream.seek(info.offset_data)
                    digest = hashlib.sha256(stream.read(info.size)).hexdigest()
                    yield Entry(name, shard, info.offset_data, info.size, digest)
    except (OSError, tarfile.TarError) as error:
        raise InputError(f"shard {path} cannot be read: {error}") from error
