"""A moment as a number, worked out by the database, so that no Python object is made of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Double
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class epoch_seconds(FunctionElement[float]):  # noqa: N801  (used as SQL functions are)
    """The seconds since 1970 of a `UtcDateTime` column, with microseconds."""

    type = Double()
    inherit_cache = True


@compiles(epoch_seconds, "postgresql")
def _extracted(element: epoch_seconds, compiler: SQLCompiler, **options: Any) -> str:
    moment = compiler.process(element.clauses, **options)
    return f"CAST(EXTRACT(EPOCH FROM {moment}) AS double precision)"


@compiles(epoch_seconds, "sqlite")
def _parsed(element: epoch_seconds, compiler: SQLCompiler, **options: Any) -> str:
    # Stored as text, "2026-03-01 09:00:00.250000"; strftime would drop what follows the second.
    moment = compiler.process(element.clauses, **options)
    return f"(CAST(strftime('%s', {moment}) AS REAL) + CAST(substr({moment}, 20) AS REAL))"
