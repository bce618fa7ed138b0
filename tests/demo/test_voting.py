"""Simulated moderators vote in a real Label Studio, each with an account of their own."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image as Picture
from sqlalchemy import func, select

from curation.cli import running
from curation.database.models import Annotation, Claim, Face, Image, Media, Post, Source, Vote
from curation.database.upsert import insert_new
from curation.demo.files import TRUTH_COLUMNS, read_truth
from curation.demo.moderators import MODERATORS, answers, right_answers
from curation.demo.voting import tasks_with_truth, vote
from curation.errors import InputError, LabelStudioError
from curation.identity import content_id
from curation.moderation.campaign import Campaign
from curation.moderation.pull import PullStage
from curation.moderation.push import PushStage
from curation.moderation.server import Server
from curation.moderation.server_install import install, installation
from curation.workspace import Workspace

pytestmark = pytest.mark.label_studio

FACES = 6
SEED = 4


@pytest.fixture
def truth_file(tmp_path: Path) -> Path:
    """Posts p0 to p5: a girl of 7, then a statue, and so on in turn."""
    lines = [",".join(TRUTH_COLUMNS)]
    for number in range(FACES):
        shown = number % 2 == 0
        person = f"s{number},7,female,White" if shown else ",,,"
        lines.append(f"p{number},{person},US,7,{'yes' if shown else 'no'},,")
    path = tmp_path / "truth.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def asked(sqlite_workspace: Workspace) -> Iterator[Workspace]:
    """A workspace with its own Label Studio, in which six faces wait for votes."""
    _add_posts(sqlite_workspace)
    folder = sqlite_workspace.store.folder
    assert folder is not None
    place = installation()
    install(place)
    server = Server(sqlite_workspace.label_studio)
    try:
        server.up(place, folder)
        with Campaign(sqlite_workspace) as campaign:
            running.run_stage(PushStage(campaign), sqlite_workspace)
        yield sqlite_workspace
    finally:
        server.down()


def _add_posts(workspace: Workspace) -> None:
    rows: dict[type, list[dict[str, object]]] = {
        model: [] for model in (Source, Post, Image, Media, Face, Claim)
    }
    rows[Source].append({"id": "s", "kind": "test", "name": "test"})
    buffer = io.BytesIO()
    Picture.new("RGB", (64, 64), (90, 60, 30)).save(buffer, "JPEG")
    for number in range(FACES):
        image = hashlib.sha256(f"image {number}".encode()).hexdigest()
        face = content_id(image, 0)
        keys = {kind: workspace.store.key(kind, image, "jpg") for kind in ("images", "crops")}
        for key in keys.values():
            workspace.store.put(key, buffer.getvalue())
        rows[Post].append(
            {"id": content_id("post", number), "source_id": "s", "external_id": f"p{number}"}
            | {"hashtags": []}
        )
        rows[Image].append(
            {"id": image, "store_key": keys["images"], "format": "JPEG", "width": 64, "height": 64}
            | {"byte_count": 1, "face_count": 1, "phash": number, "group_id": image, "kept": True}
        )
        rows[Media].append(
            {"id": content_id("media", number), "post_id": content_id("post", number)}
            | {"position": 0, "url": "x", "state": "stored", "image_id": image}
        )
        rows[Face].append(
            {"id": face, "image_id": image, "position": 0, "x1": 0.0, "y1": 0.0, "x2": 9.0}
            | {"y2": 9.0, "landmarks": [0.0] * 10, "score": 1.0, "eye_distance": 60.0}
            | {"crop_key": keys["crops"]}
        )
        rows[Claim].append(
            {"face_id": face, "attribute": "age", "value": "7.0"}
            | {"origin": "hashtag", "confidence": 0.9}
        )
    with workspace.database.session() as session:
        for model, values in rows.items():
            insert_new(session, model, values)


def test_moderators_answer_every_task_once_and_a_second_run_adds_nothing(
    asked: Workspace, truth_file: Path
) -> None:
    first = vote(asked, truth_file, SEED)
    assert first.given == {moderator.name: FACES for moderator in MODERATORS}
    assert first.before == 0
    seen: list[tuple[int, int]] = []
    second = vote(asked, truth_file, SEED, lambda done, total: seen.append((done, total)))
    assert second.given == {moderator.name: 0 for moderator in MODERATORS}
    assert second.before == 3 * FACES
    assert seen[-1] == (3 * FACES, 3 * FACES)

    with Campaign(asked) as campaign:
        running.run_stage(PullStage(campaign), asked)
    with asked.database.session() as session:
        counted = session.execute(
            select(Annotation.moderator_id, func.count()).group_by(Annotation.moderator_id)
        ).all()
        pulled = session.execute(
            select(Annotation.task_id, Vote.attribute, Vote.value)
            .join(Vote, Vote.annotation_id == Annotation.id)
            .where(Annotation.state == "current")
        ).all()
    # Three different accounts, with one answer per face each.
    assert sorted(number for _, number in counted) == [FACES] * 3
    # What was pulled is what the moderators meant.
    meant = sorted(
        (task, attribute, value)
        for task, about in tasks_with_truth(asked.database, read_truth(truth_file)).items()
        for moderator in MODERATORS
        for attribute, value in answers(
            moderator, SEED, task, right_answers(about.truth, about.claimed_age)
        ).items()
    )
    assert sorted(tuple(row) for row in pulled) == meant


def test_moderators_vote_only_on_the_world_whose_truth_is_known(
    asked: Workspace, truth_file: Path
) -> None:
    truth_file.write_text(truth_file.read_text().replace("p3,", "q3,"))
    with pytest.raises(InputError, match="does not know the post p3"):
        vote(asked, truth_file, SEED)


def test_without_a_push_there_is_nothing_to_vote_on(
    sqlite_workspace: Workspace, truth_file: Path
) -> None:
    with pytest.raises(LabelStudioError, match="run `curate push` first"):
        vote(sqlite_workspace, truth_file, SEED)
