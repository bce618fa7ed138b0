"""What several votes on one question add up to.

The majority decides, when it is one and when enough votes agree. How sure that is follows from
Bayes' rule under the one-coin model (Dawid & Skene 1979, with one accuracy for all moderators;
for two values the weighting of Nitzan & Paroush 1982): a vote is right with probability p, a
wrong one falls on each of the K - 1 other values alike, votes are independent, and no value is
likelier beforehand. Then, with n_v votes for value v,

    P(v | votes) = r^(n_v) / Σ_w r^(n_w)        r = p · (K - 1) / (1 - p)

"Unclear" is a value like the others: moderators who agree that a picture does not show something
are right about the picture.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation.moderation.consensus.ballots import Floats

METHOD = "majority"


@dataclass(frozen=True)
class Consensus:
    """The outcome of one question on one face.

    `value` is None while the votes do not decide: too few, or none has more than half of them.
    `probability` (0 to 1) is that of `value`, and of the likeliest value while there is none.
    """

    value: str | None
    probability: float
    votes: int


def consensus(
    votes: Sequence[str], values: Sequence[str], *, quorum: int, accuracy: float
) -> Consensus:
    """Return what `votes` on a question with these possible `values` add up to.

    A value wins with more than half of the votes and at least `quorum` of them. `accuracy` is
    the probability p that one vote is right, between 1 / len(values) and 1.
    """
    counts = Counter(votes)
    posterior = probabilities(counts, values, accuracy)
    likeliest = max(values, key=lambda value: posterior[value])
    agreed = counts[likeliest]
    decided = agreed >= quorum and 2 * agreed > len(votes)
    return Consensus(likeliest if decided else None, posterior[likeliest], len(votes))


def probabilities(counts: Counter[str], values: Sequence[str], accuracy: float) -> dict[str, float]:
    """Return the posterior probability of each value, given how often each was voted for."""
    log_ratio = math.log(accuracy * (len(values) - 1) / (1 - accuracy))
    most = max(counts[value] for value in values)
    weights = {value: math.exp(log_ratio * (counts[value] - most)) for value in values}
    total = sum(weights.values())
    return {value: weight / total for value, weight in weights.items()}


def posteriors(counts: NDArray[np.integer[Any]], accuracy: float) -> Floats:
    """Return `probabilities` of many faces at once: float64 (faces, values), like `counts`."""
    ratio = math.log(accuracy * (counts.shape[1] - 1) / (1 - accuracy))
    weights = np.exp(ratio * (counts - counts.max(axis=1, keepdims=True)))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))
