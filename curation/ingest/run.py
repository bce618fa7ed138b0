"""The two stages of `curate ingest`, made from a workspace's settings."""

from __future__ import annotations

from typing import Any

from curation.ingest.fetch import FetchMedia
from curation.ingest.record import RecordPosts
from curation.privacy.tombstones import read_tombstones
from curation.sources import Source
from curation.stages import Stage
from curation.workspace import Workspace


def stages(workspace: Workspace, source: Source) -> list[Stage[Any, Any]]:
    """Return what takes `source` in: record its posts, then fetch all pictures that wait."""
    settings = workspace.settings.ingest
    tombstones = read_tombstones(workspace)
    return [
        RecordPosts(
            source, workspace.secret, require_age=settings.require_age, tombstones=tombstones
        ),
        FetchMedia(
            workspace.store,
            max_bytes=settings.max_bytes,
            max_pixels=settings.max_pixels,
            timeout=settings.timeout,
            refusal=tombstones.refusal if tombstones else None,
        ),
    ]
