"""Gender hints in hashtags: weak labels, never more.

`#itsaboy` and `#birthdaygirl` speak of the person in the picture, and mostly `#happybirthdaymom`
and `#mydaughter` do; `#momof2`, `#girlpower` and `#boymom` do not. So a hashtag hints at a gender
only when every word of it is known and a noun of people stands in company that means somebody
(`RULES`), over shapes as ages are read (`curation.hashtags.lexicon`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from curation.hashtags.fold import locate, squash
from curation.hashtags.lexicon import KINDS, Lexicon
from curation.hashtags.lexicons import LEXICONS
from curation.hashtags.words import WordIndex, alternatives

# Letters of their own for gendered words, in shapes of whole hashtags.
_FEMALE, _MALE, _FEMALE_ALONE, _MALE_ALONE, _ITS, _DIGITS = "ψ", "μ", "Ψ", "Μ", "=", "n"
_WHO = "[ψμ]"

# name, pattern over the shape of a whole hashtag, confidence
_RULES = (
    ("alone", r"^[HSGFUuBc]*[ΨΜ][SGUuFHBcn]*$", 0.6),
    ("its-a", rf"^=[GF]*{_WHO}(?:[GUuH]|)*$", 0.5),
    ("birthday-of", rf"^[HSGFUu]*B[HSGFUu]*{_WHO}[SGFUuH]*$", 0.5),
    ("whose-birthday", rf"^[HSGFUunO]*{_WHO}[sF]?[nOF]*B[HSGFUuc]*$", 0.5),
    ("my", rf"^[SQ][GF]*{_WHO}[SGFUu]*$", 0.5),
    ("age-of", rf"^[SHF]*{_WHO}[IUuT]*n(?:[YEAMo]+[Uu]*)$", 0.5),
    ("is-number", rf"^[SF]*{_WHO}[ITUu]+nU*$", 0.5),
    ("years-old", rf"^n[OYEAMoF]+[SF]*{_WHO}[FSU]*$", 0.5),
    ("turns", rf"^[SQ]{_WHO}[TI][Uu]*n?[YEA]*[Uu]*$", 0.5),
)
_PATTERNS = [(name, re.compile(pattern), confidence) for name, pattern, confidence in _RULES]
_KEPT = frozenset("HSGFUuBcQIToYEAMO")


class GenderReading(NamedTuple):
    """A gender ("female" or "male") that a hashtag hints at: a weak label, never more."""

    tag: str
    gender: str
    rule: str
    language: str
    confidence: float
    squashed: tuple[int, int]

    @property
    def span(self) -> tuple[int, int]:
        """Where the hint stands in `tag` as written."""
        return locate(self.tag, *self.squashed)


class _Gendered:
    """The gendered words of one language among its other words."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.language = lexicon.language
        letters = {kind: KINDS[kind] for kind in lexicon.words if KINDS.get(kind, "~") in _KEPT}
        self._words = {
            squash(word): letter
            for kind, letter in letters.items()
            for word in lexicon.words[kind].split()
        }
        people: dict[str, str] = {}
        for words, letter in (
            (lexicon.gendered.female, _FEMALE),
            (lexicon.gendered.male, _MALE),
            (lexicon.gendered.female_alone, _FEMALE_ALONE),
            (lexicon.gendered.male_alone, _MALE_ALONE),
        ):
            people |= {squash(word): letter for word in words.split()}
        self._words |= {squash(word): "B" for word in lexicon.gendered.birthday.split()}
        self.roots = {word[:4] for word in people}
        self.datives = {
            squash(word)
            for words in (lexicon.gendered.female_dative, lexicon.gendered.male_dative)
            for word in words.split()
        }
        self._words |= {squash(word): _ITS for word in lexicon.gendered.its.split()} | people
        self._starts = WordIndex(self._words).starts

    def shape(self, text: str) -> tuple[str, tuple[int, int]] | None:
        """Return the shape of a squashed hashtag and where its gendered word is, or None."""
        shape, place, who = "", 0, (0, 0)
        while place < len(text):
            for length in (*self._starts.get(text[place : place + 3], ()), 2, 1):
                letter = self._words.get(text[place : place + length])
                if letter is not None:
                    break
            else:
                length = 1
                if not text[place].isdecimal():
                    return None
                while place + length < len(text) and text[place + length].isdecimal():
                    length += 1
                letter = _DIGITS
            if letter in "ψμΨΜ":
                who = (place, min(place + length, len(text)))
            shape += letter
            place += length
        return shape, who


_LANGUAGES = [_Gendered(lexicon) for lexicon in LEXICONS]
_ANY = alternatives({root for language in _LANGUAGES for root in language.roots}).search


def read_genders(tags: Iterable[str]) -> list[GenderReading]:
    """Return the genders that hashtags hint at, in their order; a repeated one counts once."""
    readings = (read_gender(tag) for tag in dict.fromkeys(tags))
    return [reading for reading in readings if reading is not None]


@lru_cache(maxsize=1 << 16)
def read_gender(tag: str) -> GenderReading | None:
    """Return the gender that `tag` hints at, or None; None too when it hints at both."""
    tag = tag.lstrip("#＃")
    text = squash(tag)
    if not _ANY(text):
        return None
    found: list[GenderReading] = []
    for language in _LANGUAGES:
        read = language.shape(text)
        if read is None:
            continue
        shape, who = read
        genders = {"female" if letter in "ψΨ" else "male" for letter in shape if letter in "ψμΨΜ"}
        if len(genders) != 1:
            continue
        dative = shape[1:].strip("u") == _DIGITS and text[slice(*who)] in language.datives
        for name, pattern, confidence in _PATTERNS:
            if pattern.match(shape) or (dative and name == "age-of"):
                gender = genders.pop()
                found.append(GenderReading(tag, gender, name, language.language, confidence, who))
                break
    if not found or len({reading.gender for reading in found}) > 1:
        return None
    return max(found, key=lambda reading: reading.confidence)
