"""The subject of each candidate: by the tables, a file of the user, and a network of the user."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from curation.database.session import Database
from curation.dataset.identities import given_relation
from curation.dataset.likeness import alike, load_network
from curation.dataset.relations import posted_relations, read_photographs, released_subjects
from curation.dataset.subjects import Relation, components, subject_names

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Evidence:
    """What the user adds to what the tables know of who is who."""

    identities: Path | None = None  # a CSV file
    weights: Path | None = None  # of the network that compares faces
    likeness: float = 0.7  # from which two faces are taken for one person


@dataclass(frozen=True)
class SubjectCounts:
    """From images to subjects: `images` less all of `joined` are `subjects`.

    `joined` says per relation how many fewer it left, in the order they were applied; `largest`
    is how many photographs the largest subject has.
    """

    images: int
    joined: dict[str, int]
    subjects: int
    largest: int

    def in_words(self) -> str:
        """Return one line."""
        by = ", ".join(f"{name} {count:,}" for name, count in self.joined.items() if count)
        line = f"{self.images:,} images show {self.subjects:,} subjects"
        return f"{line} (joined by {by}); the largest has {self.largest:,}" if by else line

    def as_json(self) -> dict[str, Any]:
        """Return it for dataset.json."""
        return asdict(self)


def assign_subjects(
    database: Database,
    candidates: pd.DataFrame,
    read: Callable[[str], bytes],
    evidence: Evidence,
    notice: Callable[[str], None],
    on_progress: Callable[[int, int], None],
) -> SubjectCounts:
    """Give `candidates` the column `subject`, in place of `group_id`.

    Joined are photographs that are copies of each other, that one author posted, whose source or
    whose file of `evidence` states the same identity, and, where weights are given, whose main
    faces look alike. `read` returns a crop.

    Raises:
        InputError: the file of identities or of weights cannot be used.
        StoreError: a crop is missing.
    """
    network = load_network(evidence.weights) if evidence.weights else None
    with database.session() as session:
        photographs = read_photographs(session)
        relations = posted_relations(session, photographs)
        if evidence.identities:
            relations.append(given_relation(evidence.identities, session, photographs, notice))
        released = released_subjects(session, photographs)
    wanted = photographs.numbers(list(candidates.pop("group_id")))
    if network is not None:
        known = components(len(photographs), relations).labels[wanted]
        keys = list(candidates["crop_key"])
        marks = alike(network, keys, read, known, evidence.likeness, on_progress)
        relations.append(Relation("likeness", wanted, marks))
    found = components(len(photographs), relations)
    candidates["subject"] = subject_names(found.labels, photographs.names, released, wanted)
    sizes = np.bincount(found.labels)
    copies = photographs.images - len(photographs)
    return SubjectCounts(
        images=photographs.images,
        joined={"copy": copies, **found.joined},
        subjects=len(sizes),
        largest=int(sizes.max(initial=0)),
    )
