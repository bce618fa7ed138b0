"""The pool: everybody who may go into a dataset, in little memory, and who is who among them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from curation.database.columns import snapshot
from curation.dataset.candidates import COLUMNS, MEASURES, stream
from curation.dataset.identities import given_relation
from curation.dataset.people import Evidence, SubjectCounts, find_subjects
from curation.dataset.posted import Posted, read_posted
from curation.dataset.relations import Images, read_images, released_subjects
from curation.dataset.spill import Spill
from curation.dataset.words import Words
from curation.workspace import Workspace

FACES = pa.schema(list((COLUMNS | MEASURES).items()))
NUMBERS = ("age", "age_probability", "gender_probability", "quality")
WORDS = ("gender", "country", "race")


@dataclass(frozen=True, eq=False)
class Pool:
    """The candidates, sorted by `sample_id`.

    `frame` has what balancing, drawing and splitting ask of them: `sample_id`, `age` (years),
    `age_probability`, `gender_probability`, `quality` (0 to 1, NaN where it was not measured),
    `gender`, `country` and `race` (categories), `author` (a number, missing where nobody knows)
    and `subject` (a number that `subjects` names). Everything else lies in files: `faces`, in the
    rows of `frame`, and `posts`, of whose rows `first_post` (N,) int32 gives each candidate's, -1
    for none.
    """

    frame: pd.DataFrame
    subjects: pa.StringArray
    counts: SubjectCounts
    faces: Spill
    posts: Posted
    first_post: NDArray[np.int32]

    def __len__(self) -> int:
        """Return how many candidates there are."""
        return len(self.frame)


@contextmanager
def open_pool(
    workspace: Workspace,
    evidence: Evidence | None = None,
    notice: Callable[[str], None] = lambda sentence: None,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
    folder: Path | None = None,
) -> Iterator[Pool]:
    """Read the pool as it is at one moment; its files go below `folder` and end with the block.

    Raises:
        InputError: a file of `evidence` cannot be used.
        StoreError: a crop that has to be looked at is missing.
    """
    with TemporaryDirectory(prefix=".pool-", dir=folder) as place:
        yield _read(workspace, evidence or Evidence(), notice, on_progress, Path(place))


def _read(
    workspace: Workspace,
    evidence: Evidence,
    notice: Callable[[str], None],
    on_progress: Callable[[int, int], None],
    folder: Path,
) -> Pool:
    with workspace.database.session() as session:
        snapshot(session)
        photographs, images = read_images(session)
        posted = read_posted(session, images, folder)
        relations = posted.relations
        if evidence.identities:
            relations.append(given_relation(evidence.identities, session, photographs, notice))
        released = released_subjects(session, images)
        found = _candidates(session, images, posted, folder)
    names, subjects, counts = find_subjects(
        photographs,
        relations,
        released,
        found.photograph,
        evidence,
        lambda: found.faces.column("crop_key").to_pylist(),
        workspace.store.read,
        on_progress,
    )
    found.frame["subject"] = subjects
    return Pool(found.frame, names, counts, found.faces, posted, found.first_post)


@dataclass
class _Found:
    frame: pd.DataFrame
    photograph: NDArray[np.int32]
    first_post: NDArray[np.int32]
    faces: Spill


def _candidates(session: Session, images: Images, posted: Posted, folder: Path) -> _Found:
    """Read the candidates; the file has all of their columns, the frame few."""
    faces = Spill(folder / "faces.arrow", FACES)
    ids: list[pa.Array] = []
    rows: list[NDArray[np.int32]] = []
    numbers: dict[str, list[NDArray[np.float32]]] = {name: [] for name in NUMBERS}
    words = {name: Words() for name in WORDS}
    with faces.writer() as writer:
        for batch in stream(session):
            image = images.lookup.find(batch["image_id"])
            goes_on = (image >= 0) & images.kept[image]
            if not goes_on.all():
                image = image[goes_on]
                mask = pa.array(goes_on)
                batch = {name: column.filter(mask) for name, column in batch.items()}
            writer.add(list(batch.values()))
            rows.append(image)
            ids.append(batch["sample_id"])
            for name, parts in numbers.items():
                parts.append(batch[name].to_numpy(zero_copy_only=False))
            for name, collected in words.items():
                collected.add(batch[name])
    row = np.concatenate(rows) if rows else np.zeros(0, np.int32)
    first = posted.first[row]
    frame = pd.DataFrame(
        {"sample_id": pd.Series(pa.chunked_array(ids, pa.string()), dtype="str", copy=False)}
        if ids
        else {"sample_id": pd.Series([], dtype="str")}
    )
    for name, parts in numbers.items():
        frame[name] = np.concatenate(parts) if parts else np.zeros(0, np.float32)
    for name, collected in words.items():
        frame[name] = pd.Categorical.from_codes(
            collected.codes(), categories=pd.Index(collected.words(), dtype=str)
        )
    frame["author"] = _authors(posted, first)
    return _Found(frame, images.photograph[row], first, faces)


def _authors(posted: Posted, first: NDArray[np.int32]) -> pd.arrays.IntegerArray:
    keys = np.where(first >= 0, posted.authors[first] if len(posted.authors) else 0, 0)
    _, codes = np.unique(keys, return_inverse=True)
    return pd.arrays.IntegerArray(codes.astype(np.int32), np.asarray(keys == 0))
