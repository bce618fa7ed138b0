"""Fixtures of the tests of ingest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ingest_parts import WebServer


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebServer]:
    """A web server; whoever fails there is asked again after a short while."""
    monkeypatch.setattr("curation.ingest.limits.FIRST_PAUSE", 0.01)
    with WebServer().running() as server:
        yield server
