"""The questions of the present set that have a fixed choice of answers."""

from __future__ import annotations

from curation.moderation import questions
from curation.settings import ModerationSettings


def choices(settings: ModerationSettings) -> dict[str, tuple[str, ...]]:
    """Return the possible values of each question that everybody has to answer, in their order.

    Questions that ask for a number are left out.
    """
    del settings  # they switch no question on or off yet
    return {one.attribute: one.values for one in questions.QUESTIONS if one.values}
