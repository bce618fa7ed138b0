"""Reading rows by many ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Row, Select
from sqlalchemy.orm import InstrumentedAttribute, Session

IDS_PER_STATEMENT = 10_000  # SQLite takes 32,766 parameters in one statement


def rows_in(
    session: Session,
    statement: Select[*tuple[Any, ...]],
    column: InstrumentedAttribute[Any],
    values: Iterable[str],
) -> Iterator[Row[*tuple[Any, ...]]]:
    """Yield the rows of `statement` whose `column` is one of `values`, however many these are."""
    ordered = sorted(set(values))
    for start in range(0, len(ordered), IDS_PER_STATEMENT):
        chunk = ordered[start : start + IDS_PER_STATEMENT]
        yield from session.execute(statement.where(column.in_(chunk)))
