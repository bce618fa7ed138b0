"""Asking what is ready reads the few rows that wait, not the whole table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event

from curation.database.models import Image
from curation.database.session import Database
from curation.database.upsert import insert_new
from curation.dedup.hash_stage import HashImages
from curation.faces.detect import DetectFaces
from curation.ingest.fetch import FetchMedia
from curation.moderation.verdicts import VerdictStage
from curation.stages import Stage
from curation.workspace import Workspace

READY: dict[str, Callable[[Workspace], Stage[Any, Any]]] = {
    "ix_media_pending": lambda workspace: FetchMedia(workspace.store, workspace.settings.ingest),
    "ix_media_retry": lambda workspace: FetchMedia(
        workspace.store, workspace.settings.ingest, which="retry"
    ),
    "ix_image_to_detect": lambda workspace: DetectFaces(workspace.store, workspace.settings.detect),
    "ix_image_to_hash": lambda workspace: HashImages(workspace.store),
    "ix_task_stale": lambda workspace: VerdictStage("p", workspace.settings.moderation),
}


def plans_of(database: Database, action: Callable[[], object]) -> str:
    """Return what SQLite plans for the statements that `action` runs, with their parameters."""
    statements: list[tuple[str, Any]] = []

    def note(_c: Any, _u: Any, statement: str, parameters: Any, *_: Any) -> None:
        statements.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    action()
    event.remove(database.engine, "before_cursor_execute", note)
    with database.engine.connect() as connection:
        cursor = connection.connection.cursor()
        rows = [
            str(row[-1])
            for statement, parameters in statements
            for row in cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
        ]
        cursor.close()
    return "\n".join(rows)


@pytest.mark.parametrize("index", READY)
def test_the_ready_query_of_a_stage_uses_its_index(sqlite_workspace: Workspace, index: str) -> None:
    database = sqlite_workspace.database
    with database.session() as session:
        rows = [
            {"id": f"{n:064}", "store_key": "k", "format": "JPEG", "width": 1, "height": 1}
            | {"byte_count": 1, "face_count": 1, "phash": 1, "group_id": "g"}
            for n in range(200)
        ]
        insert_new(session, Image, rows)
    stage = READY[index](sqlite_workspace)
    plan = plans_of(database, lambda: (stage.count(database), list(stage.batches(database))))
    assert index in plan
