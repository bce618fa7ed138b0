"""Hashtags under which people show how old they turned, to be asked of an API."""

from __future__ import annotations

import re
from collections.abc import Sequence

from curation.errors import InputError

# Every pattern is one that the hashtag reader understands; a test holds them together.
_PATTERNS = {
    "en": ("turning{age}", "happy{ordinal}birthday", "{age}yearsold"),
    "ru": ("мне{age}{years}",),
}
LANGUAGES = tuple(_PATTERNS)
OLDEST = 100


def birthday_tags(languages: Sequence[str], ages: str) -> list[str]:
    """Return the hashtags of every age in `ages` ("1-90", "18,21,30"), age by age.

    Raises:
        InputError: a language is not known, or `ages` is no list of ages.
    """
    wanted = [language for written in languages for language in written.split(",") if language]
    for language in wanted:
        if language not in _PATTERNS:
            raise InputError(
                f"--birthday-tags: {language!r} is not known (known: {', '.join(LANGUAGES)}); "
                "give hashtags of other languages with --tag"
            )
    return [
        pattern.format(age=age, ordinal=_ordinal(age), years=_years(age))
        for age in _ages(ages)
        for language in wanted
        for pattern in _PATTERNS[language]
    ]


def _ages(written: str) -> list[int]:
    ages: dict[int, None] = {}
    for part in written.split(","):
        match = re.fullmatch(r"\s*(\d{1,3})(?:\s*-\s*(\d{1,3}))?\s*", part)
        if match is None:
            raise InputError(f"--ages: {written!r} is no list of ages, such as 1-90 or 18,21,30-40")
        first, last = int(match[1]), int(match[2] or match[1])
        if not 1 <= first <= last <= OLDEST:
            raise InputError(
                f"--ages: {part.strip()} is not between 1 and {OLDEST}, small to large"
            )
        ages.update(dict.fromkeys(range(first, last + 1)))
    return list(ages)


def _ordinal(age: int) -> str:
    teen = 11 <= age % 100 <= 13
    return f"{age}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(age % 10, 'th')}"


def _years(age: int) -> str:
    """Return the Russian word that goes with a number: 1 год, 2 года, 5 лет, 11 лет, 21 год."""
    if age % 10 == 1 and age % 100 != 11:
        return "год"
    return "года" if age % 10 in (2, 3, 4) and not 12 <= age % 100 <= 14 else "лет"
