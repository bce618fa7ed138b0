"""One run of a stage at a time: a lock that dies with the process that holds it."""

from __future__ import annotations

import fcntl
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from curation.database.session import Database
from curation.errors import DatabaseError


@contextmanager
def stage_lock(database: Database, stage: str) -> Iterator[None]:
    """Hold the lock of `stage`: an advisory lock on PostgreSQL, a locked file beside SQLite.

    Both are released by the system when the process ends, however it ends.

    Raises:
        DatabaseError: another process runs this stage on this database.
    """
    refusal = DatabaseError(
        f"another `{stage}` is running on {database}; wait for it to end, then run this again"
    )
    if not database.is_sqlite:
        key = zlib.crc32(f"evenface:{stage}".encode())
        with database.engine.connect() as connection:
            held = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": key})
            if not held.scalar():
                raise refusal
            connection.commit()
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": key})
                connection.commit()
        return
    path = Path(f"{database.url.database}.{stage}.lock")
    handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise refusal from None
        yield
    finally:
        os.close(handle)
