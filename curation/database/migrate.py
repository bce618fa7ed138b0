"""Bring a database to the version of this program, by the Alembic scripts in `db/migrations`."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError

from curation.database.session import Database, in_words
from curation.errors import DatabaseError


def migrations_folder() -> Path:
    """Return the scripts: inside the installed package, or in the checkout it runs from."""
    here = Path(__file__).resolve()
    installed = here.parent / "migrations"
    return installed if installed.is_dir() else here.parents[2] / "db" / "migrations"


def upgrade(database: Database, revision: str = "head") -> None:
    """Run the migrations up to `revision`.

    Raises:
        DatabaseError: the database cannot be reached, or was made by a newer version.
    """
    _run(database, "upgrade", revision)


def downgrade(database: Database, revision: str) -> None:
    """Run the migrations down to `revision` ("base" removes every table).

    Raises:
        DatabaseError: the database cannot be reached, or was made by a newer version.
    """
    _run(database, "downgrade", revision)


def current_revision(database: Database) -> str | None:
    """Return the revision the database is at; None where it has no tables yet."""
    try:
        with database.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except DBAPIError as error:
        raise DatabaseError(in_words(database, error)) from error


def head_revision() -> str:
    """Return the revision that this program needs."""
    head = ScriptDirectory(str(migrations_folder())).get_current_head()
    assert head is not None
    return head


def require_current(database: Database) -> None:
    """Refuse a database that is older or newer than this program.

    Raises:
        DatabaseError: it is; the sentence says what to do.
    """
    current, head = current_revision(database), head_revision()
    if current == head:
        return
    scripts = ScriptDirectory(str(migrations_folder()))
    if current is not None and current not in {
        script.revision for script in scripts.walk_revisions()
    }:
        raise DatabaseError(_newer(database, current))
    at = "has no tables yet" if current is None else f"is at revision {current}, {head} is needed"
    raise DatabaseError(f"the database {database} {at}; run `curate db upgrade`")


def _newer(database: Database, revision: str) -> str:
    return (
        f"the database {database} is at revision {revision}, which this version of Evenface does "
        "not know; it was made by a newer one: install that (nothing was changed)"
    )


def _run(database: Database, direction: str, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    try:
        # The engine's own transaction: on both databases a migration happens whole or not at all.
        with database.engine.begin() as connection:
            config.attributes["connection"] = connection
            getattr(command, direction)(config, revision)
    except CommandError as error:
        if "Can't locate revision" in str(error):
            raise DatabaseError(_newer(database, current_revision(database) or revision)) from None
        raise DatabaseError(f"the database {database} cannot be migrated: {error}") from error
    except DBAPIError as error:
        raise DatabaseError(in_words(database, error)) from error
