"""Millions of rows as Arrow columns: the database writes them as text, Arrow reads that.

Row by row a driver makes a Python object of every value, which costs more than all that is then
done with it. Here the database joins the rows of one page into one string, on SQLite and
PostgreSQL alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, String, Text, cast, func, literal, select
from sqlalchemy.orm import Session

if TYPE_CHECKING:
    import pyarrow as pa

# Between values: no id, name or number has this character.
SEPARATOR = "\x1f"


def read_joined(
    session: Session, statement: Select[*tuple[Any, ...]], types: Mapping[str, pa.DataType]
) -> pa.Table:
    """Return the rows of `statement` as a table of its columns, with these types, in no order.

    Made for ids, names and numbers: no value may be NULL, or hold a line break. All rows are in
    memory at once, so ask for pages.
    """
    import pyarrow as pa
    from pyarrow import csv

    rows = statement.subquery()
    line: Any = None
    for column in rows.c:
        text = column if isinstance(column.type, String) else cast(column, Text)
        line = text if line is None else line + literal(SEPARATOR) + text
    joined = session.execute(select(func.aggregate_strings(line, "\n"))).scalar_one()
    if not joined:
        return pa.schema(list(types.items())).empty_table()
    return csv.read_csv(
        pa.BufferReader(joined.encode()),
        read_options=csv.ReadOptions(column_names=list(types), use_threads=False),
        parse_options=csv.ParseOptions(
            delimiter=SEPARATOR, quote_char=False, ignore_empty_lines=False
        ),
        convert_options=csv.ConvertOptions(column_types=dict(types), strings_can_be_null=False),
    )
