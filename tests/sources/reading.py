"""What the tests of sources share: running a source into a workspace, and its rows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from curation.database.models import Post, Rejection
from curation.ingest.record import RecordPosts
from curation.sources import Mark, Source
from curation.sources import Post as SourcePost
from curation.stages import Report, run
from curation.workspace import Workspace


def record(workspace: Workspace, source: Source, **options: Any) -> Report:
    """Record the posts of a source, whatever their hashtags say."""
    stage = RecordPosts(source, workspace.secret, require_age=False)
    return run(stage, workspace.database, **options)


def posts_only(source: Source) -> list[SourcePost]:
    """Return the posts of a source without its marks."""
    return [item for item in source.posts() if not isinstance(item, Mark)]


def stored_ids(workspace: Workspace) -> list[str]:
    """Return the external ids of all posts, sorted."""
    with workspace.database.session() as session:
        return sorted(session.scalars(select(Post.external_id)))


def reasons(workspace: Workspace) -> dict[str, str]:
    """Return external id -> reason of every post that was set aside."""
    with workspace.database.session() as session:
        found = select(Post.external_id, Rejection.reason).join(Rejection)
        return {row.external_id: row.reason for row in session.execute(found)}


class Waits:
    """Takes the place of waiting: remembers how long and why."""

    def __init__(self) -> None:
        self.waits: list[tuple[float, str]] = []

    def __call__(self, seconds: float, sentence: str) -> None:
        self.waits.append((seconds, sentence))

    @property
    def sentences(self) -> list[str]:
        """The reasons that were said."""
        return [sentence for _, sentence in self.waits if sentence]
