"""Writing the same rows twice changes nothing, and the counts say so on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select

from curation.database.models import Claim, Face, Image, Post, Source
from curation.database.upsert import insert_new, upsert
from curation.workspace import Workspace


def images(count: int) -> list[dict[str, object]]:
    return [
        {"id": f"{n:064}", "store_key": "k", "format": "JPEG", "width": 1, "height": 1}
        | {"byte_count": n}
        for n in range(count)
    ]


def test_new_rows_are_counted_and_known_rows_are_left_alone(workspace: Workspace) -> None:
    with workspace.database.session() as session:
        assert insert_new(session, Image, images(3)) == 3
        changed = [row | {"format": "PNG"} for row in images(5)]
        assert insert_new(session, Image, changed) == 2
        formats = session.scalars(select(Image.format).order_by(Image.id)).all()
        assert formats == ["JPEG", "JPEG", "JPEG", "PNG", "PNG"]
        assert insert_new(session, Image, []) == 0


def test_more_rows_than_one_statement_takes_are_all_written(workspace: Workspace) -> None:
    with workspace.database.session() as session:
        assert insert_new(session, Image, images(12_000)) == 12_000
        assert len(session.scalars(select(Image.id)).all()) == 12_000


def test_an_upsert_writes_only_what_differs(workspace: Workspace) -> None:
    with workspace.database.session() as session:
        insert_new(session, Image, images(1))
        face = {"id": "f", "image_id": f"{0:064}", "position": 0, "landmarks": [0.0] * 10}
        box = {"x1": 0.0, "y1": 0.0, "x2": 1.0, "y2": 1.0, "score": 1.0, "eye_distance": 1.0}
        insert_new(session, Face, [face | box])
        age = {"face_id": "f", "attribute": "age", "value": "7", "origin": "hashtag"}
        rows = [age | {"confidence": 0.9}]
        update = ["value", "origin", "confidence"]
        assert upsert(session, Claim, rows, update) == 1
        assert upsert(session, Claim, rows, update) == 0
        assert upsert(session, Claim, [rows[0] | {"value": "8"}], update) == 1
        assert session.scalars(select(Claim.value)).all() == ["8"]


def test_times_come_back_in_utc_and_times_without_a_zone_are_refused(workspace: Workspace) -> None:
    tokyo = datetime(2024, 5, 1, 9, tzinfo=timezone(timedelta(hours=9)))
    with workspace.database.session() as session:
        insert_new(session, Source, [{"id": "s", "kind": "test", "name": "test"}])
        post = {"id": "p", "source_id": "s", "external_id": "1", "hashtags": []}
        insert_new(session, Post, [post | {"published_at": tokyo}])
        stored = session.scalars(select(Post.published_at)).one()
        assert stored == tokyo
        assert stored is not None
        assert stored.tzinfo == UTC
    with (
        pytest.raises(Exception, match="without a time zone"),
        workspace.database.session() as session,
    ):
        insert_new(session, Post, [post | {"id": "q", "published_at": datetime(2024, 5, 1)}])
