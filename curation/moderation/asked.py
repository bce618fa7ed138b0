"""The questions of the present set that votes decide."""

from __future__ import annotations

from curation.moderation.questions import QUESTIONS, question_set
from curation.settings import ModerationSettings


def choices(settings: ModerationSettings) -> dict[str, tuple[str, ...]]:
    """Return the possible values of each question that votes decide, in their order.

    Only those that the settings ask; questions that ask for a number are left out.
    """
    asked = question_set(settings).questions
    return {one.attribute: one.values for one in asked if one in QUESTIONS}
