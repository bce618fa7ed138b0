"""One value of a post as a user wrote it, checked: text, age, gender, country, time, hashtags.

Every function returns None for an empty value and raises `ValueError` with a half sentence for
one that cannot be used; the source adds where it stands.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from curation.sources.countries import country_code

OLDEST = 120.0  # years

_GENDERS = {
    "female": "female", "f": "female", "woman": "female", "girl": "female", "w": "female",
    "male": "male", "m": "male", "man": "male", "boy": "male",
}  # fmt: skip
_UNKNOWN = frozenset({"unknown", "unclear", "n/a", "na", "none", "null", "u", "?", "-"})
_BETWEEN_HASHTAGS = re.compile(r"[\s,;]+")


def text(value: Any) -> str | None:
    """Return trimmed text; a whole number from a numeric column is written without `.0`."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, dict | list | tuple | bytes):
        raise ValueError("is not text")
    trimmed = str(value).strip()
    try:
        trimmed.encode()  # half a surrogate pair, which JSON can hold, is no text
    except UnicodeEncodeError:
        raise ValueError("holds characters that are not text") from None
    if "\0" in trimmed:
        raise ValueError("holds characters that are not text")
    return trimmed or None


def age(value: Any) -> float | None:
    """Return years, 0 to 120."""
    written = text(value)
    if written is None:
        return None
    try:
        years = float(written)
    except ValueError:
        raise ValueError(f"{written!r} is not a number") from None
    if not math.isfinite(years):
        raise ValueError(f"{written!r} is not a number")
    if years < 0:
        raise ValueError(f"{written} is negative")
    if years > OLDEST:
        raise ValueError(f"{written} is more than {OLDEST:g} years")
    return years


def gender(value: Any) -> str | None:
    """Return "female" or "male"; common English spellings are known, digits are ambiguous."""
    written = text(value)
    if written is None or written.casefold() in _UNKNOWN:
        return None
    known = _GENDERS.get(written.casefold())
    if known is None:
        why = (
            "could mean either, since datasets number them differently"
            if written.isdecimal()
            else "is not known"
        )
        raise ValueError(f"{written!r} {why}; write female or male")
    return known


def country(value: Any) -> str | None:
    """Return an ISO 3166-1 alpha-2 code in upper case, from two or three letters."""
    written = text(value)
    if written is None:
        return None
    code = country_code(written)
    if code is None:
        raise ValueError(
            f"{written!r} is not a two-letter country code of ISO 3166-1, such as DE or NG"
        )
    return code


def time(value: Any) -> datetime | None:
    """Return an aware time in UTC; one without a zone is taken as UTC, a date as its midnight."""
    if isinstance(value, datetime):
        # Of pandas' own kind too, which Parquet columns with nanoseconds give.
        moment = datetime.combine(value.date(), value.time(), value.tzinfo)
    elif isinstance(value, date):
        moment = datetime(value.year, value.month, value.day)
    else:
        written = text(value)
        if written is None:
            return None
        try:
            moment = datetime.fromisoformat(written)
        except ValueError:
            raise ValueError(
                f"{written!r} is not an ISO 8601 time, such as 2024-05-31T18:30:00Z"
            ) from None
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{value} is beyond the calendar") from None


def hashtags(value: Any) -> tuple[str, ...]:
    """Return hashtags without `#`, in NFC, each once; from a list or text (space, comma)."""
    written = _written(value)
    words: Iterable[str] = (
        word
        for part in written
        for word in _BETWEEN_HASHTAGS.split((text(part) or "").replace("#", " "))
    )
    return tuple(dict.fromkeys(unicodedata.normalize("NFC", word) for word in words if word))


def media(value: Any) -> tuple[str, ...]:
    """Return the pictures named in a cell: one text, or a list of them."""
    named = (text(part) for part in _written(value))
    return tuple(dict.fromkeys(part for part in named if part))


def _written(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]
