"""From the votes on some faces to how each question about each of them stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curation.moderation.consensus import ages, dawid_skene, majority
from curation.moderation.consensus.ballots import Ballots, Floats
from curation.moderation.consensus.claims import GuessedAge
from curation.moderation.consensus.dawid_skene import Prior
from curation.moderation.consensus.outcomes import (
    UNDECIDED,
    Outcome,
    Rules,
    State,
    likeliest,
    outcomes,
)
from curation.moderation.consensus.outcomes import majority as majority_value
from curation.moderation.learnt import Choices, Learnt
from curation.moderation.votes import Page
from curation.settings import ModerationSettings


@dataclass(frozen=True)
class Standing:
    """How one question about one face stands. `posterior` is by value; `state` in words."""

    value: str | None
    probability: float  # of `value`, or of the likeliest one
    votes: int
    state: str
    method: str
    posterior: Mapping[str, float]


@dataclass(frozen=True)
class Judged:
    """One face: how each question that was answered stands, and how many more votes it wants."""

    standings: Mapping[str, Standing]
    guessed: GuessedAge | None
    more: int


def rules_of(settings: ModerationSettings) -> Rules:
    """Return when votes are enough, as the settings have it."""
    return Rules(
        threshold=settings.threshold,
        minimum=settings.votes,
        most=max(settings.votes, settings.max_votes),
        quorum=settings.quorum,
    )


def prior_of(settings: ModerationSettings) -> Prior:
    """Return what is believed of a moderator before the first vote, as the settings have it."""
    return Prior(settings.vote_accuracy, settings.prior_votes)


def judge(
    page: Page,
    learnt: Learnt,
    choices: Choices,
    ruling_out: Mapping[str, tuple[str, ...]],
    settings: ModerationSettings,
) -> list[Judged]:
    """Return how each face of the page stands, in its order."""
    ballots = {name: page.choices(name, values) for name, values in choices.items()}
    found, more = weigh(ballots, learnt.models, choices, ruling_out, settings)
    guesses = page.guesses()
    guessed = ages.estimate(guesses, learnt.ages)
    number = np.diff(guesses.starts)
    return [
        Judged(
            {
                name: one.standing(face, choices[name])
                for name, one in found.items()
                if one.votes[face]
            },
            GuessedAge(
                float(guessed.age[face]),
                float(guessed.low[face]),
                float(guessed.high[face]),
                int(number[face]),
            )
            if number[face]
            else None,
            int(more[face]),
        )
        for face in range(len(page.tasks))
    ]


@dataclass(frozen=True)
class Weighed:
    """One question about many faces: posteriors (faces, values), votes (faces,), outcome."""

    posteriors: Floats
    votes: NDArray[np.int64]
    outcome: Outcome
    method: str

    def standing(self, face: int, values: tuple[str, ...]) -> Standing:
        """Return how the question about one face stands, in words."""
        said = int(self.outcome.values[face])
        posterior = self.posteriors[face]
        return Standing(
            None if said == UNDECIDED else values[said],
            float(posterior.max() if said == UNDECIDED else posterior[said]),
            int(self.votes[face]),
            State(self.outcome.states[face]).name.lower(),
            self.method,
            {value: round(float(posterior[place]), 9) for place, value in enumerate(values)},
        )


def weigh(
    ballots: Mapping[str, Ballots],
    models: Mapping[str, dawid_skene.Model],
    choices: Choices,
    ruling_out: Mapping[str, tuple[str, ...]],
    settings: ModerationSettings,
) -> tuple[dict[str, Weighed], NDArray[np.int64]]:
    """Return how each question stands, and how many more votes each face wants (int64).

    All are by attribute: votes, models, the values of each question, those that rule a face out.
    """
    rules = rules_of(settings)
    posteriors: dict[str, Floats] = {}
    said: dict[str, NDArray[np.int64]] = {}
    votes: dict[str, NDArray[np.int64]] = {}
    for name, cast in ballots.items():
        counts = cast.counts()
        votes[name] = counts.sum(axis=1)
        if settings.method == majority.METHOD:
            posteriors[name] = majority.posteriors(counts, settings.vote_accuracy)
            said[name] = majority_value(counts, rules)
        else:
            posteriors[name] = dawid_skene.posteriors(cast, models[name])
            said[name] = likeliest(posteriors[name], votes[name], rules)
    numbers = {
        name: [choices[name].index(value) for value in values if value in choices[name]]
        for name, values in ruling_out.items()
        if name in choices
    }
    found, more = outcomes(said, posteriors, votes, numbers, rules)
    return {
        name: Weighed(posteriors[name], votes[name], found[name], settings.method)
        for name in ballots
    }, more
