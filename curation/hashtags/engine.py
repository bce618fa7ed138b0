"""The engine: from a number in a hashtag to the shape around it, and from the shape to an age.

Words are looked up under their first two (or last two) letters, longest first, from the number
outwards, so that what stands next to it is read first. Where the lexicon knows no word, the rest
is read from the hashtag's ends inwards, and what remains between is unknown. What a shape means is
worked out once and kept: there are few shapes and many hashtags.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from curation.hashtags.fold import squash
from curation.hashtags.grammar import RULES, VETOES
from curation.hashtags.lexicon import _OWN, MONTH, Lexicon, Rule, shape_pattern

_KEPT_SHAPES = 1 << 15
_SHORT = 4  # letters; a shorter word beside unknown letters is mostly a part of another word
_TELLING = frozenset(f"ABCIMQTYeoty{''.join(_OWN)}")  # kinds that go with number words
_ROOT = 5  # letters of a word that are looked for before anything else
_TELLING_NUMBER = 5  # letters; so long a number word is looked at in any company
_FAR = 1  # letters more, at the beginning of a hashtag: names begin with short words
_DOUBTED = frozenset("XxvzKCGF")  # kinds that are doubted so
_JOINTS = frozenset("and und et e y و 零 ve".split())  # between the words of a number
_NO_EDGES: list[int] = []
_WEIGHTLESS = "Pvxza9"  # kinds that alone make no age of a number in digits
_ALPHABETS = frozenset({"latin", "cyrillic"})  # where words are long enough to doubt short ones


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


class WordIndex:
    """Words by their first three letters and by their last three: how long they are, longest first.

    Words of one or two letters are not in it: they are looked up themselves.
    """

    def __init__(self, words: Iterable[str]) -> None:
        starts: dict[str, set[int]] = {}
        ends: dict[str, set[int]] = {}
        for word in words:
            if len(word) > 2:
                starts.setdefault(word[:3], set()).add(len(word))
                ends.setdefault(word[-3:], set()).add(len(word))
        self.starts = {key: tuple(sorted(sizes, reverse=True)) for key, sizes in starts.items()}
        self.ends = {key: tuple(sorted(sizes, reverse=True)) for key, sizes in ends.items()}


class CompiledLexicon:
    """A lexicon ready to read."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.language = lexicon.language
        self.script = lexicon.script
        self.letters = frozenset(lexicon.letters)
        self.foreign = frozenset(lexicon.foreign)
        self._doubts = lexicon.script in _ALPHABETS
        kinds = lexicon.letter_of()
        self.words = _words(lexicon, kinds)
        self._index = WordIndex(self.words)
        # How long the words are that a word begins with, where there are any.
        self._shorter = {
            word: lengths
            for word in self.words
            if (lengths := [size for size in range(len(word) - 1, 1, -1) if word[:size] in self.words])
        }
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
            if letter in _TELLING and len(word) >= least + (self._doubts and (letter in "IC" or letter in _OWN))
        }
        words |= {word for word, (mark, _) in self.number_words.items() if mark == "i"}
        if self._doubts:
            words |= {word for word in self.number_words if len(word) >= _TELLING_NUMBER}
        return {word[:_ROOT] for word in words}

    def vetoing(self, length: int) -> set[str]:
        """Return the words of `length` letters or more that forbid an age wherever they are."""
        return {word for word, letter in self.words.items() if letter == "X" and len(word) >= length}

    def read_words(self, text: str, vetoed: Callable[[str], object] | None) -> list[Match]:
        """Return the ages around the numbers in words and the idioms of a squashed hashtag."""
        if self._roots is None:
            self._roots = alternatives({word[:_ROOT] for word in self.number_words})
        matches: list[Match] = []
        place = first = last = 0  # where to search on, and where the last number word was
        while found := self._roots.search(text, place):
            start = found.start()
            place = start + 1
            partial = self._partial(text, start, first, last)
            for length in (*self._number_index.starts.get(text[start : start + 3], ()), 2, 1):
                known = self.number_words.get(text[start : start + length])
                if known is None:
                    continue
                end = min(start + length, len(text))
                if not partial:
                    match = self.read(text, start, end, *known, vetoed)
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
        text: str,
        start: int,
        end: int,
        mark: str,
        value: float,
        vetoed: Callable[[str], object] | None = None,
    ) -> Match | None:
        """Return the age that stands around a number at `start:end` of a squashed hashtag.

        `mark` is the letter of the number in shapes (`MARKS`), `value` its value, or the place of
        the idiom. `vetoed` is asked about the letters that the lexicon does not know. A match of
        confidence 0 says that the lexicon forbids an age here.
        """
        size = len(text)
        right, right_edges, place = "", _NO_EDGES, end
        if end < size:
            right, right_edges, place = self._forwards(text, end, size, end)
        left, left_edges, left_place = "", _NO_EDGES, 0
        if start:
            left, left_edges, left_place = self._backwards(text, start, 0, start)
        if mark == "n" and self._weightless(left + right):
            return None
        unknown_right = unknown_left = ""
        if place < size:
            right, right_edges, unknown_right = self._rest(text, right, right_edges, place)
        if left_place:
            left, left_edges, unknown_left = self._beginning(
                text, left, left_edges, left_place, start
            )
        shape = f"<{left}{mark}{right}>"
        senses = self._senses.get(shape if mark != "i" else f"{shape}{value}")
        if senses is None:
            senses = self._work_out(shape, int(value) if mark == "i" else None)
        if not senses:
            return None
        known = size - len(unknown_left) - len(unknown_right)
        if senses is VETOED:
            return Match(0, "veto", 0, 0, 0, self.language, known)
        if vetoed is not None and (
            (unknown_left and vetoed(unknown_left)) or (unknown_right and vetoed(unknown_right))
        ):
            return None
        edges = [0, *left_edges, start, *right_edges, size, size]
        for sense in senses:
            rule, age = sense.rule, sense.age
            if age is None:
                age = value + 0.5 if sense.half else value
                if not rule.low <= age <= rule.high or (sense.single and value > 1.5):
                    continue
                age *= rule.unit
                if sense.months:
                    months = int(text[edges[sense.months] : edges[sense.months + 1]])
                    if months > 11:
                        continue
                    age += months * MONTH
            first, last = edges[sense.first], edges[sense.last]
            # As Match(…) would, in half the time.
            return tuple.__new__(
                Match,
                (age, rule.name, rule.confidence, first, last, self.language, known, rule.needs),
            )
        return None

    def _rest(
        self, text: str, right: str, edges: list[int], place: int
    ) -> tuple[str, list[int], str]:
        """Go on where the words behind a number end; return letters, edges, unknown letters."""
        size = len(text)
        if right:
            # The last word may have been too long: 12yearolds-cotch, 60летием-амы.
            last = edges[-1]
            for length in self._shorter.get(text[last:place], ()):
                more, more_edges, end = self._forwards(text, last + length, size)
                if end == size:
                    letter = self.words[text[last : last + length]]
                    return right[:-1] + letter + more, edges + more_edges, ""
        while right and self._doubtful(right[-1], place - edges[-1]):
            right, place = right[:-1], edges.pop()
        tail, tail_edges, start = self._backwards(text, size, place)
        while tail and start > place:
            behind = tail_edges[1] if len(tail) > 1 else size
            if not self._doubtful(tail[0], behind - start):
                break
            tail, tail_edges, start = tail[1:], tail_edges[1:], behind
        if start == place + 1 and (letter := self.words.get(text[place])):  # 40-y-fabulosa
            return right + letter + tail, [*edges, place, *tail_edges], ""
        if start > place:
            return f"{right}~{tail}", [*edges, place, *tail_edges], text[place:start]
        return right + tail, edges + tail_edges, ""

    def _beginning(
        self, text: str, left: str, edges: list[int], place: int, number: int
    ) -> tuple[str, list[int], str]:
        """Go on where the words before a number begin; return letters, edges, unknown letters."""
        while left:
            behind = edges[1] if len(left) > 1 else number
            if not self._doubtful(left[0], behind - place):
                break
            left, edges, place = left[1:], edges[1:], behind
        head, head_edges, end = self._forwards(text, 0, place)
        while head and end < place - 1 and self._doubtful(
            head[-1], end - head_edges[-1] - _FAR
        ):
            head, end = head[:-1], head_edges.pop()
        if end == place - 1 and (letter := self.words.get(text[end])):  # mon fils-a-7 ans
            return head + letter + left, [*head_edges, end, *edges], ""
        if end < place:
            return f"{head}~{left}", [*head_edges, end, *edges], text[end:place]
        return head + left, head_edges + edges, ""

    def _forwards(
        self, text: str, place: int, end: int, number: int = -1
    ) -> tuple[str, list[int], int]:
        """Read words from `place` on; return their letters, where each begins, and the end.

        What makes an ordinal of digits, and in alphabets words of one letter, are known only
        beside the `number`, which ends there.
        """
        words, starts, doubts = self.words, self._index.starts, self._doubts
        shape, edges = "", []
        while place < end:
            letter = None
            if lengths := starts.get(text[place : place + 3]):
                for length in lengths:
                    if place + length <= end:
                        letter = words.get(text[place : place + length])
                        if letter is not None and (letter != "O" or place == number):
                            break
                        letter = None
            if letter is None:
                length = 2
                if place + 1 < end:
                    letter = words.get(text[place : place + 2])
                if letter is None or (letter == "O" and place != number):
                    length = 1
                    letter = words.get(text[place]) if place == number or not doubts else None
                    if letter is None or (letter == "O" and place != number):
                        if not text[place].isdecimal():
                            break
                        letter = "9"
                        while place + length < end and text[place + length].isdecimal():
                            length += 1
            shape += letter
            edges.append(place)
            place += length
        return shape, edges, place

    def _backwards(
        self, text: str, place: int, start: int, number: int = -1
    ) -> tuple[str, list[int], int]:
        """Read words from `place` back to `start`, as `_forwards` does, and return the same."""
        words, ends, doubts = self.words, self._index.ends, self._doubts
        shape, edges = "", []
        while place > start:
            letter = None
            if lengths := ends.get(text[place - 3 : place] if place > 2 else ""):
                for length in lengths:
                    if place - length >= start:
                        letter = words.get(text[place - length : place])
                        if letter is not None and (letter != "O" or place == number):
                            break
                        letter = None
            if letter is None:
                length = 2
                if place - 1 > start:
                    letter = words.get(text[place - 2 : place])
                if letter is None or (letter == "O" and place != number):
                    length = 1
                    letter = words.get(text[place - 1]) if place == number or not doubts else None
                    if letter is None or (letter == "O" and place != number):
                        if not text[place - 1].isdecimal():
                            break
                        letter = "9"
                        while place - length > start and text[place - length - 1].isdecimal():
                            length += 1
            place -= length
            shape = letter + shape
            edges.append(place)
        edges.reverse()
        return shape, edges, place

    @staticmethod
    def _weightless(letters: str) -> bool:
        """Whether no rule reads a number in digits among such words, whatever else there is."""
        return not letters.strip(_WEIGHTLESS)

    def _doubtful(self, letter: str, length: int) -> bool:
        return self._doubts and letter not in "OP" and length < (_SHORT if letter in _DOUBTED else 3)

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


