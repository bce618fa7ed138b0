"""Pictures with faces that MTCNN finds, and images in a store."""

from __future__ import annotations

import hashlib
import io
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

from curation.database.models import Image
from curation.database.upsert import insert_new
from curation.demo.person import make_person
from curation.demo.scene import draw_group, draw_portrait
from curation.demo.things import draw_landscape
from curation.store import Store
from curation.workspace import Workspace

Picture = NDArray[np.uint8]


@cache
def portrait(seed: int, side: int = 320) -> Picture:
    """One adult's face somewhere in the middle."""
    rng = np.random.default_rng(seed)
    person = make_person(rng, "female" if seed % 2 else "male", "White")
    drawn = draw_portrait(person, 30.0, rng)
    return np.asarray(cv2.resize(drawn, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


@cache
def group(people: int) -> Picture:
    """Several adults side by side."""
    rng = np.random.default_rng(0)
    return draw_group([(make_person(rng, "male", "White"), 35.0) for _ in range(people)], rng)


@cache
def landscape() -> Picture:
    """A picture without anybody."""
    return draw_landscape(np.random.default_rng(1), (320, 240))


def jpeg(picture: Picture, orientation: int | None = None) -> bytes:
    """Encode; `orientation` is written into EXIF as it stands."""
    exif = PillowImage.Exif()
    if orientation:
        exif[0x0112] = orientation
    buffer = io.BytesIO()
    PillowImage.fromarray(picture).save(buffer, "JPEG", quality=92, exif=exif)
    return buffer.getvalue()


def store_image(workspace: Workspace, content: bytes, size: tuple[int, int] = (320, 320)) -> str:
    """Put an image into store and database as ingest does; return its id."""
    image_id = hashlib.sha256(content).hexdigest()
    key = Store.key("images", image_id, "jpg")
    workspace.store.put(key, content)
    row = {
        "id": image_id,
        "store_key": key,
        "format": "JPEG",
        "width": size[0],
        "height": size[1],
        "byte_count": len(content),
        "kept": False,
    }
    with workspace.database.session() as session:
        insert_new(session, Image, [row])
    return image_id
