"""Rows of a CSV, JSONL or Parquet file, one at a time: memory does not grow with the file."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from curation.errors import InputError

Row = dict[str, Any]

FORMATS = {
    ".csv": "CSV",
    ".tsv": "CSV",
    ".jsonl": "JSONL",
    ".ndjson": "JSONL",
    ".parquet": "Parquet",
}
PARQUET_ROWS = 4096  # read at once


def read_rows(path: Path) -> Iterator[tuple[str, Row]]:
    """Yield every row with where it stands ("line 7"); the file's ending tells its format.

    Raises:
        InputError: the file is missing, cannot be read, or is not of that format.
    """
    format_name = FORMATS.get(path.suffix.lower())
    if path.is_dir():
        raise InputError(f"{path} is a folder; `curate ingest folder` takes folders")
    if not path.exists():
        raise InputError(f"the manifest {path} does not exist")
    if format_name is None:
        raise InputError(f"{path}: a manifest ends in {', '.join(FORMATS)}")
    readers = {"CSV": _csv_rows, "JSONL": _jsonl_rows, "Parquet": _parquet_rows}
    try:
        yield from readers[format_name](path)
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text ({error.reason}); save it as UTF-8") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from None


def _csv_rows(path: Path) -> Iterator[tuple[str, Row]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        header = file.readline()
        delimiter = max(",;\t", key=header.count)
        file.seek(0)
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        try:
            columns = [name.strip() for name in next(reader, [])]
            if not columns:
                raise InputError(f"{path} is empty; its first line must name the columns")
            doubled = next((name for name in columns if name and columns.count(name) > 1), None)
            if doubled:
                raise InputError(f"{path} has two columns named {doubled!r}")
            for values in reader:
                if not values:
                    continue
                where = f"line {reader.line_num}"
                if len(values) > len(columns):
                    raise InputError(
                        f"{path}, {where}: {len(values)} values for {len(columns)} columns; "
                        "quote values that hold the separator"
                    )
                values += [""] * (len(columns) - len(values))
                yield where, dict(zip(columns, values, strict=True))
        except csv.Error as error:
            raise InputError(f"{path}, line {reader.line_num}: not valid CSV ({error})") from None


def _jsonl_rows(path: Path) -> Iterator[tuple[str, Row]]:
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise InputError(f"{path}, line {number}: not valid JSON ({error})") from None
            if not isinstance(row, dict):
                raise InputError(f"{path}, line {number}: not a JSON object")
            yield f"line {number}", row


def _parquet_rows(path: Path) -> Iterator[tuple[str, Row]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            number = 0
            for batch in file.iter_batches(batch_size=PARQUET_ROWS):
                for row in batch.to_pylist():
                    number += 1
                    yield f"row {number}", row
    except pa.ArrowException as error:
        raise InputError(f"{path} is not a readable Parquet file: {error}") from None
