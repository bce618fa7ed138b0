"""Whose gender, age and relevance the moderators have confirmed: from a scan of all verdicts.

The verdicts are read once, in the order of their key, in which those on one face lie side by side.
Looking each of them up takes several times as long.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy import Select, select

from curation.database.columns import Read
from curation.database.models import Verdict
from curation.database.unindexed import unindexed

# The verdict on `age` is that on guesses of the age, `race` is what moderators perceive.
ATTRIBUTES = ("age", "age_fits", "gender", "race", "relevant")
GENDERS = ("female", "male")
MODERATOR = "moderator"  # the origin of what moderators said themselves

TEXT, NUMBER, COUNT = pa.string(), pa.float32(), pa.int32()
VERDICT = {
    "face_id": TEXT,
    "attribute": TEXT,
    "value": TEXT,
    "age": NUMBER,
    "probability": NUMBER,
    "votes": COUNT,
    "method": TEXT,
}
# Of each confirmed face; of `age_origin` and `race` only what moderators said instead of a claim.
CONFIRMED = {
    "sample_id": TEXT,
    "age": NUMBER,
    "age_probability": NUMBER,
    "age_origin": TEXT,
    "gender": TEXT,
    "gender_probability": NUMBER,
    "method": TEXT,
    "votes": COUNT,
    "race": TEXT,
}


def verdicts() -> Select[*tuple[Any, ...]]:
    """Return the statement that reads all verdicts that matter, face by face."""
    return (
        select(*(getattr(Verdict, name) for name in VERDICT))
        .where(unindexed(Verdict.attribute).in_(ATTRIBUTES))
        .order_by(Verdict.face_id)
    )


def confirmed_faces(read: Read) -> Iterator[dict[str, pa.Array]]:
    """Yield the confirmed faces in the order of their ids, as columns with the names `CONFIRMED`.

    A face is confirmed when it is relevant, its gender is known, and its age fits the claim. Where
    the age does not fit, but guesses of it agree, it is confirmed with the age they come to.
    """
    left: list[pa.Array] | None = None
    for batch in read(verdicts(), list(VERDICT.values())):
        if left is not None:
            batch = [pa.concat_arrays(pair) for pair in zip(left, batch, strict=True)]
        # More verdicts on the last face may come with the next batch.
        whole = len(batch[0]) - _count_last(batch[0])
        left = [column.slice(whole) for column in batch]
        if whole:
            yield _of_faces([column.slice(0, whole) for column in batch])
    if left is not None:
        yield _of_faces(left)


def _count_last(faces: pa.StringArray) -> int:
    """Return how many rows at the end are of one face."""
    count = 1
    while count < len(faces) and faces[-count - 1] == faces[-1]:
        count += 1
    return count


def _of_faces(batch: list[pa.Array]) -> dict[str, pa.Array]:
    columns = dict(zip(VERDICT, batch, strict=True))
    first, places = _places(columns["face_id"], columns["attribute"])
    gender, guessed, fits = (places[name] for name in ("gender", "age", "age_fits"))
    values = columns["value"]
    corrected = _is(values, guessed, ("corrected",))
    goes_on = (
        _is(values, gender, GENDERS)
        & (_is(values, fits, ("yes",)) | (corrected & (fits >= 0)))
        & _is(values, places["relevant"], ("yes",))
    )
    corrected = corrected[goes_on]
    gender = gender[goes_on]
    age = np.where(corrected, guessed[goes_on], fits[goes_on])
    perceived = places["race"][goes_on]
    perceived = np.where(_is(values, perceived, ("unclear",)), -1, perceived)
    return {
        "sample_id": columns["face_id"].take(pa.array(first[goes_on])),
        "age": _taken(columns["age"], age),
        "age_probability": _taken(columns["probability"], age),
        "age_origin": _taken(pa.array([MODERATOR]), np.where(corrected, 0, -1)),
        "gender": _taken(values, gender),
        "gender_probability": _taken(columns["probability"], gender),
        "method": _taken(columns["method"], gender),
        "votes": _taken(columns["votes"], gender),
        "race": _taken(values, perceived),
    }


def _places(
    faces: pa.StringArray, attributes: pa.StringArray
) -> tuple[NDArray[np.int64], Mapping[str, NDArray[np.int64]]]:
    """Return the first row of each face, and per attribute its row for each face, -1 for none."""
    new = np.ones(len(faces), bool)
    new[1:] = pc.not_equal(faces[1:], faces[:-1]).to_numpy(zero_copy_only=False)
    first = np.flatnonzero(new)
    face = np.cumsum(new) - 1
    codes = pc.index_in(attributes, value_set=pa.array(ATTRIBUTES)).to_numpy()
    places = {}
    for code, name in enumerate(ATTRIBUTES):
        rows = np.flatnonzero(codes == code)
        places[name] = np.full(len(first), -1, np.int64)
        places[name][face[rows]] = rows
    return first, places


def _is(
    values: pa.StringArray, rows: NDArray[np.int64], among: tuple[str, ...]
) -> NDArray[np.bool_]:
    """Tell at which rows the value is one of these; it is none where there is no row."""
    found = pc.is_in(values, value_set=pa.array(among)).to_numpy(zero_copy_only=False)
    return np.asarray(np.append(found, False)[rows], bool)  # -1 is the last


def _taken(values: pa.Array, rows: NDArray[np.int64]) -> pa.Array:
    """Return the values at these rows, nothing at row -1."""
    return values.take(pa.array(rows, mask=rows < 0))
