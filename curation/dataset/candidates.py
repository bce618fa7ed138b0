"""Candidates: the faces whose gender, age and relevance the moderators have confirmed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pyarrow as pa
from sqlalchemy import Select, and_, case, or_, select
from sqlalchemy.orm import Session, aliased

from curation.database.columns import read_columns
from curation.database.models import Claim, Face, Image, Verdict
from curation.database.unindexed import unindexed

TEXT, NUMBER, COUNT = pa.string(), pa.float32(), pa.int32()

# Everything that a build reads of a face and of what was said of it.
COLUMNS = {
    "sample_id": TEXT,
    "image_id": TEXT,
    "crop_key": TEXT,
    "age": NUMBER,
    "age_probability": NUMBER,
    "age_origin": TEXT,
    "gender": TEXT,
    "gender_probability": NUMBER,
    "method": TEXT,
    "votes": COUNT,
    "country": TEXT,
    "country_origin": TEXT,
    "race": TEXT,
    "race_origin": TEXT,
}
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


def measures() -> list[Any]:
    """Return the expressions of what was measured of a face, in the order of `MEASURES`."""
    width, height = Face.x2 - Face.x1, Face.y2 - Face.y1
    size = case((width > height, width), else_=height)
    return [
        Face.quality,
        Face.sharpness,
        Face.exposure,
        size,
        Face.eye_distance,
        Face.yaw,
        Face.pitch,
        Face.roll,
        Face.truncation,
        Face.score,
    ]


def confirmed(*, everything: bool = True) -> Select[*tuple[Any, ...]]:
    """Return the statement that reads the confirmed faces in the order of their ids.

    Its columns are `COLUMNS`, and `MEASURES` where `everything` is wanted. Whether the image of a
    face is the kept one of its copies is not asked here.
    """
    gender, age, relevant = aliased(Verdict), aliased(Verdict), aliased(Verdict)
    guessed = aliased(Verdict)  # where the claim does not fit, but guesses of the age agree
    corrected = guessed.value == "corrected"
    seen = aliased(Verdict)  # the race that moderators perceived, which goes before a claim
    perceived = seen.value != "unclear"
    country, race, claimed = aliased(Claim), aliased(Claim), aliased(Claim)
    statement = select(
        Face.id,
        Face.image_id,
        Face.crop_key,
        case((corrected, guessed.age), else_=age.age),
        case((corrected, guessed.probability), else_=age.probability),
        case((corrected, "moderator"), else_=claimed.origin),
        gender.value,
        gender.probability,
        gender.method,
        gender.votes,
        country.value,
        country.origin,
        case((perceived, seen.value), else_=race.value),
        case((perceived, "moderator"), else_=race.origin),
        *(measures() if everything else ()),
    )
    for verdict, attribute in ((gender, "gender"), (age, "age_fits"), (relevant, "relevant")):
        # By their outcome, most verdicts would be looked up, and sorted.
        statement = statement.join(
            verdict, and_(verdict.face_id == Face.id, unindexed(verdict.attribute) == attribute)
        )
    for verdict, attribute in ((guessed, "age"), (seen, "race")):
        statement = statement.outerjoin(
            verdict, and_(verdict.face_id == Face.id, verdict.attribute == attribute)
        )
    for claim, attribute in ((claimed, "age"), (country, "country"), (race, "race")):
        statement = statement.outerjoin(
            claim, and_(claim.face_id == Face.id, claim.attribute == attribute)
        )
    return statement.where(
        gender.value.in_(["female", "male"]),
        or_(age.value == "yes", corrected),
        relevant.value == "yes",
        Face.crop_key.is_not(None),
    ).order_by(gender.face_id)  # in which verdicts and claims lie side by side


def stream(session: Session) -> Iterator[dict[str, pa.Array]]:
    """Yield the confirmed faces in the order of their ids, a batch of columns at a time."""
    columns = COLUMNS | MEASURES
    for batch in read_columns(session, confirmed(), list(columns.values())):
        yield dict(zip(columns, batch, strict=True))


def read_candidates(session: Session) -> pd.DataFrame:
    """Return one row per candidate, sorted by `sample_id`, with the columns of `COLUMNS`."""
    statement = confirmed(everything=False).join(
        Image, and_(Image.id == Face.image_id, Image.kept.is_(True))
    )
    batches = [
        pa.record_batch(batch, names=list(COLUMNS))
        for batch in read_columns(session, statement, list(COLUMNS.values()))
    ]
    schema = pa.schema(list(COLUMNS.items()))
    frame: pd.DataFrame = pa.Table.from_batches(
        [batch.cast(schema) for batch in batches], schema
    ).to_pandas()
    return frame
