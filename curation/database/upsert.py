"""INSERT … ON CONFLICT for both databases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import CursorResult, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from curation.database.models import Base

# PostgreSQL takes at most 65,535 parameters in one statement, SQLite 32,766.
PARAMETERS_PER_STATEMENT = 30_000


def insert_new(session: Session, model: type[Base], rows: Iterable[Mapping[str, Any]]) -> int:
    """Insert the rows whose key or unique columns are not there yet; return how many were new."""
    return _insert(session, model, rows, update=None)


def upsert(
    session: Session, model: type[Base], rows: Iterable[Mapping[str, Any]], update: Sequence[str]
) -> int:
    """Insert rows; where the primary key is there already, set the `update` columns anew.

    A row whose `update` columns already hold the new values is not written. Returns how many rows
    were inserted or changed.
    """
    return _insert(session, model, rows, update)


def _insert(
    session: Session,
    model: type[Base],
    rows: Iterable[Mapping[str, Any]],
    update: Sequence[str] | None,
) -> int:
    pending = list(rows)
    if not pending:
        return 0
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    size = max(1, PARAMETERS_PER_STATEMENT // len(pending[0]))
    changed = 0
    for start in range(0, len(pending), size):
        statement = insert(model).values([dict(row) for row in pending[start : start + size]])
        if update is None:
            statement = statement.on_conflict_do_nothing()
        else:
            table = model.__table__
            different = None
            for column in update:
                differs = table.c[column].is_distinct_from(statement.excluded[column])
                different = differs if different is None else different | differs
            statement = statement.on_conflict_do_update(
                index_elements=[column.name for column in inspect(model).primary_key],
                set_={column: statement.excluded[column] for column in update},
                where=different,
            )
        # Without this the count of an INSERT is lost on PostgreSQL.
        result = session.execute(statement, execution_options={"preserve_rowcount": True})
        assert isinstance(result, CursorResult)
        changed += max(0, result.rowcount)
    return changed
