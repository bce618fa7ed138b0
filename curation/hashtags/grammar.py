"""The rule engine: what a lexicon is, and how it becomes compiled patterns.

A lexicon holds the words of one language and its rules. A rule is a regular expression over the
squashed hashtag (see `squash`) in which `{name}` stands for a word list or pattern of the lexicon,
and

    {n}    a count in digits or words: 5, five          {d}    a count in digits only
    {nth}  an ordinal in digits or words: 5th, fifth    {dth}  an ordinal in digits only
    {m}    a second count, in digits: months beside years

A rule without any of the first four gives a fixed age. Nothing else in a hashtag is ever a number
that counts: there is no rule that reads an age out of a number without words around it that say so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

OLDEST = 120.0  # years; nobody is known to have lived longer than 122

MONTH = 1 / 12  # years
WEEK = 7 / 365.25
DAY = 1 / 365.25

_SEPARATORS = frozenset("_-'’·・")  # noqa: RUF001 - the curly apostrophe is meant
_SLOT = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True)
class Rule:
    """One form that states an age.

    `unit` is what one count is worth in years, `low` to `high` the counts that are believed,
    `age` the fixed age in years of a rule without a number, `confidence` how often the form
    means the age of a pictured person (0 to 1, judged by hand).
    """

    name: str
    pattern: str
    confidence: float
    unit: float = 1.0
    low: float = 1
    high: float = OLDEST
    age: float | None = None


@dataclass(frozen=True)
class GenderRule:
    """One form that hints at a gender ("female" or "male"); always weak."""

    name: str
    pattern: str
    gender: str
    confidence: float


@dataclass(frozen=True)
class Lexicon:
    """The words and rules of one language (`language` is its ISO 639-1 code).

    `cardinals` and `ordinals` give number words their values; `ordinal_endings` is the pattern of
    what makes an ordinal of digits; `words` are lists parted by spaces and `patterns` pieces of
    patterns, both named by rules in braces; `vetoes` are patterns that say a hashtag is not about
    the age of a pictured person, whatever else stands in it.
    """

    language: str
    cardinals: Mapping[str, int]
    ordinals: Mapping[str, int]
    ordinal_endings: str
    words: Mapping[str, str]
    rules: Sequence[Rule]
    vetoes: Sequence[str]
    patterns: Mapping[str, str] = field(default_factory=dict)
    gender_rules: Sequence[GenderRule] = field(default_factory=tuple)


@dataclass(frozen=True)
class Match:
    """What one rule found: an age in years and where, in the squashed hashtag."""

    age_years: float
    rule: str
    confidence: float
    start: int
    end: int


def squash(tag: str) -> str:
    """Return `tag` as the rules see it: NFKC, casefolded, without separators.

    Digits of every script and width become what `int` reads. A separator between two digits
    stays, so that `turning_20_21` is not 2021; a half is written `.5`.
    """
    text = unicodedata.normalize("NFKC", tag.replace("½", ".5")).casefold()
    if not _SEPARATORS.isdisjoint(text):
        text = "".join(
            character
            for index, character in enumerate(text)
            if character not in _SEPARATORS or _between_digits(text, index)
        )
    return text


def locate(tag: str, start: int, end: int) -> tuple[int, int]:
    """Return where `start:end` of the squashed hashtag stands in `tag` as written."""
    lengths = [len(squash(tag[:index])) for index in range(len(tag) + 1)]
    first = max(index for index, length in enumerate(lengths) if length <= start)
    last = min((index for index, length in enumerate(lengths) if length >= end), default=len(tag))
    return first, last


class CompiledLexicon:
    """A lexicon ready to read: every pattern compiled once."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.language = lexicon.language
        self._values = {
            squash(word): value
            for words in (lexicon.cardinals, lexicon.ordinals)
            for word, value in words.items()
        }
        parts = _parts(lexicon)
        # Most hashtags hold neither a number nor a fixed form; those are done after one search.
        fixed = [rule.pattern for rule in lexicon.rules if rule.age is not None]
        numbers = _alternatives([*lexicon.cardinals, *lexicon.ordinals])
        self._number = _compile("|".join([r"\d", numbers, *fixed]), parts)
        self._rules = [(rule, _compile(rule.pattern, parts)) for rule in lexicon.rules]
        self._gender_rules = [
            (rule, _compile(rule.pattern, parts)) for rule in lexicon.gender_rules
        ]
        # Vetoes capture nothing, so one pattern may name a number many times.
        nameless = {name: re.sub(r"\?P<\w+>", "?:", part) for name, part in parts.items()}
        self._veto = _compile("|".join(lexicon.vetoes) or r"(?!)", nameless)

    def ages(self, text: str) -> list[Match]:
        """Return every age that a rule finds in the squashed hashtag `text`."""
        if not self._number.search(text):
            return []
        matches = []
        for rule, pattern in self._rules:
            for found in pattern.finditer(text):
                age = self._age(rule, found)
                if age is not None:
                    matches.append(Match(age, rule.name, rule.confidence, *found.span()))
        if matches and self._veto.search(text):
            return []
        return matches

    def genders(self, text: str) -> list[tuple[GenderRule, int, int]]:
        """Return every gender hint in the squashed hashtag `text`, with start and end."""
        return [
            (rule, *found.span())
            for rule, pattern in self._gender_rules
            for found in pattern.finditer(text)
        ]

    def _age(self, rule: Rule, found: re.Match[str]) -> float | None:
        if rule.age is not None:
            return float(rule.age)
        groups = found.groupdict()
        text = groups.get("n") or groups["n_word"]
        count = self._values.get(text)
        value = float(text) if count is None else float(count)
        if groups.get("half"):
            value += 0.5
        if not rule.low <= value <= rule.high:
            return None
        age = value * rule.unit
        if groups.get("m"):
            months = int(groups["m"])
            if months > 11:
                return None
            age += months * MONTH
        return age if age <= OLDEST else None


