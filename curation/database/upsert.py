"""INSERT … ON CONFLICT for both databases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Table, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from curation.database.models import Base


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
    pending = [dict(row) for row in rows]
    if not pending:
        return 0
    connection = session.connection()
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    table = cast(Table, model.__table__)
    statement = insert(table)
    if update is None:
        statement = statement.on_conflict_do_nothing()
    else:
        differs = or_(
            *(table.c[name].is_distinct_from(statement.excluded[name]) for name in update)
        )
        statement = statement.on_conflict_do_update(
            index_elements=list(table.primary_key),
            set_={name: statement.excluded[name] for name in update},
            where=differs,
        )
    # One statement, many parameter sets: compiled once. The option keeps their count.
    result = connection.execute(statement, pending, execution_options={"preserve_rowcount": True})
    return result.rowcount
