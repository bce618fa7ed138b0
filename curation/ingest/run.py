"""The two stages of `curate ingest`, made from a workspace's settings."""

from __future__ import annotations

from typing import Any

from curation.ingest.fetch import FetchMedia
from curation.ingest.record import RecordPosts
from curation.sources import Source
from curation.stages import Stage
from curation.workspace import Workspace


def stages(workspace: Workspace, source: Source) -> list[Stage[Any, Any]]:
    """Return what takes `source` in: record its posts, then fetch all pictures that wait."""
    settings = workspace.settings.ingest
    return [
        RecordPosts(source, workspace.secret, require_age=settings.require_age),
        FetchMedia(workspace.store, settings),
    ]
