"""Ingests and erasures in any order: what was erased is never here, everything else always is."""

from __future__ import annotations

import random
from pathlib import Path

from dedup.copies import jpeg, photograph, shrunk
from privacy.people import Posted, find_copies, find_faces, ingest
from sqlalchemy import select

from curation.database.models import Face, Image, Media, Post
from curation.privacy.erasure import erase, erased_before, nothing_else_running
from curation.privacy.targets import find_targets
from curation.privacy.wishes import Reader
from curation.workspace import Workspace

SEEDS = (1, 2, 3)
STEPS = 10
PEOPLE = 4
PORTRAITS = 6


def variant(seed: int, kind: int) -> bytes:
    """One of three files of one photograph."""
    portrait = photograph(seed)
    return (jpeg(portrait), jpeg(portrait, 60), jpeg(shrunk(portrait, 0.7)))[kind]


def test_in_any_order_the_erased_is_gone_and_the_rest_is_here(
    sqlite_workspace: Workspace, tmp_path: Path
) -> None:
    for seed in SEEDS:
        _play(sqlite_workspace, tmp_path / str(seed), random.Random(seed), f"round-{seed}")


def _play(workspace: Workspace, folder: Path, draw: random.Random, name: str) -> None:
    """Keep a model of the world beside the workspace, and compare after every step.

    Each round has portraits and authors of its own, since tombstones stay.
    """
    first = 100 * int(name[-1])
    came: dict[str, tuple[str, int]] = {}  # external id -> author, portrait
    gone_authors: set[str] = set()
    gone_portraits: set[int] = set()
    for step in range(STEPS):
        author = f"{name}-author-{draw.randrange(PEOPLE)}"
        portrait = first + draw.randrange(PORTRAITS)
        if draw.random() < 0.6:
            posted = Posted(author, 1000 * step + portrait, variant(portrait, draw.randrange(3)))
            ingest(workspace, folder, [posted], name=name)
            if author not in gone_authors and portrait not in gone_portraits:
                came[posted.external_id] = (author, portrait)
            if draw.random() < 0.5:
                find_faces(workspace)
                find_copies(workspace)
        else:
            reader = Reader(workspace)
            if draw.random() < 0.5:
                reader.author(f"manifest:{author}")
                gone_authors.add(author)
                gone_portraits |= {of for who, of in came.values() if who == author}
            else:
                (folder / "held.jpg").parent.mkdir(exist_ok=True)
                (folder / "held.jpg").write_bytes(jpeg(photograph(portrait), 90))
                reader.image(str(folder / "held.jpg"))
                gone_portraits.add(portrait)
            came = {
                post: (who, of)
                for post, (who, of) in came.items()
                if who not in gone_authors and of not in gone_portraits
            }
            with nothing_else_running(workspace):
                told = erase(workspace, reader.wishes, find_targets(workspace, reader.wishes))
            assert told.problems == []
            with workspace.database.session() as session:
                left = find_targets(workspace, reader.wishes)
                assert erased_before(session, workspace.secret, reader.wishes, left)
        _compare(workspace, came, name)


def _compare(workspace: Workspace, came: dict[str, tuple[str, int]], name: str) -> None:
    with workspace.database.session() as session:
        rows = session.execute(
            select(Post.external_id)
            .join(Media, Media.post_id == Post.id)
            .join(Image, Image.id == Media.image_id)
        ).all()
        faces = session.scalars(select(Face.image_id)).all()
        images = set(session.scalars(select(Image.id)))
    assert {row[0] for row in rows if name in row[0]} == set(came)
    assert set(faces) <= images
