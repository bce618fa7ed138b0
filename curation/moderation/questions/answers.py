"""What an annotation says: votes by attribute, each value checked.

Label Studio checks nothing that arrives through its API.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from curation.moderation.questions.asked import (
    BASE,
    BY_ATTRIBUTE,
    CHOICES_OF,
    MOST_YEARS,
    QuestionSet,
)
from curation.stages import Rejected


@dataclass(frozen=True)
class Answer:
    """What one annotation says: votes by attribute, and why some of it cannot be used."""

    votes: Mapping[str, str]
    rejected: Rejected | None


def result_of(votes: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return votes by attribute in the form in which Label Studio stores an annotation."""
    return [_part(attribute, value) for attribute, value in votes.items()]


def read_answer(
    result: Sequence[Any], *, skipped: bool = False, asked: QuestionSet = BASE
) -> Answer:
    """Read one annotation's `result`; `skipped` when the moderator passed over the task.

    Votes that hold are kept, also where another part of the same annotation does not. A number of
    years becomes a vote as text, in its shortest form.
    """
    if skipped:
        return Answer({}, Rejected("skipped"))
    votes: dict[str, str] = {}
    refused: list[Rejected] = []
    for part in result:
        vote = _read_part(part, asked)
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


def _part(attribute: str, value: str) -> dict[str, Any]:
    part: dict[str, Any] = {"from_name": attribute, "to_name": CHOICES_OF}
    if BY_ATTRIBUTE[attribute].is_number:
        return part | {"type": "number", "value": {"number": float(value)}}
    return part | {"type": "choices", "value": {"choices": [value]}}


def _read_part(part: Any, asked: QuestionSet) -> tuple[str, str] | Rejected:
    """Return attribute and value of one part of a result."""
    match part:
        case {"from_name": str(attribute), "value": {"choices": [str(value)]}}:
            question = asked.question(attribute)
            if question is None:
                return Rejected("unknown-question", attribute)
            if value not in question.values:
                return Rejected("unknown-choice", f"{attribute} {value!r}")
            return attribute, value
        case {"from_name": str(attribute), "value": {"choices": [_, _, *_]}}:
            return Rejected("several-answers", attribute)
        case {"from_name": str(attribute), "value": {"number": int() | float() as number}} if (
            not isinstance(number, bool)
        ):
            question = asked.question(attribute)
            if question is None:
                return Rejected("unknown-question", attribute)
            if question.is_number:
                if not (math.isfinite(number) and 0 <= number <= MOST_YEARS):
                    return Rejected("impossible-age", f"{attribute} {number!r}")
                return attribute, f"{number:g}"
    return Rejected("unreadable-answer", repr(part)[:200])
