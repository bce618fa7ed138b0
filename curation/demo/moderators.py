"""Simulated moderators: what they answer, with known rates of error.

Pure: an answer depends on the seed, the moderator, the task and the truth, and on nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from curation.demo.files import Truth
from curation.identity import content_id
from curation.moderation.questions import QUESTIONS


@dataclass(frozen=True)
class SimulatedModerator:
    """A moderator who answers each question rightly with probability `accuracy` (0 to 1)."""

    name: str
    accuracy: float

    @property
    def email(self) -> str:
        """The address of the moderator's account."""
        return f"{self.name}@moderators.example"


MODERATORS = (
    SimulatedModerator("amara", 0.98),
    SimulatedModerator("boris", 0.95),
    SimulatedModerator("clara", 0.88),
)


def right_answers(truth: Truth, claimed_age: float) -> dict[str, str]:
    """Return the right answer to each question about a picture whose hashtags claim this age.

    A claim (years) fits when nobody could tell it from the true age by looking. Where no person
    is shown, gender and age cannot be told.
    """
    if truth.age is None or truth.gender is None:
        return {"gender": "unclear", "age_fits": "unclear", "relevant": "no"}
    off = truth.age - claimed_age
    tolerance = 0.5 + 0.2 * truth.age
    fits = "yes" if abs(off) <= tolerance else "too_young" if off < 0 else "too_old"
    relevant = "yes" if truth.relevant else "no"
    return {"gender": truth.gender, "age_fits": fits, "relevant": relevant}


def answers(
    moderator: SimulatedModerator, seed: int, task: str, right: Mapping[str, str]
) -> dict[str, str]:
    """Return what `moderator` answers to the task of this id; a wrong answer is any other alike."""
    given = {}
    for question in QUESTIONS:
        if question.attribute not in right:  # asked where settings say so, not in the demo
            continue
        value = right[question.attribute]
        chance = _uniform("error", seed, moderator.name, task, question.attribute)
        if chance >= moderator.accuracy:
            others = [other for other in question.values if other != value]
            which = _uniform("choice", seed, moderator.name, task, question.attribute)
            value = others[int(which * len(others))]
        given[question.attribute] = value
    return given


def lead_time(moderator: SimulatedModerator, seed: int, task: str) -> float:
    """Return how long (seconds, 1.5 to 9) the moderator looks at the task."""
    return round(1.5 + 7.5 * _uniform("time", seed, moderator.name, task) ** 2, 2)


def _uniform(*parts: object) -> float:
    """Return a number from 0 up to 1 that follows from `parts` only."""
    return int(content_id("demo moderator", *parts)[:13], 16) / float(16**13)
