"""A small workspace of drawn people who posted, from real files to a released dataset."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from dedup.copies import Picture, jpeg, photograph
from sqlalchemy import select

from curation.database.models import Face, Image, Verdict
from curation.database.upsert import insert_new
from curation.dataset.build import Build, build_dataset
from curation.dedup.group_stage import GroupCopies
from curation.dedup.hash_stage import HashImages
from curation.faces.encode import encode_jpeg
from curation.identity import content_id
from curation.ingest.run import stages
from curation.pictures import decode
from curation.sources import open_source
from curation.stages import Report, run
from curation.store import Store
from curation.workspace import Workspace

GENDERS = ("female", "male")


@dataclass(frozen=True)
class Posted:
    """One post of one picture."""

    author: str
    number: int
    picture: bytes

    @property
    def external_id(self) -> str:
        return f"external-{self.author}-{self.number}"

    @property
    def url(self) -> str:
        return f"https://photos.example.org/{self.author}/post-{self.number}"

    @property
    def image_id(self) -> str:
        return hashlib.sha256(self.picture).hexdigest()

    @property
    def face_id(self) -> str:
        return content_id("face", self.image_id, 0)


def posts_of(author: str, *seeds: int) -> list[Posted]:
    """One post per portrait."""
    return [Posted(author, seed, jpeg(photograph(seed))) for seed in seeds]


def bordered(picture: Picture, width: int = 6) -> Picture:
    """A copy in a frame, so that its pHash differs."""
    framed = cv2.copyMakeBorder(picture, *(width,) * 4, cv2.BORDER_CONSTANT, value=(20, 20, 20))
    return np.asarray(framed, np.uint8)


def ingest(
    workspace: Workspace, folder: Path, posts: list[Posted], name: str = "posts"
) -> list[Report]:
    """Take posts in from a manifest file, which is not in the workspace, by the real stages."""
    folder.mkdir(exist_ok=True)
    with (folder / "posts.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["image", "author", "id", "url", "hashtags", "country", "gender"])
        for post in posts:
            picture = folder / f"{post.image_id[:12]}-{post.author}.jpg"
            picture.write_bytes(post.picture)
            age, gender = f"#turning{20 + post.number % 40}", GENDERS[post.number % 2]
            words = [picture.name, post.author, post.external_id, post.url, age, "NO", gender]
            writer.writerow(words)
    source = open_source("manifest", folder / "posts.csv", name=name)
    return [run(stage, workspace.database) for stage in stages(workspace, source)]


def find_faces(workspace: Workspace) -> None:
    """Give every image not looked at a face and a crop, as detect does."""
    with workspace.database.session() as session:
        waiting = select(Image.id, Image.store_key).where(Image.face_count.is_(None))
        rows = session.execute(waiting).all()
    faces = []
    for row in rows:
        pixels = decode(workspace.store.read(row.store_key))
        face = content_id("face", row.id, 0)
        key = Store.key("crops", face, "jpg")
        workspace.store.put(key, encode_jpeg(np.asarray(cv2.resize(pixels, (256, 256)), np.uint8)))
        faces.append(
            {"id": face, "image_id": row.id, "position": 0, "x1": 0.0, "y1": 0.0, "x2": 90.0}
            | {"y2": 90.0, "landmarks": [0.0] * 10, "score": 1.0, "eye_distance": 60.0}
            | {"crop_key": key}
        )
    with workspace.database.session() as session:
        insert_new(session, Face, faces)
        for image in session.scalars(select(Image).where(Image.face_count.is_(None))):
            image.face_count = 1


def find_copies(workspace: Workspace) -> None:
    """Run the stages of `curate dedup`."""
    settings = workspace.settings.dedup
    for stage in (HashImages(workspace.store), GroupCopies(workspace.store, settings)):
        run(stage, workspace.database)  # type: ignore[arg-type]


def confirm(workspace: Workspace, posts: list[Posted]) -> None:
    """Write the verdicts that moderators would come to."""
    rows: list[dict[str, Any]] = [
        {"face_id": post.face_id, "attribute": attribute, "value": value}
        | {"age": 20.0 + post.number % 40 if attribute == "age_fits" else None}
        | {"probability": 0.97, "votes": 3, "method": "majority"}
        for post in posts
        for attribute, value in (
            ("gender", GENDERS[post.number % 2]),
            ("age_fits", "yes"),
            ("relevant", "yes"),
        )
    ]
    with workspace.database.session() as session:
        insert_new(session, Verdict, rows)


def settle(workspace: Workspace, folder: Path, posts: list[Posted]) -> None:
    """Everything from ingest to verdicts."""
    ingest(workspace, folder, posts)
    find_faces(workspace)
    find_copies(workspace)
    with workspace.database.session() as session:
        kept = set(session.scalars(select(Image.id).where(Image.kept.is_(True))))
    confirm(workspace, [post for post in posts if post.image_id in kept])


def build(workspace: Workspace) -> Build:
    """Release the next version of the dataset "faces"."""
    return build_dataset(workspace, "faces", seed=1)


def slices(content: bytes) -> list[bytes]:
    """Pieces of a file by which its bytes are recognised wherever they lie."""
    start = io.BytesIO(content).getbuffer().nbytes // 2
    return [content[start : start + 48], content[-60:-12]]
