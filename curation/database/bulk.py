"""Many rows at once: Arrow tables into a table of the database."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

import pyarrow as pa
import pyarrow.csv as csv
from sqlalchemy.orm import Session

from curation.database.models import Base


def insert_tables(session: Session, model: type[Base], tables: Iterable[pa.Table]) -> int:
    """Insert the rows of `tables`, whose columns are named as those of `model`; return how many.

    PostgreSQL takes them by COPY, SQLite by one prepared statement; none may be there already.
    """
    connection = session.connection()
    driver: Any = connection.connection.driver_connection
    count = 0
    for table in tables:
        names = ", ".join(table.column_names)
        if connection.dialect.name == "sqlite":
            marks = ", ".join("?" * table.num_columns)
            rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
            driver.executemany(
                f"INSERT INTO {model.__tablename__} ({names}) VALUES ({marks})",
                rows,
            )
        else:
            text = io.BytesIO()
            csv.write_csv(table, text, csv.WriteOptions(include_header=False))
            statement = f"COPY {model.__tablename__} ({names}) FROM STDIN (FORMAT csv)"
            with driver.cursor() as cursor, cursor.copy(statement) as copy:
                copy.write(text.getbuffer())
        count += table.num_rows
    return count
