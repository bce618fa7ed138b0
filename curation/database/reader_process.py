"""The process that reads whole tables for another one; see `curation.database.reader`.

It imports little, and Arrow's database drivers (ADBC) write what they read straight into Arrow
columns, without a Python object for every value.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Any

import pyarrow as pa
from adbc_driver_manager import AdbcConnection, AdbcStatement
from adbc_driver_manager import Error as AdbcError

ROWS_AT_ONCE = 32_768
BYTES_AT_ONCE = 4 << 20


def serve(asked: Connection, sqlite: bool, address: str) -> None:
    """Answer statements with their rows, all in one transaction, until nobody asks any more.

    A question is `(sql, types)`; the answer is a record batch at a time and then None, or one
    text that says why there is none.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches both; the other one decides
    with suppress(EOFError, ConnectionError):
        try:
            with closing(_connected(sqlite, address)) as connection:
                while True:
                    sql, types = asked.recv()
                    for batch in _rows(connection, sqlite, sql, types):
                        asked.send(batch)
                    asked.send(None)
        except (pa.ArrowException, AdbcError) as error:
            asked.send(str(error))


def _connected(sqlite: bool, address: str) -> AdbcConnection:
    """Return a connection whose transaction has begun: all it reads is of this moment."""
    driver: Any = import_module("adbc_driver_sqlite" if sqlite else "adbc_driver_postgresql")
    connection = AdbcConnection(driver.connect(address))
    connection.set_autocommit(False)
    if sqlite:
        first = ["SELECT count(*) FROM sqlite_master"]  # a transaction begins with what it reads
    else:
        first = [
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
            "SET LOCAL work_mem = '256MB'",
            "SELECT 1",
        ]
    for sql in first:
        with closing(AdbcStatement(connection)) as statement:
            statement.set_sql_query(sql)
            _executed(statement).read_all()
    return connection


def _executed(statement: AdbcStatement) -> pa.RecordBatchReader:
    stream, _ = statement.execute_query()
    return pa.RecordBatchReader._import_from_c(stream.address)


def _rows(
    connection: AdbcConnection, sqlite: bool, sql: str, types: Sequence[pa.DataType]
) -> Iterator[pa.RecordBatch]:
    schema = pa.schema([(str(number), kind) for number, kind in enumerate(types)])
    with closing(AdbcStatement(connection)) as statement:
        if sqlite:
            # The driver takes the types from the rows it sees first, in which a column may be
            # empty; so a row of the right types goes before them.
            statement.set_options(**{"adbc.sqlite.query.batch_rows": str(ROWS_AT_ONCE)})
            sql = f"SELECT {', '.join(map(_example, types))} UNION ALL SELECT * FROM ({sql})"
        else:
            statement.set_options(**{"adbc.postgresql.batch_size_hint_bytes": str(BYTES_AT_ONCE)})
        statement.set_sql_query(sql)
        skipped = not sqlite
        for batch in _executed(statement):
            if not skipped:
                batch, skipped = batch.slice(1), True
            if batch.num_rows:
                columns = [
                    column.cast(kind) for column, kind in zip(batch.columns, types, strict=True)
                ]
                yield pa.record_batch(columns, schema=schema)


def _example(kind: pa.DataType) -> str:
    """Return a literal of SQLite that the driver reads as this type, or as a wider one."""
    if pa.types.is_floating(kind):
        return "0.0"
    return "0" if pa.types.is_integer(kind) else "''"
