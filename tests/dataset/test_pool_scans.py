"""The pool that scans of whole tables give is the one that a join of all tables gives."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from dataset.confirmed import Confirmed, add_confirmed
from dataset.joined_candidates import COLUMNS, joined_candidates
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Select, select, update

from curation.database.columns import Read, read_columns
from curation.database.models import Claim, Face, Media, Post, Verdict
from curation.database.upsert import insert_new
from curation.dataset.pool import open_pool
from curation.dataset.samples import drawn_samples
from curation.dataset.scattered import Scattered
from curation.dataset.words import Words
from curation.identity import content_id
from curation.workspace import Workspace

VALUES: dict[str, Sequence[str | None]] = {
    "age": ("accepted", "corrected", "corrected", "rejected", None),
    "age_fits": ("yes", "yes", "too_old", None),
    "gender": ("female", "male", "male", "unclear", None),
    "race": ("White", "Indian", "unclear", None),
    "relevant": ("yes", "yes", "yes", "no", None),
    "smile": ("yes", "no"),  # nothing that a dataset asks
}
CLAIMS = {"age": ("31", "7"), "country": ("NO", "SE"), "race": ("Black", "White"), "hat": ("a",)}


@pytest.fixture
def crowded(workspace: Workspace) -> Workspace:
    """Faces of which moderators and sources say all kinds of things, or nothing."""
    rng = random.Random(5)
    faces = [
        Confirmed(number, gender=None, age_fits=None, relevant=None, country=None)
        for number in range(300)
    ]
    twins = [
        Confirmed(number, country=None, group=number - 300, kept=False)
        for number in range(300, 340)
    ]
    add_confirmed(workspace, [*faces, *twins])
    verdicts: list[dict[str, Any]] = []
    claims: list[dict[str, Any]] = []
    for face in faces:
        for attribute, values in VALUES.items():
            if attribute in ("age_fits", "gender", "relevant") or rng.random() < 0.6:
                verdicts.append(
                    {"face_id": face.face_id, "attribute": attribute, "value": rng.choice(values)}
                    | {"age": rng.choice([None, rng.uniform(1, 90)]), "votes": rng.randrange(9)}
                    | {"probability": rng.random(), "method": rng.choice(["majority", "other"])}
                )
        claims += [
            {"face_id": face.face_id, "attribute": attribute, "value": rng.choice(values)}
            | {"origin": rng.choice(["hashtag", "source"]), "confidence": 1.0}
            for attribute, values in CLAIMS.items()
            if rng.random() < 0.7
        ]
    with workspace.database.session() as session:
        session.query(Verdict).delete()
        kept = [face for face in faces if rng.random() < 0.97]  # of others no verdict is there
        ids = {face.face_id for face in kept}
        insert_new(session, Verdict, [row for row in verdicts if row["face_id"] in ids])
        insert_new(session, Claim, claims)
        for face in rng.sample(faces, 20):
            session.execute(update(Face).where(Face.id == face.face_id).values(crop_key=None))
    return workspace


def test_scans_find_the_candidates_that_a_join_of_all_tables_finds(
    crowded: Workspace, tmp_path: Path
) -> None:
    with crowded.database.session() as session:
        rows = session.execute(joined_candidates()).all()
    wanted = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    with open_pool(crowded) as pool:
        assert len(pool) == len(wanted) > 50
        everybody = np.arange(len(pool))
        samples = drawn_samples(
            tmp_path,
            pool,
            everybody,
            np.zeros(len(pool), np.int8),
            np.ones(len(pool), np.float32),
            100,
        )
        found = pa.concat_tables(samples.tables()).select(COLUMNS).to_pylist()
    for row in wanted:
        for name in ("age", "age_probability", "gender_probability"):
            row[name] = None if row[name] is None else float(np.float32(row[name]))
    assert found == wanted


def test_a_face_whose_verdicts_come_in_two_batches_is_one_face(
    crowded: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_pool(crowded) as pool:
        whole = pool.frame
    for size in (1, 7):
        with monkeypatch.context() as patch:
            patch.setattr("curation.dataset.pool.reader", partial(_in_small_parts, size))
            with open_pool(crowded) as pool:
                assert pool.frame.equals(whole)


class _in_small_parts:  # noqa: N801  (stands for a function)
    def __init__(self, size: int, database: Any) -> None:
        self._size, self._session = size, database.session()

    def __enter__(self) -> Read:
        session = self._session.__enter__()

        def read(
            statement: Select[*tuple[Any, ...]], types: Sequence[pa.DataType]
        ) -> Iterator[list[pa.Array]]:
            return read_columns(session, statement, types, self._size)

        return read

    def __exit__(self, *problem: Any) -> None:
        self._session.__exit__(*problem)


def test_a_post_with_several_pictures_gives_its_address_to_each(
    workspace: Workspace, tmp_path: Path
) -> None:
    faces = [Confirmed(number) for number in range(6)]
    add_confirmed(workspace, faces)
    shared = content_id("post", "shared")
    with workspace.database.session() as session:
        insert_new(
            session,
            Post,
            [
                {"id": shared, "source_id": "s", "external_id": "shared", "url": "https://x.org/1"}
                | {"hashtags": []}
            ],
        )
        own = dict(session.execute(select(Post.url, Post.id)).all())
        insert_new(
            session,
            Media,
            [
                {"id": content_id("media", "shared", place), "post_id": shared, "position": place}
                | {"url": "u", "state": "stored", "image_id": face.image_id}
                for place, face in enumerate(faces[:4])
            ],
        )
    with open_pool(workspace) as pool:
        samples = drawn_samples(
            tmp_path, pool, np.arange(6), np.zeros(6, np.int8), np.ones(6, np.float32), 100
        )
        found = {
            row["sample_id"]: (row["post_id"], row["source_url"])
            for table in samples.tables()
            for row in table.to_pylist()
        }
    url_of = {post: url for url, post in own.items()}
    for number, face in enumerate(faces):
        candidates = [own[f"https://example.org/{number}"], *([shared] if number < 4 else [])]
        assert found[face.face_id] == (min(candidates), url_of[min(candidates)])


@settings(deadline=None)
@given(st.permutations(range(40)), st.integers(0, 40), st.integers(1, 9), st.integers(1, 50))
def test_scattered_rows_come_back_in_the_order_of_their_places(
    places: list[int], count: int, width: int, at_once: int
) -> None:
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr("curation.dataset.scattered.PLACES", width)
        patch.setattr("curation.dataset.scattered.ROWS_AT_ONCE", at_once)
        rows = Scattered(Path(folder) / "rows", pa.schema([("text", pa.string())]), 40)
        with rows.writer() as writer:
            for start in range(0, count, 3):
                part = np.array(places[start : min(start + 3, count)])
                writer.add(part, [pa.array([f"row {place}" for place in part])])
        found = [
            (place, text)
            for at, batch in rows.shelves()
            for place, text in zip(at.tolist(), batch["text"].to_pylist(), strict=True)
        ]
    assert found == [(place, f"row {place}") for place in sorted(places[:count])]


def test_words_can_be_written_over_and_left_out() -> None:
    words = Words()
    words.add(pa.array(["b", None, "a"]))
    words.add(pa.array([None, "b"], pa.string()))
    words.put(np.array([1, 4]), pa.array(["c", None], pa.string()))
    assert words.at(np.array([0, 1, 2, 3, 4, -1])).to_pylist() == ["b", "c", "a", None, None, None]
    words.keep(np.array([True, True, False, True, True]))
    assert words.words() == ["a", "b", "c"]
    assert words.codes().tolist() == [1, 2, -1, -1]
