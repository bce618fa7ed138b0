"""Row groups of one size, however the rows come: so the same rows give the same Parquet file."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa


class RowGroups:
    """Collects tables and hands them on in groups of exactly `size` rows; the last may be less."""

    def __init__(self, write: Callable[[pa.Table], None], size: int) -> None:
        self._write = write
        self._size = size
        self._pending: list[pa.Table] = []
        self._rows = 0

    def add(self, rows: pa.Table) -> None:
        """Append rows."""
        self._pending.append(rows)
        self._rows += rows.num_rows
        while self._rows >= self._size:
            whole = pa.concat_tables(self._pending)
            self._write(whole.slice(0, self._size))
            self._pending = [whole.slice(self._size)]
            self._rows -= self._size

    def flush(self) -> None:
        """Hand on what is left."""
        if self._rows:
            self._write(pa.concat_tables(self._pending))
        self._pending, self._rows = [], 0
