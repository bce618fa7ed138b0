"""Who is right how often, and hence what is true: the model of Dawid and Skene, by EM.

A. P. Dawid, A. M. Skene: Maximum likelihood estimation of observer error-rates using the EM
algorithm, Applied Statistics 28 (1979) 20-28. A face has one true value t with probability π_t;
moderator m, asked about a face whose truth is t, says v with probability θ_m[v, t], whatever the
others say. Votes are seen, truth is not; EM goes back and forth between

    E (eq. 2.5)   P(t | votes on f)  ∝  π_t · Π_{votes m, v on f} θ_m[v, t]
    M (2.3, 2.4)  θ_m[v, t] = (N_m[v, t] + A[v, t]) / Σ_w (N_m[w, t] + A[w, t])
                  π_t = (F_t + β) / Σ_s (F_s + β)

with N_m[v, t] = Σ P(t | votes on f) over the votes v of m, and F_t = Σ_f P(t | votes on f).

Maximum likelihood (A = β = 0) makes an oracle of whoever has voted three times and was never
contradicted. So θ and π have Dirichlet priors: A is worth `votes` votes for every true value, of
which a share `accuracy` is right and the rest falls on the other values alike; β is worth
`faces` faces. The estimate is the mode under Dirichlet(A + 1): EM then climbs the likelihood times
the prior (Dempster, Laird & Rubin 1977, section 3), and never goes down.

It has converged when a step raises the logarithm of that, divided by the number of votes, by less
than the tolerance. Nothing is random: the same votes give the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from curation.moderation.consensus.ballots import Ballots, Floats, compiled

METHOD = "dawid-skene"
MAX_ITERATIONS = 200
TOLERANCE = 1e-7  # of the mean log-likelihood of a vote
# What a count is at least, where there is no prior: as in crowd-kit, whose results ours are.
LEAST = 1e-10


@dataclass(frozen=True)
class Prior:
    """What is believed of a moderator before the first vote, and of the shares of the values."""

    accuracy: float = 0.8  # 0 to 1
    votes: float = 10.0
    faces: float = 10.0

    def matrix(self, values: int) -> Floats:
        """Return A, float64 (said, true), for a question with so many `values`."""
        off = (1.0 - self.accuracy) / max(values - 1, 1)
        return self.votes * np.where(np.eye(values, dtype=bool), self.accuracy, off)


NO_PRIOR = Prior(votes=0.0, faces=0.0)


@dataclass(frozen=True)
class Model:
    """What was learnt: the expected counts behind θ and π, and the prior that goes with them.

    `counts` is N, float64 (moderators, said, true); `faces` is F, float64 (true,).
    """

    counts: Floats
    faces: Floats
    prior: Prior

    @classmethod
    def empty(cls, moderators: int, values: int, prior: Prior) -> Self:
        """Return what is believed before any vote."""
        return cls(np.zeros((moderators, values, values)), np.zeros(values), prior)

    @property
    def confusion(self) -> Floats:
        """θ, float64 (moderators, said, true): over `said` it adds up to one."""
        counts = self.counts + self.prior.matrix(len(self.faces))
        if self.prior.votes == 0.0:  # a value that a moderator never said stays impossible
            said = self.counts.sum(axis=2, keepdims=True) > 0
            counts = np.where(said, np.maximum(counts, LEAST), 0.0)
        totals = counts.sum(axis=1, keepdims=True)
        return np.asarray(
            np.divide(counts, totals, out=np.full_like(counts, LEAST), where=totals > 0)
        )

    @property
    def shares(self) -> Floats:
        """π, float64 (true,)."""
        faces = np.maximum(self.faces + self.prior.faces, LEAST)
        return np.asarray(faces / faces.sum())

    def accuracy(self) -> Floats:
        """Return how often each moderator is right, over all truths by their shares: float64."""
        diagonal = np.diagonal(self.confusion, axis1=1, axis2=2)
        return np.asarray(diagonal @ self.shares)


@dataclass(frozen=True)
class Fit:
    """Posteriors (float64, faces by values) and what they rest on."""

    posteriors: Floats
    model: Model
    iterations: int
    converged: bool
    objective: tuple[float, ...]  # after each step, per vote


def fit(
    votes: Ballots,
    prior: Prior,
    *,
    start: Model | None = None,
    max_iterations: int = MAX_ITERATIONS,
    tolerance: float = TOLERANCE,
) -> Fit:
    """Learn the moderators' confusion matrices and the posterior of every face.

    The first posteriors are the shares of the votes on each face, or those under `start`, an
    earlier model with the same moderators and values. A face without votes gets π.
    """
    model = start or _first_model(votes, prior)
    posteriors = np.empty((votes.face_count, votes.value_count))
    objective: list[float] = []
    converged = False
    while len(objective) < max_iterations and not converged:
        likelihood, counts, faces = _step(votes, model, posteriors)
        objective.append((likelihood + _log_prior(model)) / max(len(votes), 1))
        model = Model(counts, faces, prior)
        converged = len(objective) > 1 and objective[-1] - objective[-2] < tolerance
    return Fit(posteriors, model, len(objective), converged, tuple(objective))


def posteriors(votes: Ballots, model: Model) -> Floats:
    """Return the posterior of every face under a known model: float64 (faces, values)."""
    found = np.empty((votes.face_count, votes.value_count))
    _step(votes, model, found)
    return found


def _first_model(votes: Ballots, prior: Prior) -> Model:
    counts = votes.counts().astype(np.float64)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1.0)
    model = Model.empty(votes.moderator_count, votes.value_count, prior)
    _collect(votes.starts, votes.moderators, votes.values, shares, model.counts)
    return Model(model.counts, shares.sum(axis=0), prior)


def _step(votes: Ballots, model: Model, found: Floats) -> tuple[float, Floats, Floats]:
    """Fill in `found`, the posteriors; return log-likelihood, N and F."""
    # Faces by truth in the last place, so that one vote adds up numbers that lie side by side.
    log_confusion = np.log(np.maximum(model.confusion, np.finfo(np.float64).tiny))
    counts = np.zeros_like(model.counts)
    faces = np.zeros_like(model.faces)
    likelihood = _expect(
        votes.starts,
        votes.moderators,
        votes.values,
        log_confusion,
        np.log(model.shares),
        found,
        counts,
        faces,
    )
    return float(likelihood), counts, faces


def _log_prior(model: Model) -> float:
    """Return the logarithm of the prior's density at the model, but for a constant."""
    total = model.prior.faces * float(np.log(model.shares).sum())
    if model.prior.votes:
        alpha = model.prior.matrix(len(model.faces))
        total += float((alpha * np.log(np.maximum(model.confusion, LEAST))).sum())
    return total


