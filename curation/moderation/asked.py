"""The present questions that have a fixed choice of answers."""

from __future__ import annotations

from curation.moderation import questions


def choices() -> dict[str, tuple[str, ...]]:
    """Return the possible values of each question; those that ask for a number are left out."""
    return {one.attribute: one.values for one in questions.QUESTIONS if one.values}
