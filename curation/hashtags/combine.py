"""Several hashtags of one post: what they claim together, or that they contradict each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from curation.hashtags.reader import AgeReading

CLOSE = 1 / 12  # years; statements in months and weeks are that exact


@dataclass(frozen=True)
class AgeClaim:
    """What all readings of one post agree on.

    `confidence` is 1 - (1 - c1)(1 - c2)…: the chance that not every one of them errs, if they
    err independently.
    """

    age_years: float
    confidence: float
    readings: tuple[AgeReading, ...]


def combine(readings: Sequence[AgeReading]) -> AgeClaim | None:
    """Return the common claim of the readings of one post.

    None where there are none, or where any two contradict each other (`contradiction` says so):
    ages are never averaged. Of statements that agree the most exact one gives the age, so that
    `18monthsold` beside `1yearold` is 1.5 years.
    """
    if not readings or contradiction(readings):
        return None
    exact = [reading for reading in readings if not reading.age_years.is_integer()]
    best = max(exact or readings, key=lambda reading: reading.confidence)
    doubt = prod(1 - reading.confidence for reading in readings)
    return AgeClaim(best.age_years, 1 - doubt, tuple(readings))


def contradiction(readings: Sequence[AgeReading]) -> str | None:
    """Return a sentence that names two readings that cannot both be true, or None."""
    for index, first in enumerate(readings):
        for second in readings[index + 1 :]:
            if not _agree(first.age_years, second.age_years):
                return (
                    f"#{first.tag} says {first.age_years:g} years, "
                    f"#{second.tag} says {second.age_years:g}"
                )
    return None


def _agree(first: float, second: float) -> bool:
    """Whether two ages may be the same: close, or one is the other in completed years."""
    if abs(first - second) <= CLOSE:
        return True
    whole, exact = (first, second) if first.is_integer() else (second, first)
    return whole.is_integer() and not exact.is_integer() and int(exact) == whole