def counted(words: str, first: int = 1, step: int = 1) -> dict[str, int]:
    """Return the words, parted by spaces, with the values `first`, `first` + `step` …"""
    return {word: first + step * index for index, word in enumerate(words.split())}


def compound(tens: Mapping[str, int], units: Mapping[str, int], joint: str = "") -> dict[str, int]:
    """Return the number words put together of a ten and a unit, such as twenty + one."""
    return {
        f"{ten}{joint}{unit}": tens[ten] + units[unit]
        for ten in tens
        for unit in units
        if 1 <= units[unit] <= 9
    }


def _between_digits(text: str, index: int) -> bool:
    before, after = text[:index].rstrip("_-"), text[index + 1 :].lstrip("_-")
    return before[-1:].isdecimal() and after[:1].isdecimal()


def _parts(lexicon: Lexicon) -> dict[str, str]:
    """Return what each slot of a rule, such as `{n}`, stands for, as patterns."""
    digits = r"(?<![\d.])(?P<n>\d{1,3}(?:\.5)?)(?!\d)"
    cardinals, ordinals = _alternatives(lexicon.cardinals), _alternatives(lexicon.ordinals)
    ordinal_digits = rf"(?<![\d.])(?P<n>\d{{1,3}})(?:{lexicon.ordinal_endings})"
    return {
        "n": rf"(?:{digits}|(?P<n_word>{cardinals}))",
        "d": digits,
        "nth": rf"(?:{ordinal_digits}|(?P<n_word>{ordinals}))",
        "dth": ordinal_digits,
        "m": r"(?P<m>\d{1,2})(?!\d)",
        **{name: f"(?:{_alternatives(words.split())})" for name, words in lexicon.words.items()},
        **lexicon.patterns,
    }


def _alternatives(words: Sequence[str] | Mapping[str, int]) -> str:
    """Return words as alternatives, longest first, so that sixteen goes before six."""
    squashed = sorted({squash(word) for word in words}, key=lambda word: (-len(word), word))
    return "|".join(re.escape(word) for word in squashed) or r"(?!)"


def _compile(pattern: str, parts: Mapping[str, str]) -> re.Pattern[str]:
    return re.compile(_SLOT.sub(lambda found: parts[found[1]], pattern))
