"""Candidates: the faces that the moderators have confirmed, with what was claimed of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy import Select, select

from curation.database.columns import Read
from curation.database.growing import Growing
from curation.database.keys import KeysInParts, Lookup
from curation.database.models import Claim
from curation.database.unindexed import unindexed
from curation.dataset.confirmed import MODERATOR, confirmed_faces
from curation.dataset.words import Words

TEXT = pa.string()
NUMBERS: dict[str, type[np.generic]] = {
    "age": np.float32,
    "age_probability": np.float32,
    "gender_probability": np.float32,
    "votes": np.int32,
}
WORDS = ("age_origin", "gender", "method", "country", "country_origin", "race", "race_origin")

# Claimed attribute -> the columns of its value and its origin, where it has any.
CLAIMED: dict[str, tuple[str | None, str]] = {
    "age": (None, "age_origin"),  # which age was confirmed, the verdict says
    "country": ("country", "country_origin"),
    "race": ("race", "race_origin"),
}


@dataclass(eq=False)
class Candidates:
    """The confirmed faces in the order of their ids, as columns of N rows.

    `numbers` are (N,) each, NaN where one is not known; `words` are N each.
    """

    sample_id: pa.ChunkedArray
    numbers: dict[str, NDArray[Any]]
    words: dict[str, Words]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.sample_id)

    def keep(self, mask: NDArray[np.bool_]) -> None:
        """Leave out the rows where `mask` (N,) is false."""
        self.sample_id = self.sample_id.filter(pa.array(mask))
        self.numbers = {name: column[mask] for name, column in self.numbers.items()}
        for words in self.words.values():
            words.keep(mask)


def claims() -> Select[*tuple[Any, ...]]:
    """Return the statement that reads all claims that matter, face by face."""
    return (
        select(Claim.face_id, Claim.attribute, Claim.value, Claim.origin)
        .where(unindexed(Claim.attribute).in_(CLAIMED))
        .order_by(Claim.face_id)
    )


def read_candidates(read: Read) -> tuple[Candidates, Lookup]:
    """Read the verdicts, then the claims on whom they confirm; return what finds a face among them.

    What moderators said of age and race goes before a claim. Whether the image of a face is the
    kept one of its copies is not asked here.
    """
    found, lookup = _confirmed(read)
    taken = {origin: found.words[origin].codes() >= 0 for origin in ("age_origin", "race_origin")}
    for faces, attributes, values, origins in read(claims(), [TEXT] * 4):
        new = pc.not_equal(faces[1:], faces[:-1]).to_numpy(zero_copy_only=False)
        new = np.append(True, new)  # claims on one face lie side by side, so it is looked up once
        rows = lookup.find(faces.filter(pa.array(new)))[np.cumsum(new) - 1]
        codes = pc.index_in(attributes, value_set=pa.array(CLAIMED)).to_numpy()
        for code, (value, origin) in enumerate(CLAIMED.values()):
            here = (rows >= 0) & (codes == code)
            if origin in taken:
                here &= ~taken[origin][rows]
            mask = pa.array(here)
            found.words[origin].put(rows[here], origins.filter(mask))
            if value is not None:
                found.words[value].put(rows[here], values.filter(mask))
    return found, lookup


def _confirmed(read: Read) -> tuple[Candidates, Lookup]:
    ids: list[pa.Array] = []
    keys = KeysInParts()
    numbers = {name: Growing(kind) for name, kind in NUMBERS.items()}
    words = {name: Words() for name in WORDS}
    for batch in confirmed_faces(read):
        ids.append(batch["sample_id"])
        keys.add(batch["sample_id"])
        for name, collected in numbers.items():
            collected.add(batch[name].to_numpy(zero_copy_only=False))
        unknown = pa.nulls(len(batch["sample_id"]), TEXT)
        perceived = pc.if_else(batch["race"].is_valid(), MODERATOR, unknown)
        batch |= {"race_origin": perceived, "country": unknown, "country_origin": unknown}
        for name, told in words.items():
            told.add(batch[name])
    whole = {name: collected.whole() for name, collected in numbers.items()}
    return Candidates(pa.chunked_array(ids, TEXT), whole, words), keys.lookup()
