"""The table of votes that everything about moderators is worked out from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Numbers of faces, moderators, values and rows: there are millions, so each in as few bytes as do.
Codes = NDArray[np.integer[Any]]


@dataclass(frozen=True)
class QuestionVotes:
    """The votes on one question, one row for each; at most one of a moderator on a face.

    Rows lie in the order of time. `answer` is the row of the answer in `Answers` that the vote is
    part of. `gold` is the code of the known answer, -1 where there is none or the vote is older.
    """

    attribute: str
    values: tuple[str, ...]  # what the codes mean
    face: Codes
    moderator: Codes
    value: Codes
    gold: Codes
    answer: Codes

    def __len__(self) -> int:
        """Return how many votes there are."""
        return len(self.value)


@dataclass(frozen=True)
class Answers:
    """The answers of moderators to faces, one row for each, in the order of time."""

    face: Codes
    moderator: Codes
    at: NDArray[np.float64]  # seconds since 1970
    lead_time: NDArray[np.float64]  # seconds; NaN where it is not known

    def __len__(self) -> int:
        """Return how many answers there are."""
        return len(self.at)


@dataclass(frozen=True)
class Votes:
    """All that a question set was answered: answers, their votes by question, who is who."""

    moderators: tuple[str, ...]  # pseudonyms by code
    active: NDArray[np.bool_]  # by moderator
    faces: int
    answers: Answers
    questions: Mapping[str, QuestionVotes]
    numbers: Mapping[str, Numbers] = field(default_factory=dict)


@dataclass(frozen=True)
class Numbers:
    """The answers to a question that asks for a number."""

    face: Codes
    moderator: Codes
    value: NDArray[np.float64]


def latest_per_face(face: Codes, moderator: Codes) -> NDArray[np.bool_]:
    """Return which rows, in the order of time, are a moderator's last word on a face."""
    kept = np.zeros(len(face), bool)
    if len(face):
        pairs = face.astype(np.int64) * (int(moderator.max()) + 1) + moderator
        _, first = np.unique(pairs[::-1], return_index=True)
        kept[len(face) - 1 - first] = True
    return kept
