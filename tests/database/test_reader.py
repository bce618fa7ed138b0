"""A process of its own reads whole tables: all values as they are, all of one moment."""

from __future__ import annotations

import multiprocessing
import time
from pathlib import Path

import pyarrow as pa
import pytest
from sqlalchemy import delete, func, select, text

from curation.database.bulk import insert_tables
from curation.database.models import Face, Image, Post, Source
from curation.database.reader import reader
from curation.database.reader_process import ROWS_AT_ONCE
from curation.database.session import Database
from curation.database.upsert import insert_new
from curation.errors import DatabaseError
from curation.workspace import Workspace

AWKWARD = ["", "a,b", 'say "no"', "two\nlines", "\\N", "Zoë 🙂", None, "'; --", "%s %(x)s", ":a"]


def _posts(licences: list[str | None], first: int = 0) -> pa.Table:
    names = [f"{number:06}" for number in range(first, first + len(licences))]
    rows = {"id": names, "external_id": names, "source_id": ["s"] * len(names)}
    return pa.table(
        rows
        | {"licence": pa.array(licences, pa.string()), "hashtags": "[]" and ["[]"] * len(names)}
    )


def _add(workspace: Workspace, licences: list[str | None], first: int = 0) -> None:
    with workspace.database.session() as session:
        insert_new(session, Source, [{"id": "s", "kind": "test", "name": "test"}])
        insert_tables(session, Post, [_posts(licences, first)])


def test_texts_come_back_as_they_were_whatever_stands_in_them(workspace: Workspace) -> None:
    _add(workspace, AWKWARD)
    with reader(workspace.database) as read:
        (ids, licences), *more = read(
            select(Post.id, Post.licence).order_by(Post.id), (pa.string(), pa.string())
        )
        assert not more
        assert licences.to_pylist() == AWKWARD
        for wanted in filter(None, AWKWARD):
            ((found,),) = read(select(Post.id).where(Post.licence == wanted), (pa.string(),))
            assert found.to_pylist() == [ids[AWKWARD.index(wanted)].as_py()]


def test_a_column_that_is_empty_at_first_has_its_type_later_on(workspace: Workspace) -> None:
    licences = [None] * (2 * ROWS_AT_ONCE) + ["CC0 1.0", "7"]
    _add(workspace, licences)
    columns = (Post.id, Post.licence, func.nullif(func.length(Post.id), 6) + 0.5)
    with reader(workspace.database) as read:
        batches = list(
            read(
                select(*columns).order_by(Post.id),
                (pa.string(), pa.string(), pa.float32()),
            )
        )
    assert [one for batch in batches for one in batch[1].to_pylist()] == licences
    ids = [one for batch in batches for one in batch[0].to_pylist()]
    assert ids == sorted(ids)
    assert {column.type for batch in batches for column in batch} == {pa.string(), pa.float32()}
    assert all(batch[2].null_count == len(batch[2]) for batch in batches)


def test_numbers_come_in_the_types_that_were_asked_for(workspace: Workspace) -> None:
    image = {"store_key": "k", "format": "JPEG", "width": 8, "height": 9, "byte_count": 2**40}
    box = {"x1": 0.1, "y1": 0.0, "x2": 3.0, "y2": -0.0, "landmarks": [], "score": 1e-9}
    with workspace.database.session() as session:
        insert_new(session, Image, [{"id": "i", **image}])
        insert_new(
            session,
            Face,
            [{"id": "f", "image_id": "i", "position": 0, **box} | {"eye_distance": 7.0}],
        )
    columns = (Image.width, Image.byte_count, Face.x1, Face.score, Face.yaw)
    types = (pa.int8(), pa.int64(), pa.float64(), pa.float32(), pa.float32())
    with reader(workspace.database) as read:
        (found,) = read(select(*columns).join(Face, Face.image_id == Image.id), types)
        assert list(read(select(*columns).where(Image.id == "x"), types)) == []
    assert [column.type for column in found] == list(types)
    exact = pa.scalar(1e-9, pa.float32()).as_py()
    assert [column[0].as_py() for column in found] == [8, 2**40, 0.1, exact, None]


def test_all_that_is_read_is_of_the_moment_when_reading_began(workspace: Workspace) -> None:
    _add(workspace, ["a", "b"])
    with reader(workspace.database) as read:
        statement = select(Post.licence).order_by(Post.id)
        ((before,),) = read(statement, (pa.string(),))
        _add(workspace, ["c"], first=2)
        with workspace.database.session() as session:
            session.execute(delete(Post).where(Post.licence == "a"))
        ((after,),) = read(statement, (pa.string(),))
    assert before.to_pylist() == after.to_pylist() == ["a", "b"]
    with reader(workspace.database) as read:
        ((now,),) = read(statement, (pa.string(),))
    assert now.to_pylist() == ["b", "c"]


def test_a_table_that_is_missing_is_said_in_one_sentence(workspace: Workspace) -> None:
    with workspace.database.session() as session:
        session.execute(text("DROP TABLE tombstone"))
    with (
        pytest.raises(DatabaseError, match=r"lacks tables .*tombstone.* run `curate db upgrade`"),
        reader(workspace.database) as read,
    ):
        list(read(select(text("id")).select_from(text("tombstone")), (pa.string(),)))


def test_a_reader_that_dies_is_said_in_one_sentence(workspace: Workspace) -> None:
    _add(workspace, ["a"])
    with (
        pytest.raises(DatabaseError, match=r"the process that reads .* died"),
        reader(workspace.database) as read,
    ):
        for process in multiprocessing.active_children():
            process.kill()
            process.join()
        list(read(select(Post.id), (pa.string(),)))


def test_no_reader_is_left_behind_whatever_happens(workspace: Workspace) -> None:
    _add(workspace, ["a"] * (3 * ROWS_AT_ONCE))
    with pytest.raises(ZeroDivisionError), reader(workspace.database) as read:
        next(read(select(Post.id), (pa.string(),)))
        raise ZeroDivisionError
    assert multiprocessing.active_children() == []


def test_a_database_that_cannot_be_reached_is_said_in_one_sentence(tmp_path: Path) -> None:
    for url, problem in (
        (f"sqlite:///{tmp_path}/none/evenface.db", "its folder does not exist"),
        ("postgresql://nobody@127.0.0.1:9/none", "cannot be reached"),
    ):
        database = Database(url)
        with pytest.raises(DatabaseError, match=problem), reader(database) as read:
            time.sleep(2)  # the other process has given up by then
            list(read(select(Post.id), (pa.string(),)))
