"""What the other moderators' votes on a face add up to, for each vote.

Holding a moderator against a verdict that their own vote helped to make would flatter them, most
of all those who vote alone. So each vote is held against the others' votes only: with accuracies
a_m, wrong votes falling on each of the K - 1 other values alike (the one-coin model of Dawid &
Skene, 1979), the log-odds of a vote for its value are w_m = ln(a_m · (K - 1) / (1 - a_m)), and

    P_i(v) ∝ π(v) · exp(Σ over others' votes j for v on the same face of w_m(j))

where π is how often each value was voted for in all: against a value that hardly any face has, two
votes are not enough. The sums over all votes are made once, and each vote's own weight is taken
off. Accuracies start alike and are worked out again from what the others say, a few times over.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curation.moderation.quality.table import Codes, QuestionVotes

START = 0.9  # accuracy that a moderator is believed to have before anything is known ...
WEIGHT = 10.0  # ... as if from so many votes
ROUNDS = 3
SURE = 0.95  # others who are less sure than that are no yardstick


@dataclass(frozen=True)
class Others:
    """For each vote: P of each value by the other moderators' votes, and what they decided.

    `verdict` is -1 where they are not sure, or nobody else voted.
    """

    probability: NDArray[np.float64]  # votes × values
    verdict: Codes


def others_of(votes: QuestionVotes, active: NDArray[np.bool_], faces: int) -> Others:
    """Return the leave-one-out verdicts; votes of moderators who are not active decide nothing.

    `active` says so for each moderator.
    """
    values = len(votes.values)
    accuracy = np.full(len(active), START)
    counts = active[votes.moderator]
    outcome = _one_round(votes, accuracy, counts, faces, values)
    for _ in range(ROUNDS - 1):
        judged = outcome.verdict >= 0
        right = judged & (outcome.verdict == votes.value)
        of = np.bincount(votes.moderator[judged], minlength=len(active))
        good = np.bincount(votes.moderator[right], minlength=len(active))
        accuracy = (good + START * WEIGHT) / (of + WEIGHT)
        outcome = _one_round(votes, accuracy, counts, faces, values)
    return outcome


def _one_round(
    votes: QuestionVotes,
    accuracy: NDArray[np.float64],
    counts: NDArray[np.bool_],
    faces: int,
    values: int,
) -> Others:
    # Nobody's vote counts against what it says, and nobody's alone makes the others sure.
    believed = np.clip(accuracy, 1 / values, 0.99)
    weight = np.log(believed * (values - 1) / (1 - believed))[votes.moderator] * counts
    cell = votes.face * values + votes.value
    score = np.bincount(cell, weight, minlength=faces * values).reshape(faces, values)
    by_others = score[votes.face]
    by_others[np.arange(len(votes)), votes.value] -= weight
    by_others += np.log(_prior(votes, counts))
    by_others -= by_others.max(1, keepdims=True)
    # In place, from here on: of millions of votes, three such arrays would be a gigabyte.
    probability = np.exp(by_others, out=by_others)
    probability /= probability.sum(1, keepdims=True)
    voters = np.bincount(votes.face, counts, minlength=faces)[votes.face] - counts
    sure = (probability.max(1) >= SURE) & (voters >= 2)
    return Others(probability, np.where(sure, probability.argmax(1), -1).astype(np.int8))


def _prior(votes: QuestionVotes, counts: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the share of each value among the votes that count, as if each had one more."""
    seen = np.bincount(votes.value, counts, minlength=len(votes.values)) + 1
    prior: NDArray[np.float64] = seen / seen.sum()
    return prior
