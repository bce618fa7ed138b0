"""The candidates by one statement that joins all tables: an oracle for what reads them by scans."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, and_, case, or_, select
from sqlalchemy.orm import aliased

from curation.database.models import Claim, Face, Image, Verdict

COLUMNS = (
    *("sample_id", "image_id", "crop_key", "age", "age_probability", "age_origin", "gender"),
    *("gender_probability", "method", "votes", "country", "country_origin", "race"),
    "race_origin",
)


def joined_candidates() -> Select[*tuple[Any, ...]]:
    """Return the statement, with `COLUMNS`, in the order of faces."""
    gender, age, relevant = aliased(Verdict), aliased(Verdict), aliased(Verdict)
    guessed, seen = aliased(Verdict), aliased(Verdict)
    corrected, perceived = guessed.value == "corrected", seen.value != "unclear"
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
    ).join(Image, and_(Image.id == Face.image_id, Image.kept.is_(True)))
    for verdict, attribute in ((gender, "gender"), (age, "age_fits"), (relevant, "relevant")):
        statement = statement.join(
            verdict, and_(verdict.face_id == Face.id, verdict.attribute == attribute)
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
    ).order_by(Face.id)
