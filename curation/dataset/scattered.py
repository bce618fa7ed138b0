"""Rows that come in any order and are read back in the order of their places, by way of files.

Places are cut into shelves of equal width, with a file each. A row goes to the shelf of its place;
a shelf is sorted when it is read, so that no more than one is ever in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import ipc

PLACES = 32_768  # to a shelf, or more: files are few
MOST_SHELVES = 128
ROWS_AT_ONCE = 131_072  # are shared out over the shelves together


class Scattered:
    """Columns of rows whose places are from 0 to `count`, each at most once."""

    def __init__(self, folder: Path, schema: pa.Schema, count: int) -> None:
        self.count = count
        self.width = max(PLACES, -(-count // MOST_SHELVES))
        self.schema = schema.insert(0, pa.field("place", pa.int32()))
        self.paths = [
            folder / f"{number}.arrow" for number in range(max(1, -(-count // self.width)))
        ]
        folder.mkdir()

    def writer(self) -> ScatteredWriter:
        """Return what writes it; use it in a `with` statement."""
        return ScatteredWriter(self)

    def shelves(self) -> Iterator[tuple[NDArray[np.int32], pa.RecordBatch]]:
        """Yield, shelf by shelf, the places in ascending order, and the rows at them."""
        for path in self.paths:
            with pa.OSFile(str(path)) as file, ipc.open_stream(file) as reader:
                rows = reader.read_all().combine_chunks()
            order = np.argsort(rows["place"].to_numpy())
            rows = rows.take(pa.array(order))
            batch = pa.record_batch([_whole(column) for column in rows.columns], schema=self.schema)
            yield batch.column(0).to_numpy(), batch.select(self.schema.names[1:])


class ScatteredWriter:
    """Writes rows to their shelves."""

    def __init__(self, scattered: Scattered) -> None:
        self._scattered = scattered
        self._pending: list[pa.RecordBatch] = []
        self._files = ExitStack()

    def __enter__(self) -> ScatteredWriter:
        schema = self._scattered.schema
        self._shelves = [
            self._files.enter_context(
                ipc.new_stream(self._files.enter_context(pa.OSFile(str(path), "wb")), schema)
            )
            for path in self._scattered.paths
        ]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._files:
            if kind is None:
                self._flush()

    def add(self, places: NDArray[np.integer], columns: Sequence[pa.Array]) -> None:
        """Append rows at `places`, one array per column."""
        place = pa.array(places, pa.int32())
        self._pending.append(pa.record_batch([place, *columns], schema=self._scattered.schema))
        if sum(batch.num_rows for batch in self._pending) >= ROWS_AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        if not self._pending:
            return
        rows = pa.Table.from_batches(self._pending).combine_chunks()
        self._pending = []
        shelf = rows["place"].to_numpy() // self._scattered.width
        rows = rows.take(pa.array(np.argsort(shelf, kind="stable")))
        edges = np.cumsum(np.bincount(shelf, minlength=len(self._shelves)))
        for writer, end, count in zip(
            self._shelves, edges.tolist(), np.diff(edges, prepend=0).tolist(), strict=True
        ):
            if count:
                writer.write_table(rows.slice(end - count, count))


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
