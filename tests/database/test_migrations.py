"""Migrations and models say the same, on both databases, up and down."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from curation.database.migrate import (
    current_revision,
    downgrade,
    head_revision,
    require_current,
    upgrade,
)
from curation.database.models import Base
from curation.database.session import Database
from curation.errors import DatabaseError
from curation.workspace import Workspace


def test_the_migrated_database_is_the_one_the_models_describe(workspace: Workspace) -> None:
    with workspace.database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_every_partial_index_of_the_models_is_in_the_database(workspace: Workspace) -> None:
    found = inspect(workspace.database.engine)
    for table in Base.metadata.tables.values():
        there = {index["name"]: index for index in found.get_indexes(table.name)}
        for index in table.indexes:
            partial = bool(index.dialect_options["sqlite"]["where"] is not None)
            options = there[index.name].get("dialect_options", {})
            assert any(key.endswith("_where") for key in options) == partial, index.name


def test_downgrading_removes_every_table_and_upgrading_brings_them_back(
    workspace: Workspace,
) -> None:
    tables = set(inspect(workspace.database.engine).get_table_names())
    downgrade(workspace.database, "base")
    assert set(inspect(workspace.database.engine).get_table_names()) <= {"alembic_version"}
    upgrade(workspace.database)
    assert set(inspect(workspace.database.engine).get_table_names()) == tables
    assert current_revision(workspace.database) == head_revision()


def test_upgrading_an_up_to_date_database_changes_nothing(workspace: Workspace) -> None:
    upgrade(workspace.database)
    assert current_revision(workspace.database) == head_revision()


def test_an_empty_database_is_refused_with_the_command_that_mends_it(database_url: str) -> None:
    database = Database(database_url)
    with pytest.raises(DatabaseError, match="curate db upgrade"):
        require_current(database)
    database.close()


def test_a_database_from_a_newer_version_is_refused_and_left_alone(workspace: Workspace) -> None:
    with workspace.database.session() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseError, match="made by a newer one"):
        require_current(workspace.database)
    with pytest.raises(DatabaseError, match="made by a newer one"):
        upgrade(workspace.database)
    assert current_revision(workspace.database) == "9999"
