"""From posteriors to outcomes: what is decided, what is asked again, and what stays open.

A question about a face is *sure* when its likeliest value reaches the threshold with the least
number of votes, *contested* when all votes that may be asked for are in and it does not,
and *open* before that. Where a sure answer rules the face out, the other questions are *moot*: no
more votes are asked for their sake. The value is what the votes say so far, in each of these
states, or None where they say nothing: too few, or no value is likelier than all others together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation.moderation.consensus.ballots import Floats

UNDECIDED = -1  # instead of the number of a value
# Rounding may not make the difference between a tie and a decision.
ROUNDING = 1e-9


class State(IntEnum):
    """How a question about a face stands."""

    OPEN = 0
    SURE = 1
    CONTESTED = 2
    MOOT = 3


@dataclass(frozen=True)
class Rules:
    """When votes are enough.

    `threshold` is the posterior (0 to 1) that is sure; `minimum` and `most` are the fewest votes
    and the most that are asked for a face; `quorum` is how many there must be for a value.
    """

    threshold: float = 0.98
    minimum: int = 2
    most: int = 5
    quorum: int = 2


@dataclass(frozen=True)
class Outcome:
    """How one question stands, by face: `values` (int64, `UNDECIDED` for none), `states` (int8)."""

    values: NDArray[np.int64]
    states: NDArray[np.int8]


def likeliest(posteriors: Floats, votes: NDArray[np.int64], rules: Rules) -> NDArray[np.int64]:
    """Return the number of the value that the votes say, by face; `UNDECIDED` for none."""
    best = posteriors.argmax(axis=1)
    probability = posteriors.max(axis=1)
    says = (probability > 0.5 + ROUNDING) & (votes >= rules.quorum)
    return np.where(says, best, UNDECIDED)


def majority(counts: NDArray[np.int64], rules: Rules) -> NDArray[np.int64]:
    """Return the value with more than half of the votes and a quorum of them, by face."""
    best = counts.argmax(axis=1)
    agreed = counts.max(axis=1)
    return np.where((agreed >= rules.quorum) & (2 * agreed > counts.sum(axis=1)), best, UNDECIDED)


def outcomes(
    values: Mapping[str, NDArray[np.int64]],
    posteriors: Mapping[str, Floats],
    votes: Mapping[str, NDArray[np.int64]],
    ruling_out: Mapping[str, Sequence[int]],
    rules: Rules,
) -> tuple[dict[str, Outcome], NDArray[np.int64]]:
    """Return how each question stands, and how many more votes each face wants (int64).

    All arguments but `rules` are by question: the values that the votes say, the posteriors, how
    many votes there are, and the numbers of the values that rule a face out.
    """
    number = _most(list(votes.values()))
    sure = {
        name: (said != UNDECIDED)
        & (votes[name] >= rules.minimum)
        & (posteriors[name].max(axis=1) >= rules.threshold)
        for name, said in values.items()
    }
    out = np.zeros(len(number), bool)
    for name, numbers in ruling_out.items():
        out |= sure[name] & np.isin(values[name], np.asarray(numbers))
    settled = out | np.logical_and.reduce(list(sure.values()))
    spent = number >= rules.most
    states = {
        name: np.select(
            [certain, out, spent],
            [State.SURE, State.MOOT, State.CONTESTED],
            default=State.OPEN,
        ).astype(np.int8)
        for name, certain in sure.items()
    }
    # One at a time past the least: every vote may be the one that settles it.
    wanted = np.where(settled | spent, 0, np.maximum(rules.minimum - number, 1))
    return {name: Outcome(values[name], states[name]) for name in values}, wanted


def _most(votes: Sequence[NDArray[np.int64]]) -> NDArray[Any]:
    return np.asarray(np.maximum.reduce(list(votes)))
