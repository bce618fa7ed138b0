"""The pool: everybody who may go into a dataset, in little memory, and who is who among them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from curation.database.columns import Read
from curation.database.reader import reader
from curation.dataset.candidates import Candidates, read_candidates
from curation.dataset.faces import read_faces
from curation.dataset.identities import given_relation
from curation.dataset.people import Evidence, SubjectCounts, find_subjects
from curation.dataset.posted import Posted, read_posted
from curation.dataset.relations import Photographs, read_images, released_subjects
from curation.dataset.scattered import Scattered
from curation.dataset.subjects import Components, Released, components
from curation.dataset.words import Words
from curation.memory import return_arrays_when_freed, return_free_memory
from curation.workspace import Workspace

IN_FRAME = ("gender", "country", "race")


@dataclass(frozen=True, eq=False)
class Pool:
    """The candidates, sorted by `sample_id`.

    `frame` has what balancing, drawing and splitting ask of them: `sample_id`, `age` (years),
    `age_probability`, `gender_probability`, `quality` (0 to 1, NaN where it was not measured),
    `gender`, `country` and `race` (categories), `author` (a number, missing where nobody knows)
    and `subject` (a number that `subjects` names). In the same rows, `votes` (N,) int32 are those
    on gender, and `words` are all that is told in words.

    Everything else lies in files: `faces`, whose places `place` (N,) int32 gives, and `posts`, of
    whose rows `first_post` (N,) int32 gives each candidate's, -1 for none.
    """

    frame: pd.DataFrame
    votes: NDArray[np.int32]
    words: dict[str, Words]
    subjects: pa.StringArray
    counts: SubjectCounts
    faces: Scattered
    place: NDArray[np.int32]
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
    return_arrays_when_freed()
    with TemporaryDirectory(prefix=".pool-", dir=folder) as place:
        yield _read(workspace, evidence or Evidence(), notice, on_progress, Path(place))


def _read(
    workspace: Workspace,
    evidence: Evidence,
    notice: Callable[[str], None],
    on_progress: Callable[[int, int], None],
    folder: Path,
) -> Pool:
    with reader(workspace.database) as read:
        found = _found(read, evidence, notice, folder)
    return_free_memory()
    frame = _frame(found)
    names, frame["subject"], counts = find_subjects(
        found.photographs,
        found.tied,
        found.released,
        found.photograph,
        evidence,
        lambda: _crop_keys(found.faces),
        workspace.store.read,
        on_progress,
    )
    return_free_memory()
    return Pool(
        frame,
        found.candidates.numbers["votes"],
        found.candidates.words,
        names,
        counts,
        found.faces,
        found.place,
        found.posts,
        found.first_post,
    )


@dataclass(frozen=True, eq=False)
class _Found:
    """What the tables say; the arrays are of the candidates that go on, in their order."""

    photographs: Photographs
    tied: Components
    released: Released
    posts: Posted
    candidates: Candidates
    faces: Scattered
    place: NDArray[np.int32]
    photograph: NDArray[np.int32]
    first_post: NDArray[np.int32]
    author: NDArray[np.int32]


def _found(read: Read, evidence: Evidence, notice: Callable[[str], None], folder: Path) -> _Found:
    """Read the tables one after the other; what finds ids in them is not needed any longer then."""
    photographs, images = read_images(read, folder)
    posts, first, relations = read_posted(read, images, folder)
    if evidence.identities:
        relations.append(given_relation(evidence.identities, read, photographs, notice))
    tied = components(len(photographs), relations)
    del relations
    released = released_subjects(read, images)
    candidates, lookup = read_candidates(read)
    faces, image = read_faces(read, candidates, lookup, images, folder)
    goes_on = image >= 0
    if not goes_on.all():
        candidates.keep(goes_on)
    image = image[goes_on]
    return _Found(
        photographs,
        tied,
        released,
        posts,
        candidates,
        faces,
        np.flatnonzero(goes_on).astype(np.int32),
        images.photograph[image],
        first.rows[image],
        first.authors[image],
    )


def _frame(found: _Found) -> pd.DataFrame:
    candidates = found.candidates
    ids = pd.Series(candidates.sample_id, dtype="str", copy=False)
    columns: dict[str, Any] = {"sample_id": ids}
    columns |= {name: column for name, column in candidates.numbers.items() if name != "votes"}
    for name in IN_FRAME:
        words = candidates.words[name]
        columns[name] = pd.Categorical.from_codes(
            words.codes(), categories=pd.Index(words.words(), dtype=str)
        )
    columns["author"] = pd.arrays.IntegerArray(found.author, found.author < 0)
    return pd.DataFrame(columns, copy=False)


def _crop_keys(faces: Scattered) -> list[str]:
    return [key for _, batch in faces.shelves() for key in batch["crop_key"].to_pylist()]
