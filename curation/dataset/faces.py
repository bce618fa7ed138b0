"""What was measured of the candidates' faces, and where their crops and photographs are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlalchemy import Select, case, select

from curation.database.columns import Read
from curation.database.keys import Lookup
from curation.database.models import Face
from curation.dataset.candidates import Candidates
from curation.dataset.relations import Images
from curation.dataset.scattered import Scattered

TEXT, NUMBER = pa.string(), pa.float32()
PLACES = {"image_id": TEXT, "crop_key": TEXT}
MEASURES = {
    "quality": NUMBER,
    "sharpness": NUMBER,
    "exposure": NUMBER,
    "size": NUMBER,
    "eye_distance": NUMBER,
    "yaw": NUMBER,
    "pitch": NUMBER,
    "roll": NUMBER,
    "truncation": NUMBER,
    "score": NUMBER,
}
FACES = pa.schema(list((PLACES | MEASURES).items()))


def measures() -> list[Any]:
    """Return the expressions of what was measured of a face, in the order of `MEASURES`."""
    width, height = Face.x2 - Face.x1, Face.y2 - Face.y1
    size = case((width > height, width), else_=height)
    # SQLite keeps no sign of a zero. PostgreSQL does, and adding zero takes it away.
    yaw, pitch, roll = (angle + 0.0 for angle in (Face.yaw, Face.pitch, Face.roll))
    return [
        Face.quality,
        Face.sharpness,
        Face.exposure,
        size,
        Face.eye_distance,
        yaw,
        pitch,
        roll,
        Face.truncation,
        Face.score,
    ]


def cropped_faces() -> Select[*tuple[Any, ...]]:
    """Return the statement that reads all faces that have a crop, in no order."""
    return select(Face.id, Face.image_id, Face.crop_key, *measures()).where(
        Face.crop_key.is_not(None)
    )


def read_faces(
    read: Read, candidates: Candidates, lookup: Lookup, images: Images, folder: Path
) -> tuple[Scattered, NDArray[np.int32]]:
    """Read the faces of the candidates, which `lookup` finds, into files below `folder`.

    The candidates get one number more, their quality.

    Returns:
        The files, with columns as `FACES`, in the rows of the candidates; and the row of each one's
        image among `images`, (N,) int32, -1 for a candidate that cannot go on, since its image is a
        copy or it has no crop.
    """
    faces = Scattered(folder / "faces", FACES, len(candidates))
    image_of = np.full(len(candidates), -1, np.int32)
    quality = np.full(len(candidates), np.nan, np.float32)
    with faces.writer() as writer:
        for ids, image_ids, *others in read(cropped_faces(), [TEXT, *FACES.types]):
            rows = lookup.find(ids)
            image = images.lookup.find(image_ids)
            goes_on = (rows >= 0) & (image >= 0) & images.kept[image]
            mask = pa.array(goes_on)
            rows = rows[goes_on]
            columns = [column.filter(mask) for column in (image_ids, *others)]
            writer.add(rows, columns)
            image_of[rows] = image[goes_on]
            quality[rows] = columns[FACES.get_field_index("quality")].to_numpy(zero_copy_only=False)
    candidates.numbers["quality"] = quality
    return faces, image_of
