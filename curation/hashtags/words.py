"""The words of a lexicon, and reading them through what stands on either side of a number.

Words are looked up under their first three (or last three) letters, longest first. Where the words
beside a number end, the rest of the side is read from its other end, and what remains between is
unknown. In alphabets a short word beside unknown letters is mostly a part of another word, so it is
doubted.

How a side is read depends on its letters alone, not on the number nor on the other side. Many
hashtags share one (happy27thbirthday, my27thbirthday; happy31st, happy31yearsold), so the last
sides that were asked for are kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from curation.hashtags.fold import squash
from curation.hashtags.lexicon import Lexicon

_SHORT = 4  # letters; a shorter word beside unknown letters is mostly a part of another word
_FAR = 1  # letters more, at the beginning of a hashtag: names begin with short words
_DOUBTED = frozenset("XxvzKCGF")  # kinds that are doubted so
ALPHABETS = frozenset({"latin", "cyrillic"})  # where words are long enough to doubt short ones
_WEIGHTLESS = "Pvxza9"  # kinds that alone make no age of a number in digits
_KEPT_SIDES = 1 << 12  # of each lexicon, on each side


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


# What a lexicon makes of the letters on one side of a number: a shape with a letter for each word,
# and `<` or `>` at the end of the hashtag; where in the side each of these letters begins, and the
# end of the side behind them; the letters that are in no word; and whether the words beside the
# number are weightless: where they are so on both sides, no rule reads a number in digits.
Side = tuple[str, tuple[int, ...], str, bool]


class KnownWords:
    """Words by spelling, with the letter of their kind in shapes; `doubts` short ones or not.

    `before` and `behind` read the letters before and behind a number, as a `Side`.
    """

    def __init__(self, words: dict[str, str], *, doubts: bool) -> None:
        self.words = words
        self.before = lru_cache(_KEPT_SIDES)(self.read_before)
        self.behind = lru_cache(_KEPT_SIDES)(self.read_behind)
        self._doubts = doubts
        self._index = WordIndex(words)
        # Those that are words where no number is beside them.
        self._inner = {
            word: letter
            for word, letter in words.items()
            if letter != "O" and not (doubts and len(word) == 1)
        }
        # How long the words are that a word begins with, where there are any.
        self._shorter = {
            word: lengths
            for word in self.words
            if (
                lengths := [
                    size for size in range(len(word) - 1, 1, -1) if word[:size] in self.words
                ]
            )
        }

    def read_behind(self, text: str) -> Side:
        """Read the letters behind a number."""
        size = len(text)
        shape, edges, place = self._forwards(text, 0, size, 0)
        weightless, unknown = not shape.strip(_WEIGHTLESS), ""
        if place < size:
            shape, edges, unknown = self._rest(text, shape, edges, place)
        return f"{shape}>", (*edges, size, size), unknown, weightless

    def read_before(self, text: str) -> Side:
        """Read the letters before a number."""
        size = len(text)
        shape, edges, place = self._backwards(text, size, 0, size)
        weightless, unknown = not shape.strip(_WEIGHTLESS), ""
        if place:
            shape, edges, unknown = self._beginning(text, shape, edges, place)
        return f"<{shape}", (0, *edges, size), unknown, weightless

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
        if start == place + 1 and (joint := self.words.get(text[place])):  # 40-y-fabulosa
            return right + joint + tail, [*edges, place, *tail_edges], ""
        if start > place:
            return f"{right}~{tail}", [*edges, place, *tail_edges], text[place:start]
        return right + tail, edges + tail_edges, ""

    def _beginning(
        self, text: str, left: str, edges: list[int], place: int
    ) -> tuple[str, list[int], str]:
        """Go on where the words before a number begin; return letters, edges, unknown letters."""
        while left:
            behind = edges[1] if len(left) > 1 else len(text)
            if not self._doubtful(left[0], behind - place):
                break
            left, edges, place = left[1:], edges[1:], behind
        head, head_edges, end = self._forwards(text, 0, place)
        if end == place - 1 and (joint := self.words.get(text[end])):  # mon fils-a-7 ans
            return head + joint + left, [*head_edges, end, *edges], ""
        while head and end < place and self._doubtful(head[-1], end - head_edges[-1] - _FAR):
            head, end = head[:-1], head_edges.pop()
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
        get, starts = self.words.get if place == number else self._inner.get, self._index.starts
        shape, edges = "", []
        while place < end:
            for length in starts.get(text[place : place + 3], ()):
                letter = get(text[place : place + length])
                if letter is not None and place + length <= end:
                    break
            else:
                length = 2
                letter = get(text[place : place + 2]) if place + 1 < end else None
                if letter is None:
                    length = 1
                    letter = get(text[place])
                    if letter is None:
                        if not text[place].isdecimal():
                            break
                        letter = "9"
                        while place + length < end and text[place + length].isdecimal():
                            length += 1
            shape += letter
            edges.append(place)
            place += length
            get = self._inner.get
        return shape, edges, place

    def _backwards(
        self, text: str, place: int, start: int, number: int = -1
    ) -> tuple[str, list[int], int]:
        """Read words from `place` back to `start`, as `_forwards` does, and return the same."""
        get, ends = self.words.get if place == number else self._inner.get, self._index.ends
        shape, edges = "", []
        while place > start:
            for length in ends.get(text[place - 3 : place] if place > 2 else "", ()):
                letter = get(text[place - length : place]) if place - length >= start else None
                if letter is not None:
                    break
            else:
                length = 2
                letter = get(text[place - 2 : place]) if place - 1 > start else None
                if letter is None:
                    length = 1
                    letter = get(text[place - 1])
                    if letter is None:
                        if not text[place - 1].isdecimal():
                            break
                        letter = "9"
                        while place - length > start and text[place - length - 1].isdecimal():
                            length += 1
            place -= length
            shape = letter + shape
            edges.append(place)
            get = self._inner.get
        edges.reverse()
        return shape, edges, place

    def _doubtful(self, letter: str, length: int) -> bool:
        return (
            self._doubts and letter not in "OP" and length < (_SHORT if letter in _DOUBTED else 3)
        )


def words_of(lexicon: Lexicon, kinds: Mapping[str, str]) -> dict[str, str]:
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
