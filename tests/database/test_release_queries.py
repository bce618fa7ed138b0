"""What a build asks of whole tables goes along their indexes, on both databases."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Select, select, text

from curation.database.bulk import insert_tables
from curation.database.columns import read_columns
from curation.database.keys import Lookup, keys_of
from curation.database.models import Post, Source
from curation.database.upsert import insert_new
from curation.dataset.candidates import claims
from curation.dataset.confirmed import verdicts
from curation.dataset.diff import only_in, relabelled
from curation.dataset.faces import cropped_faces
from curation.dataset.history import released_samples
from curation.dataset.posted import pictures, posts
from curation.dataset.rebuild import recorded_samples
from curation.dataset.relations import compared_images
from curation.workspace import Workspace

# Statement -> what SQLite does with its tables, and the indexes that PostgreSQL has for it.
HOT: dict[str, tuple[Callable[[], Select[*tuple[Any, ...]]], list[str], list[str]]] = {
    "verdicts": (verdicts, ["SCAN verdict"], ["pk_verdict"]),
    "claims": (claims, ["SCAN claim"], ["pk_claim"]),
    "faces": (cropped_faces, ["SCAN face"], []),
    "posts": (posts, ["SCAN post"], []),
    "pictures": (pictures, ["SCAN media"], []),
    "images": (
        compared_images,
        ["SEARCH image USING COVERING INDEX ix_image_photograph (group_id>?)"],
        ["ix_image_photograph"],
    ),
    "released": (
        lambda: released_samples("d"),
        ["SEARCH sample USING PRIMARY KEY (dataset_id=?)"],
        ["pk_sample"],
    ),
    "rebuild": (
        lambda: recorded_samples("d"),
        [
            "SEARCH sample USING PRIMARY KEY (dataset_id=?)",
            "SEARCH face USING INDEX sqlite_autoindex_face_1 (id=?)",
            "SEARCH post USING INDEX sqlite_autoindex_post_1 (id=?) LEFT-JOIN",
        ],
        ["pk_sample", "pk_face", "pk_post"],
    ),
    "who came": (
        lambda: only_in("d", "e"),
        [
            "SEARCH sample USING PRIMARY KEY (dataset_id=?)",
            "SEARCH sample USING COVERING INDEX ix_sample_face_id (face_id=? AND dataset_id=?)",
        ],
        ["pk_sample"],
    ),
    "what changed": (
        lambda: relabelled("d", "e"),
        [
            "SEARCH sample USING PRIMARY KEY (dataset_id=?)",
            "SEARCH sample USING PRIMARY KEY (dataset_id=? AND face_id=?)",
        ],
        ["pk_sample"],
    ),
}


def test_every_hot_query_goes_along_an_index(workspace: Workspace) -> None:
    for name, (statement, of_sqlite, of_postgresql) in HOT.items():
        with workspace.database.session() as session:
            connection = session.connection()
            sql = statement().compile(connection, compile_kwargs={"literal_binds": True})
            if workspace.database.is_sqlite:
                rows = session.execute(text(f"EXPLAIN QUERY PLAN {sql}"))
                plan = "\n".join(_without_numbers(str(row[-1])) for row in rows)
                for line in of_sqlite:
                    assert plan.count(line) >= of_sqlite.count(line), f"{name}: {plan}"
                assert "TEMP B-TREE" not in plan, f"{name}: {plan}"
                continue
            # Of a few rows, or of nearly all, PostgreSQL rightly reads tables whole.
            for other in ("seqscan", "hashjoin", "sort", "bitmapscan", "material"):
                session.execute(text(f"SET LOCAL enable_{other} = off"))
            plan = "\n".join(str(row[0]) for row in session.execute(text(f"EXPLAIN {sql}")))
            for index in of_postgresql:
                assert f"using {index} on" in plan, f"{name}: {plan}"


def _without_numbers(line: str) -> str:
    """Return a line of the plan with tables for their numbered names."""
    for table in ("verdict", "claim", "sample"):
        line = re.sub(rf"\b{table}_\d+\b", table, line)
    return line


AWKWARD = ["", "a,b", 'say "no"', "two\nlines", "\\N", "Zoë 🙂", None, "'; --", "%s %(x)s"]


def test_columns_come_back_as_they_were_whatever_stands_in_them(workspace: Workspace) -> None:
    with workspace.database.session() as session:
        insert_new(session, Source, [{"id": "s", "kind": "test", "name": "test"}])
        names = [f"{number:04}" for number in range(len(AWKWARD))]
        rows = {"id": names, "external_id": names, "source_id": ["s"] * len(names)}
        table = pa.table(rows | {"licence": AWKWARD, "hashtags": ["[]"] * len(names)})
        assert insert_tables(session, Post, [table.slice(0, 4), table.slice(4)]) == len(names)
        statement = select(Post.id, Post.licence).order_by(Post.id)
        for size in (2, 100):
            parts = list(read_columns(session, statement, (pa.string(), pa.string()), size))
            assert len(parts) == -(-len(names) // size)
            assert [one for part in parts for one in part[0].to_pylist()] == names
            assert [one for part in parts for one in part[1].to_pylist()] == AWKWARD


@settings(deadline=None)
@given(st.lists(st.text(max_size=70), unique=True, max_size=40), st.lists(st.text(max_size=9)))
def test_ids_are_found_by_their_keys_as_by_themselves(ids: list[str], others: list[str]) -> None:
    # A NUL at the end is what a shorter id is filled up with; no id has one.
    ids = list(dict.fromkeys(one.replace("\0", "") for one in ids if one.strip("\0")))
    wanted = [*others, *reversed(ids)]
    wanted = [one.replace("\0", "") for one in wanted]
    lookup = Lookup.of(*keys_of(pa.array(ids, pa.string())))
    place = {one: number for number, one in enumerate(ids)}
    found = lookup.find(pa.array(wanted, pa.string()))
    assert found.tolist() == [place.get(one, -1) for one in wanted]


def test_keys_that_share_their_first_word_are_told_apart_by_their_second() -> None:
    ones = np.array([7, 7, 9, 7], np.uint64)
    others = np.array([1, 2, 1, 3], np.uint64)
    lookup = Lookup.of(ones, others)
    assert lookup.find_keys(ones, others).tolist() == [0, 1, 2, 3]
    missing = lookup.find_keys(np.array([7, 8], np.uint64), np.array([4, 1], np.uint64))
    assert missing.tolist() == [-1, -1]


@pytest.mark.parametrize("count", [0, 1])
def test_a_lookup_among_nothing_or_one_finds_what_is_there(count: int) -> None:
    lookup = Lookup.of(*keys_of(pa.array(["a"][:count], pa.string())))
    assert lookup.find(pa.array(["a", None], pa.string())).tolist() == [count - 1, -1]
