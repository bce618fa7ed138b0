"""What a lexicon is: the words of one language by what they do, its numbers, its own rules.

A hashtag is read outwards from a number, word by word, and becomes a *shape*: a string with one
letter per word. `happy_sparkling_27th_birthday` is `happy praise digits ordinal birthday`. Rules
are patterns over shapes and hence over kinds of words, never over spellings, so that one grammar
serves all languages. In a pattern each name stands for a kind of word; spaces mean nothing and
everything else is regular-expression syntax:

    (digits ordinal | nth) (of | praise)* birthday
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

OLDEST = 120.0  # years; nobody is known to have lived longer than 122

MONTH = 1 / 12  # years
WEEK = 7 / 365.25
DAY = 1 / 365.25

# What stands in a shape besides words.
MARKS = {
    "start": "<",
    "end": ">",
    "unknown": "~",  # something that the lexicon does not know
    "other": "9",  # another number than the one looked at
    "digits": "n",  # the number looked at, in digits
    "dashed": "d",  # written 4-0
    "word": "w",  # a cardinal in words
    "nth": "r",  # an ordinal in words
    "idiom": "i",  # words that mean an age as they stand
    "count": "[nw]",
    "number": "[nwr]",
}

# Kinds of words, each with its letter in shapes.
KINDS = {
    "years": "Y",  # a unit that may also count something else than age: años, ans, Jahre
    "age_unit": "A",  # a unit that only counts age: yaş, 歳, 살, yearsold
    "year": "E",  # the same in the singular, which goes with one only
    "months": "M",
    "weeks": "W",
    "days": "D",
    "old": "o",  # what makes an age of a unit: old, young, alt, de edad
    "life": "l",  # of life
    "ordinal": "O",  # what makes an ordinal of digits: th, º, -inci; or stands before: ke, 第
    "birthday": "B",
    "monthday": "y",  # the birthday of a month: mesversário, cumplemes
    "happy": "H",
    "turn": "T",  # turning, cumplo, werde
    "turned": "t",  # the same, behind the number: geworden, oldum, になりました
    "is": "I",  # says that the number is somebody's: im, tengo, j'ai, мне
    "kin": "K",  # mother, son: and, in some languages, "my son"
    "child": "C",  # boy, girl, baby, man
    "whose": "S",  # my, our
    "my_years": "Q",  # my, said of years: mis 40, meine 30
    "at": "P",
    "praise": "G",
    "party": "c",
    "today": "U",
    "now": "u",  # finally, already, just
    "age": "e",  # the word age before a number: edad, umur, عمري
    "number_sign": "N",  # birthday number 5
    "of": "F",  # small words without weight: of, the, and
    "half": "h",
    "range": "a",  # between two numbers: 2 to 5 years
    "veto": "X",  # says, wherever it stands, that no pictured person has this age
    "veto_before": "v",  # the same, right before the number: over, almost, until
    "veto_after": "z",  # right behind it: plus, -ish, -s
    "veto_beside": "x",  # on either side: names of months, to, or
}
OWN = "1234568JLRVbfgjkmpqs"  # letters for kinds that one language has for itself

_NAME = re.compile(r"[a-z_]+")


@dataclass(frozen=True)
class Rule:
    """One form that states an age.

    `pattern` is over shapes (see the module); `unit` is what one count is worth in years, `low`
    to `high` the counts that are believed, `confidence` how often the form means the age of a
    pictured person (0 to 1, judged by hand). `needs` are letters one of which the hashtag must have
    as written, for forms that a sister language uses with another meaning.
    """

    name: str
    pattern: str
    confidence: float
    unit: float = 1.0
    low: float = 1
    high: float = OLDEST
    needs: str = ""


@dataclass(frozen=True)
class Idiom:
    """Words that mean an age as they stand: `onederland`, `還暦`, `годик`.

    `words` are parted by spaces; `pattern`, over shapes, says in what company `idiom` counts.
    """

    name: str
    words: str
    age: float
    confidence: float
    pattern: str = "idiom"


@dataclass(frozen=True)
class Gendered:
    """Words of one language that tell a gender; lists parted by spaces.

    `female` and `male` are nouns of people (daughter, grandpa) that hint at the pictured person
    only in company: behind a birthday, "my" or "it's a". `female_alone` and `male_alone` do so by
    themselves (babygirl, именинница, cumpleañera). `its` opens "it's a girl"; `birthday` are words
    of birthdays that tell no age; the datives say whose age a number behind them is.
    """

    female: str = ""
    male: str = ""
    female_alone: str = ""
    male_alone: str = ""
    its: str = ""
    birthday: str = ""
    female_dative: str = ""
    male_dative: str = ""


@dataclass(frozen=True)
class Lexicon:
    """The words and rules of one language (`language` is its ISO 639-1 code).

    `cardinals` and `ordinals` give number words their values. `words` are lists parted by spaces,
    by kind (`KINDS`, or a kind of its own that `rules` use). `without` names rules of the common
    grammar that would err in this language, `vetoes` are patterns that forbid an age. `letters`
    tell it from its neighbours when two languages read the same; it never has `foreign` ones.
    """

    language: str
    script: str
    cardinals: Mapping[str, int]
    ordinals: Mapping[str, int]
    words: Mapping[str, str]
    rules: Sequence[Rule] = ()
    idioms: Sequence[Idiom] = ()
    without: frozenset[str] = frozenset()
    vetoes: Sequence[str] = ()
    letters: str = ""
    foreign: str = ""
    gendered: Gendered = field(default_factory=Gendered)

    def letter_of(self) -> dict[str, str]:
        """Return the letter in shapes of every kind of word, the language's own ones too."""
        own = [kind for kind in self.words if kind not in KINDS]
        if len(own) > len(OWN):
            raise ValueError(f"{self.language}: more than {len(OWN)} kinds of its own")
        return KINDS | dict(zip(own, OWN, strict=False))


def shape_pattern(pattern: str, letters: Mapping[str, str]) -> re.Pattern[str]:
    """Compile a pattern over kinds of words; KeyError names a kind that there is not."""
    names = MARKS | dict(letters) | {"years": f"[{letters['years']}{letters['year']}]"}
    return re.compile(_NAME.sub(lambda found: names[found[0]], pattern).replace(" ", ""))
