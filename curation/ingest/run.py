"""The stages of `curate ingest`, made from a workspace's settings."""

from __future__ import annotations

from typing import Any

from curation.ingest.fetch import FetchMedia, Which
from curation.ingest.record import RecordPosts
from curation.sources import Source
from curation.stages import Stage
from curation.workspace import Workspace


def stages(workspace: Workspace, source: Source) -> list[Stage[Any, Any]]:
    """Return what takes `source` in: record its posts, then fetch all pictures that wait."""
    settings = workspace.settings.ingest
    return [
        RecordPosts(source, workspace.secret, require_age=settings.require_age),
        fetch(workspace),
    ]


def fetch(workspace: Workspace, which: Which = "all") -> FetchMedia:
    """Return the stage that fetches pictures: all that wait, or only those to be tried again."""
    return FetchMedia(workspace.store, workspace.settings.ingest, which=which)
