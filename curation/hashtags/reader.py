"""Read one hashtag: the age it states, or nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from curation.hashtags.engine import CompiledLexicon, Match
from curation.hashtags.fold import locate, squash
from curation.hashtags.lexicons import LEXICONS
from curation.hashtags.words import WordIndex, alternatives

SAME_AGE = 1e-6  # years

# `[0-9]` is searched faster than `\d`, and most hashtags have no other digits.
_NUMBER = re.compile(r"\d+(?:\.5|[-_](?:0|oh?)(?!\d))?")
_ASCII_NUMBER = re.compile(r"[0-9]+(?:\.5|[-_](?:0|oh?)(?![0-9]))?")
_SCRIPT = re.compile(
    "([\u0400-\u052f])|([\u0600-\u06ff])|([\u0900-\u097f])|([\uac00-\ud7a3])|([\u3040-\u9fff])"
)
_SCRIPTS = ("latin", "cyrillic", "arabic", "devanagari", "hangul", "han")
_VALUES = {str(number): float(number) for number in range(1000)}
_SURE = 0.75  # confidence; in a plain hashtag such a reading is not doubted
_LONG = 5  # letters; only such words forbid an age when they stand among unknown letters


class AgeReading(NamedTuple):
    """An age that a hashtag states.

    `tag` is the hashtag without `#` as written, `rule` and `language` what read it, `confidence`
    (0 to 1) how often this form means the pictured person, `squashed` where the age stands in the
    squashed hashtag (`curation.hashtags.fold`).
    """

    tag: str
    age_years: float
    rule: str
    language: str
    confidence: float
    squashed: tuple[int, int]

    @property
    def span(self) -> tuple[int, int]:
        """Where the age stands in `tag` as written."""
        return locate(self.tag, *self.squashed)


class Dispatch:
    """Which lexicons could say something about a hashtag, decided by a few letters."""

    def __init__(self, lexicons: Sequence[CompiledLexicon]) -> None:
        self.lexicons = lexicons
        self._behind = _masks(lexicons, lambda word, size: word[:size])
        self._before = _masks(lexicons, lambda word, size: word[-size:])
        self._chosen: dict[int, tuple[CompiledLexicon, ...]] = {}
        self._words: dict[str, int] = {}  # a bit for each lexicon that has the word
        for place, lexicon in enumerate(lexicons):
            for word in lexicon.words:
                self._words[word] = self._words.get(word, 0) | 1 << place
        self._index = WordIndex(self._words)
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

    def around(self, before: str, behind: str, mark: str) -> tuple[CompiledLexicon, ...]:
        """Return the lexicons that may know what stands right before and behind a number.

        A lexicon that may know both sides is enough; else all that may know one of them. Of
        several, only those have anything to say that do know a word there.
        """
        get = self._behind.get
        right = (get(behind[:3]) or get(behind[:2]) or get(behind[0], 0)) if behind else 0
        get = self._before.get
        left = (get(before[-3:]) or get(before[-2:]) or get(before[-1], 0)) if before else 0
        mask = (right & left) or (right | left)
        if mask & (mask - 1) and mark == "n" and not (before[-1:] + behind[:1]).isdecimal():
            mask &= self._knowing(before, behind)
        return self._chosen.get(mask) or self._of(mask)

    def _knowing(self, before: str, behind: str) -> int:
        """Return a bit for each lexicon that knows a word right before or behind a number."""
        get = self._words.get
        mask = get(behind[:2], 0) | get(behind[:1], 0) | get(before[-2:], 0) | get(before[-1:], 0)
        for length in self._index.starts.get(behind[:3], ()):
            mask |= get(behind[:length], 0)
        for length in self._index.ends.get(before[-3:], ()):
            mask |= get(before[-length:], 0)
        return mask

    def speaking(self, text: str) -> tuple[CompiledLexicon, ...]:
        """Return the lexicons with a word in `text` that can go with a number word."""
        mask = 0
        for root in self._every.findall(text):
            mask |= self._roots[root]
        return self._of(mask)

    def _of(self, mask: int) -> tuple[CompiledLexicon, ...]:
        chosen = self._chosen[mask] = tuple(
            lexicon for place, lexicon in enumerate(self.lexicons) if mask >> place & 1
        )
        return chosen


def _masks(lexicons: Sequence[CompiledLexicon], part: Callable[[str, int], str]) -> dict[str, int]:
    """Return, for up to three letters beside a number, a bit for each lexicon that may know them.

    The bits of a shorter beginning are in those of every longer one.
    """
    masks: dict[str, int] = {}
    for place, lexicon in enumerate(lexicons):
        for word in lexicon.words:
            key = part(word, 3)
            masks[key] = masks.get(key, 0) | 1 << place
    for key in list(masks):
        for size in range(1, len(key)):
            masks[key] |= masks.get(part(key, size), 0)
    return masks


_COMPILED = [CompiledLexicon(lexicon) for lexicon in LEXICONS]
_BY_SCRIPT = {
    script: Dispatch([lexicon for lexicon in _COMPILED if lexicon.script == script])
    for script in _SCRIPTS
}
_LATIN = _BY_SCRIPT["latin"]
_FIRST = _COMPILED[0]
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
    tag = tag.lstrip("#＃")
    plain = tag.isascii()
    if plain and tag.isalpha():  # most hashtags: one search, and nothing
        text = tag.lower()
        dispatch = _LATIN
        if not dispatch.gate(text):
            return None
        found = _spelt(text, dispatch)
    else:
        text = tag.lower() if plain and tag.isalnum() else squash(tag)
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
    if len(found) == 1 and not best.confidence:
        return None
    if len(found) > 1 or not plain:
        chosen = _best(found, tag)
        if chosen is None:
            return None
        best = chosen
    place = (best.start, best.end)
    # As AgeReading(…) would, in half the time.
    return tuple.__new__(
        AgeReading, (tag, best.age_years, best.rule, best.language, best.confidence, place)
    )


def forget() -> None:
    """Empty what is kept of earlier hashtags: readings, and the sides of numbers. For measuring."""
    read_hashtag.cache_clear()
    for lexicon in _COMPILED:
        lexicon.before.cache_clear()
        lexicon.behind.cache_clear()


def passes_the_gate(text: str) -> bool:
    """Whether a squashed hashtag without digits is looked at beyond the first search."""
    if text.isascii():
        return _LATIN.gate(text) is not None
    script = _SCRIPT.search(text)
    dispatch = _BY_SCRIPT[_SCRIPTS[script.lastindex or 0]] if script else _ALL
    return dispatch.gate(text) is not None


def _counted(text: str, dispatch: Dispatch, plain: bool) -> list[Match]:
    """Return what stands around the numbers in digits of a squashed hashtag."""
    found: list[Match] = []
    search = (_ASCII_NUMBER if text.isascii() else _NUMBER).search
    digits = search(text)
    while digits:
        start, end = digits.span()
        mark, value = "n", _VALUES.get(text[start:end])
        if value is None:
            mark, value, end = _value(text, start, end)
        if value >= 0:
            before, behind, width = text[:start], text[end:], end - start
            for lexicon in dispatch.around(before, behind, mark):
                match = lexicon.read(before, behind, width, mark, value, dispatch.vetoed)
                if match:
                    found.append(match)
                    # Nobody knows more, or this is sure: the sisters need not be asked.
                    if plain and (
                        match.confidence >= _SURE
                        or (match.known == len(text) and (match.confidence or lexicon is _FIRST))
                    ):
                        break
        digits = None if text[end:].isalpha() else search(text, end)
    return found


def _value(text: str, start: int, end: int) -> tuple[str, float, int]:
    """Return the mark, the value (-1 for no count) and the end of an unusual number."""
    written = text[start:end]
    if written.isdecimal():
        count = len(written) < 4 and (written[0] != "0" or len(written) == 1)
        return "n", float(written) if count else -1.0, end
    if written.endswith(".5"):
        return "n", float(written), end
    if len(written) < 5 and not written[1].isdecimal():  # the big 4-0
        return "d", 10 * float(written[0]), end
    end = start + next(n for n, letter in enumerate(written) if not letter.isdecimal())
    return "n", float(text[start:end]), end


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
