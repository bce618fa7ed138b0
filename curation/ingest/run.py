"""The stages of `curate ingest`, made from a workspace's settings."""

from __future__ import annotations

from typing import Any

from curation.ingest.fetch import FetchMedia, Which
from curation.ingest.record import RecordPosts
from curation.privacy.tombstones import read_tombstones
from curation.sources import Source
from curation.sources.places import country_at
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
        fetch(workspace),
    ]


def fetch(workspace: Workspace, which: Which = "all") -> FetchMedia:
    """Return the stage that fetches pictures: all that wait, or only those to be tried again."""
    tombstones = read_tombstones(workspace)
    return FetchMedia(
        workspace.store,
        workspace.settings.ingest,
        which=which,
        refusal=tombstones.refusal if tombstones else None,
        country_of=country_at,
    )
