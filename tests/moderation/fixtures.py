"""A real Label Studio for all tests that want one, and moderators with accounts of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from moderation.faulty_proxy import FaultyProxy

from curation.moderation.accounts import account_key
from curation.moderation.campaign import Campaign
from curation.moderation.label_studio import LabelStudioClient
from curation.moderation.server import Server
from curation.moderation.server_install import Installation, install, installation
from curation.workspace import Workspace, open_workspace

PASSWORD = "long enough a password"


@dataclass(frozen=True)
class LabelStudio:
    """The server that the tests share: each test works in projects of its own."""

    url: str
    api_key: str
    server: Server
    place: Installation
    served: Path

    def start(self) -> None:
        """Start it, or start it again. It may call programs of this machine, such as the tests."""
        self.server.up(self.place, self.served, ["127.0.0.1"])


@pytest.fixture(scope="session")
def label_studio_installation() -> Installation:
    """Label Studio as `curate label-studio install` leaves it; installed when it is missing."""
    place = installation()
    install(place)
    return place


@pytest.fixture(scope="session")
def label_studio(
    label_studio_installation: Installation, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LabelStudio]:
    """One server for all tests. It may serve pictures below the folder of all test folders."""
    server = Server(tmp_path_factory.mktemp("label-studio"))
    try:
        served = tmp_path_factory.getbasetemp()
        server.up(label_studio_installation, served, ["127.0.0.1"])
        running = server.running()
        assert running is not None
        key = server.credentials().api_key
        yield LabelStudio(running.url, key, server, label_studio_installation, served)
    finally:
        server.down()


@pytest.fixture
def admin(label_studio: LabelStudio) -> Iterator[LabelStudioClient]:
    """A connection as the server's first user."""
    with LabelStudioClient(label_studio.url, label_studio.api_key) as client:
        yield client


@pytest.fixture(scope="session")
def moderators(label_studio: LabelStudio) -> Iterator[list[LabelStudioClient]]:
    """Three moderators, each connected with the key of an own account."""
    with LabelStudioClient(label_studio.url, label_studio.api_key) as client:
        keys = [account_key(client, f"moderator-{n}@localhost", PASSWORD) for n in range(3)]
    connections = [LabelStudioClient(label_studio.url, key) for key in keys]
    yield connections
    for connection in connections:
        connection.close()


@dataclass(frozen=True)
class Place:
    """A workspace whose settings name the shared server."""

    workspace: Workspace
    campaign: Campaign
    monkeypatch: pytest.MonkeyPatch

    @contextmanager
    def at(self, url: str, api_key: str | None = None) -> Iterator[Place]:
        """Use another address (or key) of the server; commands that are run do too."""
        self.monkeypatch.setenv("EVENFACE_LABEL_STUDIO__URL", url)
        if api_key is not None:
            self.monkeypatch.setenv("EVENFACE_LABEL_STUDIO__API_KEY", api_key)
        opened = open_workspace()
        with Campaign(opened) as campaign:
            yield Place(opened, campaign, self.monkeypatch)
        opened.database.close()


def _connect(
    workspace: Workspace, server: LabelStudio, served: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    """Yield the workspace with settings for `server`, which serves pictures below `served`."""
    folder = workspace.store.folder
    assert folder is not None
    pictures = f"/data/local-files/?d={folder.relative_to(served)}/{{key}}"
    monkeypatch.setenv("EVENFACE_LABEL_STUDIO__URL", server.url)
    monkeypatch.setenv("EVENFACE_LABEL_STUDIO__API_KEY", server.api_key)
    monkeypatch.setenv("EVENFACE_LABEL_STUDIO__DOCUMENT_ROOT", str(folder))
    monkeypatch.setenv("EVENFACE_LABEL_STUDIO__IMAGE_URL", pictures)
    opened = open_workspace()
    with Campaign(opened) as campaign:
        yield Place(opened, campaign, monkeypatch)
    opened.database.close()


@pytest.fixture
def place(
    workspace: Workspace,
    label_studio: LabelStudio,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Place]:
    """A workspace on each database that uses the shared server."""
    yield from _connect(workspace, label_studio, tmp_path_factory.getbasetemp(), monkeypatch)


@pytest.fixture
def sqlite_place(
    sqlite_workspace: Workspace,
    label_studio: LabelStudio,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Place]:
    """A workspace on SQLite that uses the shared server."""
    yield from _connect(sqlite_workspace, label_studio, tmp_path_factory.getbasetemp(), monkeypatch)


@pytest.fixture
def proxy(label_studio: LabelStudio) -> Iterator[FaultyProxy]:
    """A proxy in front of the shared server that breaks connections as it is told."""
    with FaultyProxy(label_studio.url) as running:
        yield running
