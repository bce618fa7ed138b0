"""Read one hashtag: the age it states, or the gender it hints at, or nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from curation.hashtags import english, russian
from curation.hashtags.grammar import CompiledLexicon, Match, locate, squash

LEXICONS = (english.LEXICON, russian.LEXICON)

_COMPILED = [CompiledLexicon(lexicon) for lexicon in LEXICONS]

SAME_AGE = 1e-6  # years


@dataclass(frozen=True)
class AgeReading:
    """An age that a hashtag states.

    `tag` is the hashtag without `#` as written, `span` where the age stands in it, `rule` and
    `language` what read it, `confidence` (0 to 1) how often this form means the pictured person.
    """

    tag: str
    age_years: float
    rule: str
    language: str
    confidence: float
    span: tuple[int, int]


@dataclass(frozen=True)
class GenderReading:
    """A gender ("female" or "male") that a hashtag hints at: a weak label, never more."""

    tag: str
    gender: str
    rule: str
    language: str
    confidence: float
    span: tuple[int, int]


def read_hashtags(tags: Iterable[str]) -> list[AgeReading]:
    """Return the ages that hashtags state, in their order; a repeated hashtag counts once."""
    readings = (read_hashtag(tag) for tag in dict.fromkeys(tags))
    return [reading for reading in readings if reading is not None]


def read_genders(tags: Iterable[str]) -> list[GenderReading]:
    """Return the genders that hashtags hint at, in their order; a repeated one counts once."""
    readings = (read_gender(tag) for tag in dict.fromkeys(tags))
    return [reading for reading in readings if reading is not None]


@lru_cache(maxsize=1 << 16)  # a few hashtags make up most of any stream of posts
def read_hashtag(tag: str) -> AgeReading | None:
    """Return the age in years (0 to 120) that `tag` states, or None; never a guess.

    `tag` comes with or without `#`. One that states two different ages states none.
    """
    tag = tag.lstrip("#＃")  # noqa: RUF001 - the full-width sign starts hashtags in East Asia
    text = squash(tag)
    found = [(match, lexicon.language) for lexicon in _COMPILED for match in lexicon.ages(text)]
    found = [pair for pair in found if not any(_inside(pair[0], other) for other, _ in found)]
    if not found:
        return None
    best, language = max(found, key=lambda pair: (pair[0].confidence, -pair[0].start))
    if any(abs(match.age_years - best.age_years) > SAME_AGE for match, _ in found):
        return None
    span = locate(tag, best.start, best.end)
    return AgeReading(tag, best.age_years, best.rule, language, best.confidence, span)


@lru_cache(maxsize=1 << 16)
def read_gender(tag: str) -> GenderReading | None:
    """Return the gender that `tag` hints at, or None; None too when it hints at both."""
    tag = tag.lstrip("#＃")  # noqa: RUF001 - the full-width sign starts hashtags in East Asia
    text = squash(tag)
    found = [(hint, lexicon.language) for lexicon in _COMPILED for hint in lexicon.genders(text)]
    if not found or len({rule.gender for (rule, _, _), _ in found}) > 1:
        return None
    (rule, start, end), language = max(found, key=lambda pair: pair[0][0].confidence)
    span = locate(tag, start, end)
    return GenderReading(tag, rule.gender, rule.name, language, rule.confidence, span)


def _inside(match: Match, other: Match) -> bool:
    """Whether `other` says more about the same words, so that `match` is only a part of it."""
    longer = other.end - other.start > match.end - match.start
    return longer and other.start <= match.start and match.end <= other.end
