"""Deleted rows leave bytes behind: rewrite the database's files without them."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from curation.database.models import Base
from curation.database.session import Database, in_words
from curation.errors import DatabaseError


def rewrite_database(database: Database) -> None:
    """Rewrite the database so that no deleted row can be read from its files.

    SQLite: VACUUM, and the write-ahead log is emptied. PostgreSQL: VACUUM FULL of every table of
    ours; its own write-ahead log and backups keep the past for as long as they are kept.

    Raises:
        DatabaseError: another program has the database open, or the disk is full.
    """
    try:
        with database.engine.connect().execution_options(
            isolation_level="AUTOCOMMIT"
        ) as connection:
            if database.is_sqlite:
                connection.execute(text("VACUUM"))
                busy = connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).one()[0]
                if busy:
                    raise DatabaseError(
                        f"another program has {database} open, so deleted rows stay in its "
                        "write-ahead log"
                    )
                return
            for table in Base.metadata.sorted_tables:
                connection.execute(text(f'VACUUM FULL "{table.name}"'))
    except DBAPIError as error:
        raise DatabaseError(in_words(database, error)) from error
