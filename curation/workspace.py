"""A workspace: one folder with settings, secret, database, image store and datasets."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from curation.database.session import Database
from curation.errors import WorkspaceError
from curation.privacy import read_secret, write_secret
from curation.settings import FILE_NAME, Settings, load_settings
from curation.settings_template import TEMPLATE
from curation.store import Store

VARIABLE = "EVENFACE_WORKSPACE"
SECRET_NAME = "secret"


@dataclass(frozen=True)
class Workspace:
    """Where everything of one project is; made by `open_workspace` or `create_workspace`."""

    root: Path
    settings: Settings

    @cached_property
    def database(self) -> Database:
        """The database of `database.url`; a relative SQLite path is below the workspace."""
        url = self.settings.database.url
        prefix = "sqlite:///"
        if url.startswith(prefix) and not url.startswith(prefix + "/"):
            url = f"{prefix}{self.root / url.removeprefix(prefix)}"
        return Database(url)

    @cached_property
    def store(self) -> Store:
        """The image store of `store.url`; a relative path is below the workspace."""
        url = self.settings.store.url
        return Store(url if "://" in url else self.root / url)

    @cached_property
    def secret(self) -> bytes:
        """The key of all pseudonyms."""
        return read_secret(self.root / SECRET_NAME)

    @property
    def datasets(self) -> Path:
        """The folder of the dataset versions."""
        return self.root / "datasets"

    @property
    def label_studio(self) -> Path:
        """The folder of the workspace's own Label Studio."""
        return self.root / "label-studio"


def find_workspace(start: Path | None = None) -> Path:
    """Return the workspace meant: `start`, $EVENFACE_WORKSPACE, or the nearest folder upwards.

    Raises:
        WorkspaceError: there is none.
    """
    named = start or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
    if named is not None:
        if not (named / FILE_NAME).is_file():
            raise WorkspaceError(
                f"{named} is no workspace (it has no {FILE_NAME}); "
                f"make it one with `curate init {named}`"
            )
        return named.resolve()
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / FILE_NAME).is_file():
            return folder
    raise WorkspaceError(
        "there is no workspace here or above; make one with `curate init DIR`, "
        "or name it with --workspace"
    )


def open_workspace(
    start: Path | None = None, overrides: dict[str, dict[str, Any]] | None = None
) -> Workspace:
    """Open a workspace whose database is of this version.

    Raises:
        WorkspaceError: there is none.
        SettingsError: its settings cannot be used.
        DatabaseError: its database is older or newer than this version, or cannot be reached.
    """
    from curation.database.migrate import require_current

    workspace = load_workspace(start, overrides)
    require_current(workspace.database)
    return workspace


def load_workspace(
    start: Path | None = None, overrides: dict[str, dict[str, Any]] | None = None
) -> Workspace:
    """Open a workspace without looking at its database."""
    root = find_workspace(start)
    return Workspace(root, load_settings(root / FILE_NAME, overrides))


def create_workspace(root: Path) -> Workspace:
    """Make a workspace in `root`: settings, secret, store and a migrated database.

    Raises:
        WorkspaceError: there is one already, or the folder cannot be written.
    """
    from curation.database.migrate import upgrade

    if (root / FILE_NAME).exists():
        raise WorkspaceError(f"{root} is a workspace already")
    try:
        root.mkdir(parents=True, exist_ok=True)
        if not (root / SECRET_NAME).exists():
            write_secret(root / SECRET_NAME)
        workspace = Workspace(root.resolve(), load_settings(None))
        if workspace.store.folder is not None:
            for kind in ("images", "crops"):
                (workspace.store.folder / kind).mkdir(parents=True, exist_ok=True)
        upgrade(workspace.database)
        # The settings come last: they are what makes the folder a workspace.
        (root / FILE_NAME).write_text(TEMPLATE)
    except OSError as error:
        raise WorkspaceError(f"{root} cannot be made a workspace: {error}") from error
    return workspace
