"""Photographs and their copies, put into a workspace as ingest and detect do."""

from __future__ import annotations

import hashlib
import io
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage
from sqlalchemy import select

from curation.database.models import (
    Base,
    Claim,
    DuplicatePair,
    Face,
    Image,
    Label,
    Media,
    Post,
    Rejection,
    Source,
)
from curation.database.upsert import insert_new
from curation.dedup.group_stage import GroupCopies
from curation.dedup.hash_stage import HashImages
from curation.demo.person import make_person
from curation.demo.scene import draw_portrait
from curation.identity import content_id
from curation.settings import DedupSettings
from curation.stages import run
from curation.store import Store
from curation.workspace import Workspace

Picture = NDArray[np.uint8]


@cache
def photograph(seed: int) -> Picture:
    """A portrait of 240 x 260 pixels; another seed, another person."""
    rng = np.random.default_rng(seed)
    return draw_portrait(make_person(rng, "male", "White"), 30.0, rng, (240, 260))


def jpeg(picture: Picture, quality: int = 92, orientation: int | None = None) -> bytes:
    """Encode; `orientation` is written into EXIF as it stands."""
    exif = PillowImage.Exif()
    if orientation:
        exif[0x0112] = orientation
    buffer = io.BytesIO()
    PillowImage.fromarray(picture).save(buffer, "JPEG", quality=quality, exif=exif)
    return buffer.getvalue()


def shrunk(picture: Picture, factor: float) -> Picture:
    """A smaller copy."""
    small = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def put(
    workspace: Workspace,
    content: bytes,
    *,
    post: str | None = None,
    face: bool = True,
    detected: bool = True,
    **stated: Any,
) -> str:
    """Store an image that came with one post, whose source states `stated`; return its id."""
    image_id = hashlib.sha256(content).hexdigest()
    key = Store.key("images", image_id, "jpg")
    workspace.store.put(key, content)
    width, height = PillowImage.open(io.BytesIO(content)).size
    post_id = content_id("post", post or image_id)
    image = {
        "id": image_id,
        "store_key": key,
        "format": "JPEG",
        "width": width,
        "height": height,
        "byte_count": len(content),
        "face_count": int(face) if detected else None,
        "kept": False,
    }
    media = {
        "id": content_id("media", post_id),
        "post_id": post_id,
        "position": 0,
        "url": key,
        "state": "stored",
        "attempts": 1,
        "image_id": image_id,
    }
    crop_key = Store.key("crops", face_id(image_id), "jpg")
    main_face = {
        "id": face_id(image_id),
        "image_id": image_id,
        "position": 0,
        "x1": 0.0,
        "y1": 0.0,
        "x2": 50.0,
        "y2": 60.0,
        "landmarks": [0.0] * 10,
        "score": 1.0,
        "eye_distance": 20.0,
        "crop_key": crop_key,
    }
    labels = [
        {
            "id": content_id("label", post_id, attribute),
            "post_id": post_id,
            "attribute": attribute,
            "value": str(value),
            "origin": "source",
            "confidence": 0.95,
        }
        for attribute, value in stated.items()
    ]
    with workspace.database.session() as session:
        insert_new(session, Source, [{"id": "s", "kind": "folder", "name": "s"}])
        insert_new(
            session,
            Post,
            [{"id": post_id, "source_id": "s", "external_id": post_id, "hashtags": []}],
        )
        insert_new(session, Image, [image])
        insert_new(session, Media, [media])
        insert_new(session, Label, labels)
        if face and detected:
            workspace.store.put(crop_key, jpeg(aligned(content)))
            insert_new(session, Face, [main_face])
    return image_id


def aligned(content: bytes) -> Picture:
    """What stands for the aligned crop: the middle of the picture."""
    picture = np.asarray(PillowImage.open(io.BytesIO(content)).convert("RGB"))
    height, width = picture.shape[:2]
    middle = picture[height // 5 : height * 4 // 5, width // 5 : width * 4 // 5]
    return np.asarray(cv2.resize(middle, (256, 256), interpolation=cv2.INTER_AREA), np.uint8)


def face_id(image_id: str) -> str:
    """The id of an image's main face."""
    return content_id("face", image_id, 0)


def dedup(
    workspace: Workspace, *, limit: int | None = None, workers: int = 1, **changed: Any
) -> None:
    """Run both stages of `curate dedup`."""
    settings = DedupSettings.model_validate(changed)
    run(HashImages(workspace.store), workspace.database)
    stage = GroupCopies(workspace.store, settings)
    run(stage, workspace.database, limit=limit, workers=workers)


def groups(workspace: Workspace) -> set[frozenset[str]]:
    """The groups of two or more images."""
    found: dict[str | None, set[str]] = {}
    with workspace.database.session() as session:
        for image_id, group in session.execute(select(Image.id, Image.group_id)):
            found.setdefault(group, set()).add(image_id)
    assert all(name == min(members) for name, members in found.items() if name)
    return {frozenset(members) for name, members in found.items() if name and len(members) > 1}


def kept(workspace: Workspace) -> set[str]:
    """The images that go on."""
    with workspace.database.session() as session:
        return set(session.scalars(select(Image.id).where(Image.kept.is_(True))))


def rejections(workspace: Workspace) -> dict[str, tuple[str, str]]:
    """Reason and detail of every image that dedup set aside."""
    with workspace.database.session() as session:
        rows = session.execute(
            select(Rejection.image_id, Rejection.reason, Rejection.detail).where(
                Rejection.stage == "dedup"
            )
        ).all()
    return {row.image_id: (row.reason, row.detail) for row in rows}


def claims(workspace: Workspace) -> dict[tuple[str, str], str]:
    """The value claimed, by face and attribute."""
    with workspace.database.session() as session:
        rows = session.execute(select(Claim.face_id, Claim.attribute, Claim.value)).all()
    return {(row.face_id, row.attribute): row.value for row in rows}


def everything(workspace: Workspace) -> list[tuple[Any, ...]]:
    """All rows that dedup writes, in order."""
    tables: tuple[type[Base], ...] = (Image, DuplicatePair, Claim, Rejection)
    with workspace.database.session() as session:
        return [
            tuple(row)
            for table in tables
            for row in session.execute(
                select(*table.__table__.columns).order_by(*table.__table__.primary_key)
            )
        ]
