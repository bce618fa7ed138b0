"""What earlier versions of a dataset decided: who was in them, and in which split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from curation.database.columns import read_columns
from curation.database.keys import Lookup, keys_of
from curation.database.models import DatasetVersion, Sample
from curation.dataset.manifest import SPLITS
from curation.dataset.pool import Pool
from curation.dataset.splits import NEW, TEST

TEXT = pa.string()


@dataclass(frozen=True)
class History:
    """Of each subject of the pool its released split, of each candidate whether it was in last.

    `splits` (subjects,) int8 are places in `SPLITS`, `NEW` for none; a subject that was in several
    is in the last of them: test goes before validation, validation before train. `before`
    (candidates,) bool.
    """

    splits: NDArray[np.int8]
    before: NDArray[np.bool_]


def released_samples(dataset_id: str) -> Select[*tuple[Any, ...]]:
    """Return the statement that reads who was in a version, in which split, as whom."""
    return (
        select(Sample.face_id, Sample.split, Sample.subject)
        .where(Sample.dataset_id == dataset_id)
        .order_by(Sample.face_id)
    )


def read_history(session: Session, pool: Pool, name: str, seed: int) -> History:
    """Read all versions of dataset `name`.

    Another seed draws and splits anew, but whoever was in a test split is never trained on.
    """
    splits = np.full(len(pool.subjects), NEW, np.int8)
    before = np.zeros(len(pool), bool)
    versions = session.execute(
        select(DatasetVersion.id, DatasetVersion.seed)
        .where(DatasetVersion.name == name)
        .order_by(DatasetVersion.number)
    ).all()
    if not versions:
        return History(splits, before)
    rows = Lookup.of(*keys_of(pa.array(pool.frame["sample_id"])))
    subjects = Lookup.of(*keys_of(pool.subjects))
    of_row = pool.frame["subject"].to_numpy()
    for version in versions:
        same = version.seed == seed
        if same:
            before[:] = False
        for faces, split, names in read_columns(session, released_samples(version.id), (TEXT,) * 3):
            codes = np.asarray(pc.index_in(split, value_set=pa.array(SPLITS)).to_numpy(), np.int8)
            counts = np.ones(len(codes), bool) if same else codes == TEST
            row = rows.find(faces)
            known = counts & (row >= 0)
            np.maximum.at(splits, of_row[row[known]], codes[known])
            # The face may be no candidate any more, and others of the same person still be.
            named = subjects.find(names)
            known = counts & (named >= 0)
            np.maximum.at(splits, named[known], codes[known])
            if same:
                before[row[row >= 0]] = True
    return History(splits, before)