@compiled
def _expect(
    starts: NDArray[np.int64],
    moderators: NDArray[np.int32],
    values: NDArray[np.uint8],
    log_confusion: Floats,
    log_shares: Floats,
    posteriors: Floats,
    counts: Floats,
    faces: Floats,
) -> float:
    """The E step of all faces, and the sums that the M step wants of it, in one pass."""
    classes = len(log_shares)
    shares = np.exp(log_shares)
    score = np.empty(classes)
    likelihood = 0.0
    for face in range(len(starts) - 1):
        first, end = starts[face], starts[face + 1]
        if first == end:
            posteriors[face] = shares
            continue
        for truth in range(classes):
            score[truth] = log_shares[truth]
        for vote in range(first, end):
            moderator, value = moderators[vote], values[vote]
            for truth in range(classes):
                score[truth] += log_confusion[moderator, value, truth]
        most = score[0]
        for truth in range(1, classes):
            most = max(most, score[truth])
        total = 0.0
        for truth in range(classes):
            score[truth] = np.exp(score[truth] - most)
            total += score[truth]
        for truth in range(classes):
            score[truth] /= total
            posteriors[face, truth] = score[truth]
            faces[truth] += score[truth]
        likelihood += most + np.log(total)
        for vote in range(first, end):
            moderator, value = moderators[vote], values[vote]
            for truth in range(classes):
                counts[moderator, value, truth] += score[truth]
    return likelihood


@compiled
def _collect(
    starts: NDArray[np.int64],
    moderators: NDArray[np.int32],
    values: NDArray[np.uint8],
    posteriors: Floats,
    counts: Floats,
) -> None:
    for face in range(len(starts) - 1):
        for vote in range(starts[face], starts[face + 1]):
            for truth in range(posteriors.shape[1]):
                counts[moderators[vote], values[vote], truth] += posteriors[face, truth]
