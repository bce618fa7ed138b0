"""Photographs that the moderators have confirmed, written as rows and crops."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass

from PIL import Image as Picture

from curation.database.models import Claim, Face, Image, Media, Post, Source, Verdict
from curation.database.upsert import insert_new
from curation.identity import content_id
from curation.workspace import Workspace


@dataclass(frozen=True)
class Confirmed:
    """One photograph with one face, and what the moderators said of it."""

    number: int
    author: str | None = None
    gender: str | None = "female"
    age: float = 30.0
    age_fits: str | None = "yes"
    relevant: str | None = "yes"
    country: str | None = "US"
    group: int | None = None  # number of the photograph it is a copy of
    kept: bool = True

    @property
    def image_id(self) -> str:
        return hashlib.sha256(f"image {self.number}".encode()).hexdigest()

    @property
    def face_id(self) -> str:
        return content_id(self.image_id, 0)

    @property
    def crop(self) -> bytes:
        buffer = io.BytesIO()
        colour = (self.number % 256, self.number // 256, 40)
        Picture.new("RGB", (256, 256), colour).save(buffer, "JPEG", quality=95)
        return buffer.getvalue()


def add_confirmed(workspace: Workspace, faces: list[Confirmed]) -> None:
    """Write the rows that ingest, detect, dedup and pull would have written."""
    rows: dict[type, list[dict[str, object]]] = {
        model: [] for model in (Source, Post, Image, Media, Face, Verdict, Claim)
    }
    rows[Source].append({"id": "s", "kind": "test", "name": "test"})
    for face in faces:
        number = str(face.number)
        crop_key = workspace.store.key("crops", face.face_id, "jpg")
        workspace.store.put(crop_key, face.crop)
        group = face if face.group is None else Confirmed(face.group)
        post = {"source_id": "s", "external_id": number, "author": face.author, "hashtags": []}
        links = {"licence": "CC BY 4.0", "url": f"https://example.org/{number}"}
        image = {"store_key": number, "format": "JPEG", "width": 256, "height": 256}
        seen = {"byte_count": 1, "face_count": 1, "phash": face.number}
        copies = {"group_id": group.image_id, "kept": face.kept}
        media = {"position": 0, "url": number, "state": "stored", "image_id": face.image_id}
        box = {"x1": 0.0, "y1": 0.0, "x2": 9.0, "y2": 9.0, "landmarks": [0.0] * 10, "score": 1.0}
        rows[Post].append({"id": content_id("post", number), **post, **links})
        rows[Image].append({"id": face.image_id, **image, **seen, **copies})
        rows[Media].append(
            {"id": content_id("media", number), "post_id": content_id("post", number), **media}
        )
        rows[Face].append(
            {"id": face.face_id, "image_id": face.image_id, "position": 0, **box}
            | {"eye_distance": 60.0, "crop_key": crop_key}
        )
        votes = {"gender": face.gender, "age_fits": face.age_fits, "relevant": face.relevant}
        rows[Verdict] += [
            {"face_id": face.face_id, "attribute": attribute, "value": value}
            | {"age": face.age if attribute == "age_fits" else None}
            | {"probability": 0.97, "votes": 3, "method": "majority"}
            for attribute, value in votes.items()
        ]
        if face.country is not None:
            rows[Claim].append(
                {"face_id": face.face_id, "attribute": "country", "value": face.country}
                | {"origin": "source", "confidence": 1.0}
            )
    with workspace.database.session() as session:
        for model, values in rows.items():
            insert_new(session, model, values)
