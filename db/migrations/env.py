"""Where Alembic finds the database: the caller's connection, or the workspace it runs in."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection

from curation.database.models import Base, UtcDateTime
from curation.workspace import load_workspace


def render_item(kind: str, item: Any, autogenerate: Any) -> str | Literal[False]:
    """Write our own type as what it is in the database: a migration must not depend on models."""
    return "sa.DateTime(timezone=True)" if isinstance(item, UtcDateTime) else False


def migrate(connection: Connection) -> None:
    """Run the scripts on `connection`."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=render_item,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    with load_workspace().database.engine.begin() as own:
        migrate(own)
