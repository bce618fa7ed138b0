"""The engine: from a number in a hashtag to the shape around it, and from the shape to an age.

Words are looked up under their first two (or last two) letters, longest first, from the number
outwards, so that what stands next to it is read first. Where the lexicon knows no word, the rest
is read from the hashtag's ends inwards, and what remains between is unknown. What a shape means is
worked out once and kept: there are few shapes and many hashtags.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from curation.hashtags.fold import squash
from curation.hashtags.grammar import RULES, VETOES
from curation.hashtags.lexicon import MONTH, OWN, Lexicon, Rule, shape_pattern
from curation.hashtags.words import ALPHABETS, KnownWords, WordIndex, alternatives, words_of

_KEPT_SHAPES = 1 << 15
_TELLING = frozenset(f"ABCIMQTYeoty{''.join(OWN)}")  # kinds that go with number words
_ROOT = 5  # letters of a word that are looked for before anything else
_TELLING_NUMBER = 5  # letters; so long a number word is looked at in any company
_JOINTS = frozenset(
    ["and", "und", "et", "e", "y", "و", "零", "ve"]
)  # between the words of a number


class Match(NamedTuple):
    """What one rule found: an age in years and where, in the squashed hashtag."""

    age_years: float
    rule: str
    confidence: float
    start: int
    end: int
    language: str
    known: int  # how many letters of the hashtag the lexicon knows
    needs: str = ""  # letters one of which the hashtag must have as written


class Sense(NamedTuple):
    """One rule that fits a shape: `first:last` is the part of the shape that it took."""

    rule: Rule
    first: int
    last: int
    age: float | None = None  # of an idiom
    half: bool = False  # and a half
    single: bool = False  # the unit is in the singular
    months: int = 0  # where in the shape a second number counts months


# The senses of a shape that forbids an age.
VETOED: tuple[Sense, ...] = (Sense(Rule("veto", "veto", 0), 0, 0),)


class CompiledLexicon(KnownWords):
    """A lexicon ready to read."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.language = lexicon.language
        self.script = lexicon.script
        self.letters = frozenset(lexicon.letters)
        self.foreign = frozenset(lexicon.foreign)
        kinds = lexicon.letter_of()
        super().__init__(words_of(lexicon, kinds), doubts=lexicon.script in ALPHABETS)
        self._idioms = list(lexicon.idioms)
        self.number_words: dict[str, tuple[str, float]] = {}
        for mark, numbers in (("w", lexicon.cardinals), ("r", lexicon.ordinals)):
            self.number_words |= {squash(word): (mark, value) for word, value in numbers.items()}
        for place, idiom in enumerate(self._idioms):
            self.number_words |= {squash(word): ("i", place) for word in idiom.words.split()}
        self._number_index = WordIndex(self.number_words)
        self._roots: re.Pattern[str] | None = None
        rules = [rule for rule in RULES if rule.name not in lexicon.without] + list(lexicon.rules)
        self._rules = [(rule, shape_pattern(rule.pattern, kinds)) for rule in rules]
        self._idiom_patterns = [shape_pattern(idiom.pattern, kinds) for idiom in self._idioms]
        self._vetoes = [shape_pattern(veto, kinds) for veto in (*VETOES, *lexicon.vetoes)]
        self._senses: dict[str, tuple[Sense, ...]] = {}

    def roots(self) -> set[str]:
        """Return beginnings of words one of which stands in any hashtag with a number in words."""
        least = 3 if self._doubts else 1
        words = {
            word
            for word, letter in self.words.items()
            if letter in _TELLING
            and len(word) >= least + (self._doubts and (letter in "IC" or letter in OWN))
        }
        words |= {word for word, (mark, _) in self.number_words.items() if mark == "i"}
        if self._doubts:
            words |= {word for word in self.number_words if len(word) >= _TELLING_NUMBER}
        return {word[:_ROOT] for word in words}

    def vetoing(self, length: int) -> set[str]:
        """Return the words of `length` letters or more that forbid an age wherever they are."""
        return {
            word for word, letter in self.words.items() if letter == "X" and len(word) >= length
        }

    def read_words(self, text: str, vetoed: Callable[[str], object] | None) -> list[Match]:
        """Return the ages around the numbers in words and the idioms of a squashed hashtag."""
        if self._roots is None:
            self._roots = alternatives({word[:_ROOT] for word in self.number_words})
        matches: list[Match] = []
        size = len(text)
        place = first = last = 0  # where to search on, and where the last number word was
        while found := self._roots.search(text, place):
            start = found.start()
            place = start + 1
            partial = self._partial(text, start, first, last)
            for length in (*self._number_index.starts.get(text[start : start + 3], ()), 2, 1):
                end = start + length
                known = self.number_words.get(text[start:end]) if end <= size else None
                if known is None:
                    continue
                if not partial:
                    match = self.read(text[:start], text[end:], end - start, *known, vetoed)
                    if match:
                        matches.append(match)
                        place = end
                        break  # else a shorter number word may begin here: un anno, not una nno
                if end > last:
                    first, last = start, end
        return matches

    def _partial(self, text: str, start: int, first: int, last: int) -> bool:
        """Whether what starts at `start` is a part of a longer number, of which we know a word.

        `first` and `last` are where the number word before it is. It is not, where that was only
        the end of another word: dreißig in mein-dreißig, sechs in mein-sechs.
        """
        if not last or (start > last and text[last:start] not in _JOINTS):
            return False
        size = start - first if start <= last else last - first
        return not any(
            size < length <= start and text[start - length : start] in self.words
            for length in self._index.ends.get(text[start - 3 : start], ())
        )

    def read(
        self,
        before: str,
        behind: str,
        width: int,
        mark: str,
        value: float,
        vetoed: Callable[[str], object] | None = None,
    ) -> Match | None:
        """Return the age that stands around a number in a squashed hashtag.

        `before` and `behind` are the letters on its sides, `width` is how many it has itself.
        `mark` is the letter of the number in shapes (`MARKS`), `value` its value, or the place of
        the idiom. `vetoed` is asked about the letters that the lexicon does not know. A match of
        confidence 0 says that the lexicon forbids an age here.
        """
        left, starts, unknown_before, light_before = self.before(before)
        right, ends, unknown_behind, light_behind = self.behind(behind)
        if light_before and light_behind and mark == "n":
            return None
        shape = left + mark + right
        senses = self._senses.get(shape if mark != "i" else f"{shape}{value}")
        if senses is None:
            senses = self._work_out(shape, int(value) if mark == "i" else None)
        if not senses:
            return None
        end = len(before) + width
        known = end + len(behind) - len(unknown_before) - len(unknown_behind)
        if senses is VETOED:
            return Match(0, "veto", 0, 0, 0, self.language, known)
        if vetoed is not None and (
            (unknown_before and vetoed(unknown_before))
            or (unknown_behind and vetoed(unknown_behind))
        ):
            return None
        outer = len(starts)  # the letters of the shape up to the number, and it
        for sense in senses:
            rule, age = sense.rule, sense.age
            if age is None:
                age = value + 0.5 if sense.half else value
                if not rule.low <= age <= rule.high or (sense.single and value > 1.5):
                    continue
                age *= rule.unit
                if place := sense.months:
                    if place < outer:
                        months = int(before[starts[place] : starts[place + 1]])
                    else:
                        months = int(behind[ends[place - outer] : ends[place - outer + 1]])
                    if months > 11:
                        continue
                    age += months * MONTH
            first, last = sense.first, sense.last
            first = starts[first] if first < outer else end + ends[first - outer]
            last = starts[last] if last < outer else end + ends[last - outer]
            # As Match(…) would, in half the time.
            return tuple.__new__(
                Match,
                (age, rule.name, rule.confidence, first, last, self.language, known, rule.needs),
            )
        return None

    def _work_out(self, shape: str, idiom: int | None) -> tuple[Sense, ...]:
        """Return what a shape means, and keep it."""
        if len(self._senses) >= _KEPT_SHAPES:
            self._senses.clear()
        senses = self._meaning(shape, idiom)
        self._senses[shape if idiom is None else f"{shape}{idiom}"] = senses
        return senses

    def _meaning(self, shape: str, idiom: int | None) -> tuple[Sense, ...]:
        if any(veto.search(shape) for veto in self._vetoes):
            return VETOED
        if idiom is not None:
            chosen = self._idioms[idiom]
            found = self._idiom_patterns[idiom].search(shape)
            if found is None:
                return ()
            rule = Rule(chosen.name, chosen.pattern, chosen.confidence)
            return (Sense(rule, *found.span(), chosen.age),)
        senses = []
        for rule, pattern in self._rules:
            if found := pattern.search(shape):
                first, last = found.span()
                half, single = "h" in found[0], "E" in found[0]
                months = shape.find("9", first, last)
                first += shape[first] == "<"
                while shape[last - 1] in ">~":
                    last -= 1
                senses.append(Sense(rule, first, last, None, half, single, max(months, 0)))
        senses.sort(key=lambda sense: (-sense.rule.confidence, sense.first - sense.last))
        return tuple(senses)
