"""Whole tables as columns: the rows of a statement in Arrow batches, read in a stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Any

import pyarrow as pa
import pyarrow.csv as csv
from sqlalchemy import Select
from sqlalchemy.orm import Session

# Reads a statement whose columns have these types, as `read_columns` does.
Read = Callable[[Select[*tuple[Any, ...]], Sequence[pa.DataType]], Iterator[list[pa.Array]]]

ROWS_AT_ONCE = 32_768
PAGES_KIB = 64_000  # of SQLite's cache, while a statement reads side by side from several trees


def read_columns(
    session: Session,
    statement: Select[*tuple[Any, ...]],
    types: Sequence[pa.DataType],
    size: int = ROWS_AT_ONCE,
) -> Iterator[list[pa.Array]]:
    """Yield the rows of `statement`, `size` at a time, as one Arrow array per column.

    Neither Python nor the client library ever holds more rows than that: SQLite's cursor is read
    in parts, and PostgreSQL sends its rows by COPY. Truth values have to be cast to integers in
    the statement, since SQLite has no others.

    Args:
        session: whose transaction is read in.
        statement: without parameters that cannot be written as literals.
        types: of the columns.
        size: rows at a time.
    """
    connection = session.connection()
    sql = str(statement.compile(connection, compile_kwargs={"literal_binds": True}))
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        yield from _from_sqlite(driver, sql, types, size)
    else:
        yield from _from_postgresql(driver, sql, types, size)


def snapshot(session: Session) -> None:
    """Let all that the session reads from here on be of one moment, whatever others write."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN")
    else:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.exec_driver_sql("SET LOCAL work_mem = '256MB'")


def _from_sqlite(
    driver: Any, sql: str, types: Sequence[pa.DataType], size: int
) -> Iterator[list[pa.Array]]:
    with closing(driver.cursor()) as cursor:
        cursor.execute(f"PRAGMA cache_size = -{PAGES_KIB}")
        cursor.execute(sql)
        row = pa.struct([(str(number), kind) for number, kind in enumerate(types)])
        while rows := cursor.fetchmany(size):
            yield pa.array(rows, row).flatten()


def _from_postgresql(
    driver: Any, sql: str, types: Sequence[pa.DataType], size: int
) -> Iterator[list[pa.Array]]:
    names = [str(number) for number in range(len(types))]
    convert = csv.ConvertOptions(
        column_types=dict(zip(names, types, strict=True)),
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,  # COPY quotes what is empty, and not what is NULL
    )
    parse = csv.ParseOptions(newlines_in_values=True)

    def parsed(lines: list[bytes]) -> list[pa.Array]:
        text = b"".join(lines)
        read = csv.ReadOptions(column_names=names, use_threads=False, block_size=len(text) + 1)
        table = csv.read_csv(pa.BufferReader(text), read, parse, convert)
        return [_whole(column) for column in table.columns]

    with driver.cursor() as cursor, cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT csv)") as copy:
        lines: list[bytes] = []
        for line in copy:  # PostgreSQL sends whole rows
            lines.append(bytes(line))
            if len(lines) == size:
                yield parsed(lines)
                lines = []
        if lines:
            yield parsed(lines)


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
