"""The questions: attributes, values and keys, without a word of any language.

Age is not asked for outright unless wanted: single guesses miss by years, while people tell well
whether a claim fits. `too_young` means that the person looks younger than claimed, `too_old` older.

Whether a picture is relevant is one question with two answers, so that votes are not split by the
reason; the reason may be given too (`irrelevant`), and is kept, but nothing is decided by it. Where
the claim is that of a child, an adult is not relevant: it is the parent who posted.

`unsafe` is asked of nobody, it can only be said. One vote of it is enough.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property

from curation.moderation.questions import english
from curation.moderation.questions.claims import BAND, CHILD_BELOW, MONTH_BAND
from curation.settings import ModerationSettings

SET = 2  # counts changes of what is asked that neither values nor wording show
CHOICES_OF = "crop"  # the name of the picture that all answers are about
MOST_YEARS = 120.0  # the highest age that is believed


@dataclass(frozen=True)
class Choice:
    """One possible answer: the value that is stored, and its key."""

    value: str
    hotkey: str


@dataclass(frozen=True)
class Question:
    """One attribute that is asked about, and its answers; a number is asked for where it has none.

    `required` questions must be answered; `only_after` names attribute and value of the answer
    after which this one is asked.
    """

    attribute: str
    choices: tuple[Choice, ...] = ()
    required: bool = True
    only_after: tuple[str, str] | None = None

    @property
    def values(self) -> tuple[str, ...]:
        """The values that a vote may have."""
        return tuple(choice.value for choice in self.choices)

    @property
    def is_number(self) -> bool:
        """Whether a number of years is asked for."""
        return not self.choices


def _choices(values: str, keys: str) -> tuple[Choice, ...]:
    pairs = zip(values.split(","), keys.split(), strict=True)
    return tuple(Choice(value, key) for value, key in pairs)


# The keys lie in rows under the left hand, a row for each question.
GENDER = Question("gender", _choices("female,male,unclear", "1 2 3"))
AGE_FITS = Question("age_fits", _choices("yes,too_young,too_old,unclear", "q w e r"))
RELEVANT = Question("relevant", _choices("yes,no", "a s"))
IRRELEVANT_BECAUSE = Question(
    "irrelevant",
    _choices("drawing,statue,screen,collage,several,hidden,adult,other", "d f g h j k l p"),
    required=False,
    only_after=("relevant", "no"),
)
# The groups of FairFace (Kärkkäinen & Joo 2021), under its names.
RACE = Question(
    "race",
    _choices(
        "White,Black,Indian,East Asian,Southeast Asian,Middle Eastern,Latino_Hispanic,unclear",
        "z x c v b n m 9",
    ),
)
AGE = Question("age", required=False)
UNSAFE = Question("unsafe", _choices("yes", "0"), required=False)

QUESTIONS = (GENDER, AGE_FITS, RELEVANT, RACE)
"""The questions that votes decide: on these, verdicts are worked out where there are votes."""

BY_ATTRIBUTE = {one.attribute: one for one in (*QUESTIONS, IRRELEVANT_BECAUSE, AGE, UNSAFE)}


@dataclass(frozen=True)
class QuestionSet:
    """The questions of one project, in the order of the screen."""

    questions: tuple[Question, ...]

    def question(self, attribute: str) -> Question | None:
        """Return the question about an attribute; None where it is not asked."""
        return self._by_attribute.get(attribute)

    @cached_property
    def _by_attribute(self) -> dict[str, Question]:
        return {question.attribute: question for question in self.questions}

    @cached_property
    def version(self) -> str:
        """The number of the set, and eight digits that stand for what is asked.

        They follow from attributes, values, the band of ages and the English wording, which is the
        meaning; not from translations, keys or the layout of the screen.
        """
        asked = [
            (
                question.attribute,
                english.WORDING.questions[question.attribute],
                [
                    (value, english.WORDING.choices[question.attribute][value])
                    for value in question.values
                ],
                question.required,
                question.only_after,
            )
            for question in self.questions
        ]
        content = json.dumps([asked, BAND, MONTH_BAND, CHILD_BELOW])
        return f"{SET}-{hashlib.sha256(content.encode()).hexdigest()[:8]}"


def question_set(settings: ModerationSettings) -> QuestionSet:
    """Return what the settings ask: always three questions, and what they switch on."""
    return QuestionSet(
        (
            GENDER,
            AGE_FITS,
            *((AGE,) if settings.ask_age else ()),
            *((RACE,) if settings.ask_race else ()),
            RELEVANT,
            IRRELEVANT_BECAUSE,
            UNSAFE,
        )
    )


BASE = QuestionSet((GENDER, AGE_FITS, RELEVANT, IRRELEVANT_BECAUSE, UNSAFE))
"""What is asked unless settings say otherwise."""


def version(asked: QuestionSet = BASE) -> str:
    """Return the version of a question set."""
    return asked.version
