"""Right and wrong, by moderator: against known answers, against the others, and vote by vote."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curation.moderation.quality.leave_one_out import Others
from curation.moderation.quality.table import Codes, QuestionVotes


def confusion(votes: QuestionVotes, truth: Codes, moderators: int) -> NDArray[np.int64]:
    """Return how often each moderator said what where the truth is what.

    `truth` is a code for each vote, -1 where it is not known. The shape is moderators × values
    (truth) × values (said).
    """
    values = len(votes.values)
    known = truth >= 0
    cell = (votes.moderator[known] * values + truth[known]) * values + votes.value[known]
    counts = np.bincount(cell, minlength=moderators * values * values)
    return counts.reshape(moderators, values, values)


def yardstick(votes: QuestionVotes, others: Others) -> Codes:
    """Return the others' verdict where no known answer stands: an answer is judged once."""
    return np.where(votes.gold >= 0, -1, others.verdict)


def agreement(votes: QuestionVotes, faces: int, moderators: int) -> NDArray[np.float64]:
    """Return, by moderator, pairs of votes with others on one face, and those that agree.

    The shape is moderators × 2: agreeing pairs, pairs.
    """
    values = len(votes.values)
    cell = votes.face * values + votes.value
    same = np.bincount(cell, minlength=faces * values)[cell] - 1
    all_others = np.bincount(votes.face, minlength=faces)[votes.face] - 1
    return np.stack(
        [
            np.bincount(votes.moderator, same, minlength=moderators),
            np.bincount(votes.moderator, all_others, minlength=moderators),
        ],
        axis=1,
    )