def _words(lexicon: Lexicon, kinds: Mapping[str, str]) -> dict[str, str]:
    """Return every word of a lexicon with the letter of its kind in shapes.

    A word may forbid an age on either side of the number; any other in two kinds is a mistake.
    """
    found: dict[str, str] = {}
    twice: list[str] = []
    for kind, words in lexicon.words.items():
        for word in map(squash, words.split()):
            letter = kinds[kind]
            known = found.get(word, letter)
            if known != letter:
                if {known, letter} <= set("vzx"):
                    letter = "x"
                else:
                    twice.append(f"{word} ({kind})")
            found[word] = letter
    if twice:
        raise ValueError(f"the lexicon {lexicon.language} has words of two kinds: {twice}")
    return found


def alternatives(words: Iterable[str]) -> re.Pattern[str]:
    """Compile words into one pattern that shares their beginnings."""
    return re.compile(_trie(sorted({word for word in words if word})) or r"(?!)")


def _trie(words: list[str]) -> str:
    branches, place = [], 0
    while place < len(words):
        first = words[place][0]
        rest = []
        while place < len(words) and words[place][0] == first:
            rest.append(words[place][1:])
            place += 1
        if rest[0] == "":  # a word that is the beginning of the others finds them all
            branches.append(re.escape(first))
        else:
            branches.append(re.escape(first) + _trie(rest))
    if not branches:
        return ""
    if all(len(branch) == 1 for branch in branches) and len(branches) > 1:
        return f"[{''.join(branches)}]"
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"
