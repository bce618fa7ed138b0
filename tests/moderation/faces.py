"""Faces with a claimed age, as ingest, detect and dedup would have left them."""

from __future__ import annotations

import hashlib
import io

from PIL import Image as Picture

from curation.database.models import Claim, Face, Image
from curation.database.upsert import insert_new
from curation.identity import content_id
from curation.workspace import Workspace


def add_faces(
    workspace: Workspace, number: int, *, age: float = 7.0, first: int = 0, pictures: bool = False
) -> list[str]:
    """Write `number` faces, with pictures in the store on demand; return their ids."""
    images, faces, claims = [], [], []
    for index in range(first, first + number):
        image_id = hashlib.sha256(f"image {index}".encode()).hexdigest()
        face_id = content_id(image_id, 0)
        image_key = workspace.store.key("images", image_id, "jpg")
        crop_key = workspace.store.key("crops", face_id, "jpg")
        if pictures:
            workspace.store.put(image_key, _jpeg(index, 480))
            workspace.store.put(crop_key, _jpeg(index, 256))
        images.append(
            {"id": image_id, "store_key": image_key, "format": "JPEG", "width": 480}
            | {"height": 480, "byte_count": 1, "face_count": 1, "phash": index}
            | {"group_id": image_id, "kept": True}
        )
        faces.append(
            {"id": face_id, "image_id": image_id, "position": 0, "x1": 0.0, "y1": 0.0}
            | {"x2": 90.0, "y2": 90.0, "landmarks": [0.0] * 10, "score": 1.0}
            | {"eye_distance": 60.0, "crop_key": crop_key}
        )
        claims.append(
            {"face_id": face_id, "attribute": "age", "value": str(age)}
            | {"origin": "hashtag", "confidence": 0.9}
        )
    with workspace.database.session() as session:
        insert_new(session, Image, images)
        insert_new(session, Face, faces)
        insert_new(session, Claim, claims)
    return [str(face["id"]) for face in faces]


def _jpeg(index: int, side: int) -> bytes:
    buffer = io.BytesIO()
    Picture.new("RGB", (side, side), (index % 256, index // 256 % 256, 90)).save(buffer, "JPEG")
    return buffer.getvalue()
