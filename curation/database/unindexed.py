"""A column that SQLite shall filter by, and not look up in an index.

Without statistics SQLite takes any index that a condition fits, and then sorts millions of rows
that lay in the wanted order already. PostgreSQL knows better by itself.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class unindexed(FunctionElement[str]):  # noqa: N801  (used as SQL functions are)
    """Stands for a text column in a condition; on SQLite written `+column`.

    See https://www.sqlite.org/optoverview.html, "Disqualifying WHERE clause terms using unary +".
    """

    type = String()
    inherit_cache = True


@compiles(unindexed)
def _plain(element: unindexed, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(unindexed, "sqlite")
def _unary_plus(element: unindexed, compiler: SQLCompiler, **options: Any) -> str:
    return f"+{compiler.process(element.clauses, **options)}"
