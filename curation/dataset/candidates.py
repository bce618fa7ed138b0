"""Candidates: the faces whose gender, age and relevance the moderators have confirmed."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import and_, case, or_, select
from sqlalchemy.orm import Session, aliased

from curation.database.models import Claim, Face, Image, Media, Post, Verdict

COLUMNS = [
    "sample_id",
    "image_id",
    "crop_key",
    "group_id",
    "age",
    "age_probability",
    "gender",
    "gender_probability",
    "votes",
    "country",
    "race",
]


def read_candidates(session: Session) -> pd.DataFrame:
    """Return one row per candidate, sorted by `sample_id`.

    Columns: `sample_id`, `image_id`, `crop_key`, `group_id` (its copies), `age` (years; the claim,
    or what it was corrected to), `age_probability`, `gender`, `gender_probability`, `votes` (on
    gender), `country` and `race` (text or None), `licence` and `source_url` (of the first post
    that carried the photograph, by id).
    """
    gender, age, relevant = aliased(Verdict), aliased(Verdict), aliased(Verdict)
    guessed = aliased(Verdict)  # where the claim does not fit, but guesses of the age agree
    corrected = guessed.value == "corrected"
    country, race = aliased(Claim), aliased(Claim)
    statement = (
        select(
            Face.id,
            Face.image_id,
            Face.crop_key,
            Image.group_id,
            case((corrected, guessed.age), else_=age.age),
            case((corrected, guessed.probability), else_=age.probability),
            gender.value,
            gender.probability,
            gender.votes,
            country.value,
            race.value,
        )
        .join(Image, and_(Image.id == Face.image_id, Image.kept.is_(True)))
        .join(gender, and_(gender.face_id == Face.id, gender.attribute == "gender"))
        .join(age, and_(age.face_id == Face.id, age.attribute == "age_fits"))
        .outerjoin(guessed, and_(guessed.face_id == Face.id, guessed.attribute == "age"))
        .join(relevant, and_(relevant.face_id == Face.id, relevant.attribute == "relevant"))
        .outerjoin(country, and_(country.face_id == Face.id, country.attribute == "country"))
        .outerjoin(race, and_(race.face_id == Face.id, race.attribute == "race"))
        .where(
            gender.value.in_(["female", "male"]),
            or_(age.value == "yes", corrected),
            relevant.value == "yes",
            Face.crop_key.is_not(None),
        )
        .order_by(Face.id)
    )
    rows = session.execute(statement).all()
    frame = pd.DataFrame([tuple(row) for row in rows], columns=COLUMNS)
    first_posts = _first_posts(session)
    frame["licence"] = [first_posts[image][0] for image in frame["image_id"]]
    frame["source_url"] = [first_posts[image][1] for image in frame["image_id"]]
    return frame


def _first_posts(session: Session) -> dict[str, tuple[str | None, str | None]]:
    rows = session.execute(
        select(Media.image_id, Post.licence, Post.url)
        .join(Post, Post.id == Media.post_id)
        .join(Image, and_(Image.id == Media.image_id, Image.kept.is_(True)))
        .order_by(Post.id.desc())
    )
    # Later rows overwrite earlier ones, so the smallest post id stays.
    return {str(row[0]): (row[1], row[2]) for row in rows}
