"""The engine and its sessions, on SQLite and PostgreSQL, with errors in words."""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import InstrumentedAttribute, Session

from curation.errors import DatabaseError, SettingsError

SQLITE_BUSY_SECONDS = 30


class Database:
    """One database by its URL. Making one does not connect; it travels to worker processes.

    Errors of the driver leave `session` as `DatabaseError` in one sentence.
    """

    def __init__(self, url: str) -> None:
        try:
            self.url = make_url(url)
        except SQLAlchemyError:
            raise SettingsError(
                f"database.url is {url!r}, which is no database address; use for example "
                "sqlite:///evenface.db or postgresql://user:password@host/name"
            ) from None
        if self.url.get_backend_name() not in ("sqlite", "postgresql"):
            raise SettingsError(
                f"database.url names {self.url.get_backend_name()}; "
                "Evenface runs on sqlite and postgresql"
            )
        if self.url.drivername == "postgresql":
            self.url = self.url.set(drivername="postgresql+psycopg")
        self.engine = create_engine(self.url, pool_pre_ping=True)
        # A command that ends in an error still gives its connections back.
        weakref.finalize(self, self.engine.dispose)
        if self.is_sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)

    def __reduce__(self) -> tuple[Any, ...]:
        """Connections do not travel between processes; the address does."""
        return Database, (self.url.render_as_string(hide_password=False),)

    def __str__(self) -> str:
        """Return the address without its password."""
        return self.url.render_as_string(hide_password=True)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite."""
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Yield a session in one transaction: committed at the end, rolled back on an error."""
        try:
            with Session(self.engine) as session, session.begin():
                yield session
        except DBAPIError as error:
            raise DatabaseError(in_words(self, error)) from error

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def read_by_key(
        self,
        statement: Select[*tuple[Any, ...]],
        key: ColumnElement[str] | InstrumentedAttribute[str],
        size: int,
    ) -> Iterator[Sequence[Row[*tuple[Any, ...]]]]:
        """Yield the rows of `statement` in pages of `size`, in the order of `key`.

        Each page is a query of its own after the last key seen, so no transaction stays open
        while the rows are worked on. The key must be unique and the first selected column.
        """
        last = ""
        while True:
            with self.session() as session:
                page = session.execute(statement.where(key > last).order_by(key).limit(size)).all()
            if page:
                yield page
            if len(page) < size:
                return
            last = page[-1][0]


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute(f"PRAGMA busy_timeout = {SQLITE_BUSY_SECONDS * 1000}")
    cursor.close()


def in_words(database: Database, error: DBAPIError) -> str:
    """Return what the driver's error means and what can be done, in one sentence."""
    cause = str(error.orig).strip() or type(error).__name__
    return refusal_in_words(database, cause, bool(error.connection_invalidated))


def refusal_in_words(database: Database, cause: str, cut_off: bool = False) -> str:
    """Return what a driver says, of whose text the first line counts, and what can be done."""
    text = cause.splitlines()[0]
    if "no such table" in text or "does not exist" in text:
        return f"the database {database} lacks tables ({text}); run `curate db upgrade`"
    if "locked" in text:
        return f"the database {database} was locked for {SQLITE_BUSY_SECONDS} s by another program"
    if "unable to open database file" in text or "failed to open" in text:
        path = Path(database.url.database or "")
        why = "its folder does not exist" if not path.parent.exists() else "it cannot be opened"
        if path.exists() and not os.access(path, os.R_OK | os.W_OK):
            why = "it may not be read and written by this user"
        return f"the database file {path} cannot be used: {why}"
    if "file is not a database" in text:
        return f"{database.url.database} is not an SQLite database; see database.url"
    if "disk is full" in text or "No space left" in text:
        return f"the disk of the database {database} is full; nothing of this batch was kept"
    if not database.is_sqlite and (cut_off or "connection" in text):
        return f"the database {database} cannot be reached: {text}"
    return f"the database {database} refused: {text}"
