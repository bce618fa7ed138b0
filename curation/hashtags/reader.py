"""Read one hashtag: the age it states, or nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from curation.hashtags.engine import CompiledLexicon, Match, Number, alternatives
from curation.hashtags.fold import locate, squash
from curation.hashtags.lexicons import LEXICONS

SAME_AGE = 1e-6  # years

_NUMBER = re.compile(r"(\d)[-_](?:0|oh?)(?!\d)|\d+(?:\.5)?")
_SCRIPT = re.compile(
    "([\u0400-\u052f])|([\u0600-\u06ff])|([\u0900-\u097f])|([\uac00-\ud7a3])|([\u3040-\u9fff])"
)
_SCRIPTS = ("latin", "cyrillic", "arabic", "devanagari", "hangul", "han")
_LONG = 5  # letters; only such words forbid an age when they stand among unknown letters


class AgeReading(NamedTuple):
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


class Dispatch:
    """Which lexicons could say something about a hashtag, decided by a few letters."""

    def __init__(self, lexicons: Sequence[CompiledLexicon]) -> None:
        self.lexicons = lexicons
        self._before: dict[str, int] = {}
        self._behind: dict[str, int] = {}
        for place, lexicon in enumerate(lexicons):
            for word in lexicon.words:
                self._behind[word[:3]] = self._behind.get(word[:3], 0) | 1 << place
                self._before[word[-3:]] = self._before.get(word[-3:], 0) | 1 << place
        self._chosen: dict[int, tuple[CompiledLexicon, ...]] = {}
        self._roots: dict[str, int] = {}
        for place, lexicon in enumerate(lexicons):
            for root in lexicon.roots():
                self._roots[root] = self._roots.get(root, 0) | 1 << place
        for root in list(self._roots):  # the pattern finds the shortest
            for size in range(1, len(root)):
                if root[:size] in self._roots:
                    self._roots[root[:size]] |= self._roots[root]
        gate = alternatives(self._roots)
        self.gate = gate.search
        self._every = re.compile(f"(?=({gate.pattern}))")
        long = {word for lexicon in lexicons for word in lexicon.vetoing(_LONG)}
        self.vetoed = alternatives(long).search if long else None

    def around(self, text: str, number: Number) -> tuple[CompiledLexicon, ...]:
        """Return the lexicons that may know what stands right before and right behind `number`.

        A lexicon that may know both sides is enough; else all that may know one of them.
        """
        start, end = number.start, number.end
        behind = before = 0
        if end < len(text):
            get = self._behind.get
            behind = get(text[end : end + 3], 0) | get(text[end : end + 2], 0) | get(text[end], 0)
        if start:
            get = self._before.get
            before = get(text[start - 1], 0)
            if start > 1:
                before |= get(text[start - 2 : start], 0)
                if start > 2:
                    before |= get(text[start - 3 : start], 0)
        mask = (behind & before) or (behind | before)
        return self._of(mask) if mask else ()

    def speaking(self, text: str) -> tuple[CompiledLexicon, ...]:
        """Return the lexicons with a word in `text` that can go with a number word."""
        mask = 0
        for root in self._every.findall(text):
            mask |= self._roots[root]
        return self._of(mask)

    def _of(self, mask: int) -> tuple[CompiledLexicon, ...]:
        chosen = self._chosen.get(mask)
        if chosen is None:
            chosen = self._chosen[mask] = tuple(
                lexicon for place, lexicon in enumerate(self.lexicons) if mask >> place & 1
            )
        return chosen


_COMPILED = [CompiledLexicon(lexicon) for lexicon in LEXICONS]
_BY_SCRIPT = {
    script: Dispatch([lexicon for lexicon in _COMPILED if lexicon.script == script])
    for script in _SCRIPTS
}
_LATIN = _BY_SCRIPT["latin"]
_ALL = Dispatch(_COMPILED)


def read_hashtags(tags: Iterable[str]) -> list[AgeReading]:
    """Return the ages that hashtags state, in their order; a repeated hashtag counts once."""
    readings = (read_hashtag(tag) for tag in dict.fromkeys(tags))
    return [reading for reading in readings if reading is not None]


@lru_cache(maxsize=1 << 16)  # a few hashtags make up most of any stream of posts
def read_hashtag(tag: str) -> AgeReading | None:
    """Return the age in years (0 to 120) that `tag` states, or None; never a guess.

    `tag` comes with or without `#`. One that states two different ages states none.
    """
    tag = tag.lstrip("#＃")  # noqa: RUF001 - the full-width sign starts hashtags in East Asia
    plain = tag.isascii()
    if plain and tag.isalpha():  # most hashtags: one search, and nothing
        text = tag.lower()
        dispatch = _LATIN
        if not dispatch.gate(text):
            return None
        found = _spelt(text, dispatch)
    else:
        text = squash(tag)
        dispatch = _LATIN if plain or text.isascii() else _ALL
        found = _counted(text, dispatch, plain)
        if not found:
            if dispatch is _ALL and (script := _SCRIPT.search(text)):
                dispatch = _BY_SCRIPT[_SCRIPTS[script.lastindex or 0]]
            if dispatch.gate(text):
                found = _spelt(text, dispatch)
    if not found:
        return None
    best = found[0]
    if len(found) > 1 or not plain or not best.confidence:
        chosen = _best(found, tag)
        if chosen is None:
            return None
        best = chosen
    span = locate(tag, best.start, best.end)
    return AgeReading(tag, best.age_years, best.rule, best.language, best.confidence, span)


def _counted(text: str, dispatch: Dispatch, plain: bool) -> list[Match]:
    """Return what stands around the numbers in digits of a squashed hashtag."""
    found: list[Match] = []
    size = len(text)
    for digits in _NUMBER.finditer(text):
        written = digits[0]
        if (len(written) > 3 and "." not in written) or (written[0] == "0" and len(written) > 1):
            continue
        start, end = digits.span()
        if digits[1]:
            number = Number(start, end, "d", float(digits[1]) * 10)
        else:
            number = Number(start, end, "n", float(written))
        for lexicon in dispatch.around(text, number):
            if match := lexicon.read(text, number, dispatch.vetoed):
                found.append(match)
                if plain and match.confidence and match.known == size:
                    break  # nobody can know more
    return found


def _spelt(text: str, dispatch: Dispatch) -> list[Match]:
    """Return what stands around the numbers in words and the idioms of a squashed hashtag."""
    found: list[Match] = []
    for lexicon in dispatch.speaking(text):
        found += lexicon.read_words(text, dispatch.vetoed)
    return found


def _best(found: list[Match], tag: str) -> Match | None:
    """Return the match that says most, or None where two say different ages."""
    letters = set(tag.casefold())
    # A lexicon that forbids an age and knows more of the hashtag is right.
    forbidden = max((match.known for match in found if not match.confidence), default=0)
    found = [
        match
        for match in found
        if match.confidence
        and match.known >= forbidden
        and not (match.needs and letters.isdisjoint(match.needs))
        and letters.isdisjoint(_FOREIGN[match.language])
        and not any(_inside(match, other) for other in found)
    ]
    if not found:
        return None
    best = max(
        found,
        key=lambda match: (
            match.confidence,
            match.known,
            not letters.isdisjoint(_LETTERS[match.language]),
            -match.start,
        ),
    )
    if any(abs(match.age_years - best.age_years) > SAME_AGE for match in found):
        return None
    return best


_FOREIGN = {lexicon.language: lexicon.foreign for lexicon in _COMPILED}
_LETTERS = {lexicon.language: lexicon.letters for lexicon in _COMPILED}


def _inside(match: Match, other: Match) -> bool:
    """Whether `other` says more about the same words, so that `match` is only a part of it."""
    longer = other.end - other.start > match.end - match.start
    return longer and other.start <= match.start and match.end <= other.end
