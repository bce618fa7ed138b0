"""Hashtags out of captions: the caption itself is read here and goes no further."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence

from curation.errors import InputError
from curation.sources import fields

# A hashtag is a # that no word character or & precedes, then word characters; combining signs and
# the joiners of Indic and Persian words belong to it, as in Unicode's UAX #31 hashtag identifiers.
_HASHTAG = re.compile(r"(?<![\w&/])[#\uff03]((?:\w|[\u200c\u200d\u0300-\u036f\u0900-\u0dff])+)")
_ONLY_DIGITS = re.compile(r"\d+")
_TAGS = re.compile(r"<[^>]*>")
_BREAKS = re.compile(r"<(?:br|/p|p)\b[^>]*>", re.IGNORECASE)


def hashtags_in(caption: str | None) -> tuple[str, ...]:
    """Return the hashtags of a caption as written, without #, in NFC, each once."""
    found = _HASHTAG.findall(unicodedata.normalize("NFC", caption or ""))
    return tuple(dict.fromkeys(tag for tag in found if not _ONLY_DIGITS.fullmatch(tag)))


def plain(marked_up: str | None) -> str:
    """Return the text of a piece of HTML."""
    return html.unescape(_TAGS.sub("", _BREAKS.sub("\n", marked_up or "")))


def as_written(names: Iterable[str], caption: str | None) -> tuple[str, ...]:
    """Return `names` with the capitals that the caption gives them: birthdaygirl, BirthdayGirl."""
    written = {tag.casefold(): tag for tag in hashtags_in(caption)}
    return tuple(
        dict.fromkeys(
            written.get(name.casefold(), name)
            for name in (unicodedata.normalize("NFC", name) for name in names)
        )
    )


def tags_to_ask(given: Sequence[str]) -> tuple[str, ...]:
    """Return the hashtags that an API is to be asked for: without #, in small letters, each once.

    Raises:
        InputError: there is none, or one cannot be a hashtag.
    """
    tags = tuple(dict.fromkeys(tag.casefold() for tag in fields.hashtags(list(given))))
    if not tags:
        raise InputError("no hashtag was given; name at least one with --tag, or --birthday-tags")
    for tag in tags:
        if hashtags_in(f"#{tag}") != (tag,):
            raise InputError(f"--tag: {tag!r} cannot be a hashtag (letters, digits and _ only)")
    return tags
