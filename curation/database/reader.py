"""Whole tables of one moment, read by a process of their own and handed over as Arrow columns.

That process reads on while this one works on what it has been given. It has to be another process:
its driver brings a copy of SQLite along, and two copies must not hold one file open in one process,
since the locks of the one would end with those of the other (https://sqlite.org/howtocorrupt.html,
section 2.2.1).
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

import pyarrow as pa
from sqlalchemy import Select

from curation.database.columns import Read
from curation.database.reader_process import serve
from curation.database.session import Database, refusal_in_words
from curation.errors import DatabaseError


@contextmanager
def reader(database: Database) -> Iterator[Read]:
    """Yield what reads statements as `read_columns` does, all of them at one moment.

    The moment is when the other process has connected, before it answers anything; only what was
    committed then is read. One statement is read at a time, to its end.

    Raises:
        DatabaseError: a table is missing, or the database cannot be reached.
    """
    context = multiprocessing.get_context("spawn")  # a forked copy would have our SQLite open
    here, there = context.Pipe()
    process = context.Process(
        target=serve, args=(there, database.is_sqlite, _address(database)), daemon=True
    )
    process.start()
    there.close()  # so that its end is ours to see
    try:
        yield partial(_read, database, here)
    finally:
        here.close()
        process.terminate()
        process.join()


def _address(database: Database) -> str:
    """Return where the database is, as its own client library takes it."""
    if database.is_sqlite:
        return str(database.url.database)
    return database.url.set(drivername="postgresql").render_as_string(hide_password=False)


def _read(
    database: Database,
    connection: Connection,
    statement: Select[*tuple[Any, ...]],
    types: Sequence[pa.DataType],
) -> Iterator[list[pa.Array]]:
    dialect: Any = database.url.get_dialect()
    # With another style SQLAlchemy doubles every %, for a driver that formats parameters in.
    dialect = dialect(paramstyle="named")
    sql = str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    try:
        with suppress(ConnectionError):  # why it has gone, it has left to be read
            connection.send((sql, list(types)))
        while (answer := connection.recv()) is not None:
            if isinstance(answer, str):
                raise DatabaseError(refusal_in_words(database, answer))
            yield answer.columns
    except (EOFError, ConnectionError):
        raise DatabaseError(
            f"the process that reads {database} died, perhaps for want of memory; run it again"
        ) from None
