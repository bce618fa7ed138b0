"""What all tables share: the base, ids, aware times, names of constraints, partial indexes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    Index,
    MetaData,
    String,
    TypeDecorator,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# JSON that can be held against other JSON, which PostgreSQL's plain kind cannot.
Comparable = JSON().with_variant(JSONB(), "postgresql")

# For tables whose rows are read in the order of their key: on SQLite they lie in it, without a
# second tree of row ids, so that reading them side by side takes no jumps.
BY_KEY = {"sqlite_with_rowid": False}

Id = String(32)
ImageId = String(64)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, kept and returned in UTC on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware datetime into UTC; a naive one is a programming error."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back what SQLite returns naive as UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The base of all tables."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime,
        list[str]: JSON,
        list[float]: JSON,
        dict[str, Any]: JSON,
    }


def ready_index(name: str, *columns: Any, condition: Any) -> Index:
    """Index the few rows that wait for a stage, and no others."""
    return Index(name, *columns, sqlite_where=condition, postgresql_where=condition)
