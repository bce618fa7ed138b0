"""Columns on disk: what a build needs again later, but need not hold in memory meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType

import pyarrow as pa
from pyarrow import ipc


class Spill:
    """An Arrow file of one build, written once and then read as often as needed."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.path = path
        self.schema = schema

    def writer(self) -> SpillWriter:
        """Return what writes it; use it in a `with` statement."""
        return SpillWriter(self)

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Yield the batches in the order they were written, all columns or some of them."""
        options = ipc.IpcReadOptions(
            included_fields=[self.schema.get_field_index(name) for name in columns or ()] or None
        )
        with pa.OSFile(str(self.path)) as file, ipc.open_file(file, options=options) as reader:
            for number in range(reader.num_record_batches):
                yield reader.get_batch(number)

    def column(self, name: str) -> pa.ChunkedArray:
        """Return one column, whole."""
        parts = [batch.column(0) for batch in self.batches([name])]
        return pa.chunked_array(parts, self.schema.field(name).type)


class SpillWriter:
    """Appends to a spill."""

    def __init__(self, spill: Spill) -> None:
        self._spill = spill

    def __enter__(self) -> SpillWriter:
        options = ipc.IpcWriteOptions(compression="lz4")
        self._writer = ipc.new_file(str(self._spill.path), self._spill.schema, options=options)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._writer.close()

    def add(self, columns: Sequence[pa.Array]) -> None:
        """Append rows, one array per column."""
        self._writer.write_batch(pa.record_batch(columns, schema=self._spill.schema))
