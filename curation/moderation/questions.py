"""What moderators are asked about one face, and how their answers are read.

The first question set asks three things: the gender, whether the claimed age fits, and whether
the picture is relevant. Age is not asked for outright: single guesses miss by years, while
people tell well whether a claim fits. `too_young` means that the person looks younger than
claimed, `too_old` older.

`version()` names the set and the exact labelling screen; a change of either starts a new Label
Studio project, so votes on different questions never mix.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from curation.stages import Rejected

SET = 1
EXTERNAL_ID = "face"  # the field of a task's data that holds our own id of the task
CHOICES_OF = "crop"  # the name of the picture that all answers are about
MONTHS_SHOWN_BELOW = 2.0  # years; younger children are told apart by months


@dataclass(frozen=True)
class Choice:
    """One possible answer: the value that is stored, what is shown, and its key."""

    value: str
    shown: str
    hotkey: str


@dataclass(frozen=True)
class Question:
    """One attribute that is asked about, its wording and its answers."""

    attribute: str
    wording: str
    choices: tuple[Choice, ...]

    @property
    def values(self) -> tuple[str, ...]:
        """The values that a vote may have."""
        return tuple(choice.value for choice in self.choices)


# The keys lie in rows under the left hand, a row for each question.
QUESTIONS = (
    Question(
        "gender",
        "Gender",
        (
            Choice("female", "female", "1"),
            Choice("male", "male", "2"),
            Choice("unclear", "can't tell", "3"),
        ),
    ),
    Question(
        "age_fits",
        "Does the claimed age fit?",
        (
            Choice("yes", "yes, it fits", "q"),
            Choice("too_young", "no, looks younger", "w"),
            Choice("too_old", "no, looks older", "e"),
            Choice("unclear", "can't tell", "r"),
        ),
    ),
    Question(
        "relevant",
        "Is this a photograph of one real person?",
        (Choice("yes", "yes", "a"), Choice("no", "no", "s")),
    ),
)
BY_ATTRIBUTE = {question.attribute: question for question in QUESTIONS}


@dataclass(frozen=True)
class Answer:
    """What one annotation says: votes by attribute, and why some of it cannot be used."""

    votes: Mapping[str, str]
    rejected: Rejected | None


def labelling_config() -> str:
    """Return the labelling screen as Label Studio's XML: face and photograph, claim, questions."""
    view = ElementTree.Element("View")
    pictures = ElementTree.SubElement(
        view, "View", style="display: flex; flex-wrap: wrap; gap: 1em; justify-content: center"
    )
    for name, value in ((CHOICES_OF, "$crop"), ("photo", "$photo")):
        beside = ElementTree.SubElement(pictures, "View", style="flex: 1 1 20em; max-width: 34em")
        ElementTree.SubElement(beside, "Image", name=name, value=value, maxHeight="55vh")
    ElementTree.SubElement(view, "Header", value="$claim", size="3")
    for question in QUESTIONS:
        ElementTree.SubElement(view, "Header", value=question.wording, size="5")
        choices = ElementTree.SubElement(
            view,
            "Choices",
            name=question.attribute,
            toName=CHOICES_OF,
            choice="single",
            required="true",
            showInline="true",
        )
        for choice in question.choices:
            ElementTree.SubElement(
                choices, "Choice", value=choice.shown, alias=choice.value, hotkey=choice.hotkey
            )
    ElementTree.indent(view)
    return ElementTree.tostring(view, encoding="unicode")


def version() -> str:
    """Return the number of the question set and eight digits that stand for its screen."""
    return f"{SET}-{hashlib.sha256(labelling_config().encode()).hexdigest()[:8]}"


def task_data(
    external_id: str, crop_url: str, photo_url: str, claimed_age: float
) -> dict[str, str]:
    """Return the data of one Label Studio task. The age is in years."""
    return {
        EXTERNAL_ID: external_id,
        "crop": crop_url,
        "photo": photo_url,
        "claim": f"Claimed age: {age_in_words(claimed_age)}",
    }


def age_in_words(years: float) -> str:
    """Return an age as people say it: "7 years", "6 months" for the youngest."""
    if years < MONTHS_SHOWN_BELOW:
        months = round(years * 12)
        return "1 month" if months == 1 else f"{months} months"
    return f"{years:g} years"


def result_of(votes: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return votes by attribute in the form in which Label Studio stores an annotation."""
    return [
        {
            "from_name": attribute,
            "to_name": CHOICES_OF,
            "type": "choices",
            "value": {"choices": [value]},
        }
        for attribute, value in votes.items()
    ]


def read_answer(result: Sequence[Any], *, skipped: bool = False) -> Answer:
    """Read one annotation's `result`; `skipped` when the moderator passed over the task.

    Label Studio checks nothing that arrives through its API, so everything is checked here.
    Votes that hold are kept, also where another part of the same annotation does not.
    """
    if skipped:
        return Answer({}, Rejected("skipped"))
    votes: dict[str, str] = {}
    refused: list[Rejected] = []
    for part in result:
        vote = _read_part(part)
        if isinstance(vote, Rejected):
            refused.append(vote)
        elif votes.setdefault(vote[0], vote[1]) != vote[1]:
            refused.append(Rejected("several-answers", vote[0]))
            votes[vote[0]] = ""  # neither is believed; taken out below
    votes = {attribute: value for attribute, value in votes.items() if value}
    if not votes and not refused:
        refused.append(Rejected("no-answer"))
    if not refused:
        return Answer(votes, None)
    details = "; ".join(f"{one.reason}: {one.detail}" for one in refused if one.detail)
    return Answer(votes, Rejected(refused[0].reason, details))


def _read_part(part: Any) -> tuple[str, str] | Rejected:
    """Return attribute and value of one part of a result."""
    match part:
        case {"from_name": str(attribute), "value": {"choices": [str(value)]}}:
            question = BY_ATTRIBUTE.get(attribute)
            if question is None:
                return Rejected("unknown-question", attribute)
            if value not in question.values:
                return Rejected("unknown-choice", f"{attribute} {value!r}")
            return attribute, value
        case {"from_name": str(attribute), "value": {"choices": [_, _, *_]}}:
            return Rejected("several-answers", attribute)
    return Rejected("unreadable-answer", repr(part)[:200])
