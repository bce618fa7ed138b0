"""What the owner of a picture says about its use, in the answer's header and beside it.

Four ways to say it are understood: `X-Robots-Tag`, the TDM Reservation Protocol (a header, or
`/.well-known/tdmrep.json`), and AIPREF's `Content-Usage` (a header, or a rule in robots.txt).
A preference that forbids is kept word for word, with the place where it stood.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from curation.ingest.robots import TOKEN, Robots, matches

# `noindex` and `none` ask not to be collected at all; the others not for pictures, or not for AI.
FORBIDDING = frozenset({"noai", "noimageai", "noimageindex", "noindex", "none"})
_WITH_VALUES = ("unavailable_after", "max-snippet", "max-image-preview", "max-video-preview")
_SCOPE = re.compile(r"^\s*([A-Za-z0-9_-]+)\s*:\s*(.*)$", re.DOTALL)

# The category of draft-ietf-aipref-vocab that training a model falls into, then the wider ones of
# its earlier versions, which are still to be met.
CATEGORIES = ("train-ai", "ai", "tdm", "bots", "all")


class Headers(Protocol):
    """The headers of an answer: names without case, possibly several values."""

    def getall(self, key: str, default: list[str], /) -> list[str]:
        """Return all values of one name."""
        ...


@dataclass(frozen=True)
class Preference:
    """What decided: which kind of preference it is, word for word, and where it stood."""

    kind: str  # "robots", "x-robots-tag", "tdm-reservation" or "content-usage"
    words: str
    place: str

    def __str__(self) -> str:
        return f"{self.place} says: {self.words}"


@dataclass(frozen=True)
class Respect:
    """Which preferences are honoured."""

    robots: bool = True
    x_robots_tag: bool = True
    tdm_reservation: bool = True
    content_usage: bool = True


def in_headers(headers: Headers, respect: Respect) -> Preference | None:
    """Return the preference in an answer's headers that forbids keeping its content."""
    place = "the answer's header"
    for value in headers.getall("X-Robots-Tag", []) if respect.x_robots_tag else ():
        if _robots_tag_forbids(value):
            return Preference("x-robots-tag", f"X-Robots-Tag: {value}", place)
    for value in headers.getall("tdm-reservation", []) if respect.tdm_reservation else ():
        if value.strip() == "1":
            return Preference("tdm-reservation", f"tdm-reservation: {value}", place)
    usages = headers.getall("Content-Usage", []) if respect.content_usage else []
    if usage_forbids(usages):
        return Preference("content-usage", f"Content-Usage: {', '.join(usages)}", place)
    return None


def in_robots(robots: Robots, url: str, respect: Respect, place: str) -> Preference | None:
    """Return the line of a robots.txt that keeps us from an address, or from using its content."""
    if respect.robots and (rule := robots.forbids(url)) is not None:
        return Preference("robots", rule.line, place)
    for rule in robots.usage(url) if respect.content_usage else ():
        if usage_forbids([rule.value]):
            return Preference("content-usage", rule.line, place)
    return None


def in_tdmrep(rules: Iterable[dict[str, Any]], url: str, place: str) -> Preference | None:
    """Return the rule of a tdmrep.json that reserves an address; the most specific counts."""
    parts = urlsplit(url)
    path = unquote(parts.path or "/")
    matching = [rule for rule in rules if matches(unquote(rule["location"]), path)]
    if not matching:
        return None
    decides = max(matching, key=lambda rule: len(rule["location"]))
    if str(decides.get("tdm-reservation")) != "1":
        return None
    return Preference("tdm-reservation", json.dumps(decides, ensure_ascii=False), place)


def read_tdmrep(content: bytes) -> list[dict[str, Any]]:
    """Return the rules of a tdmrep.json; what is none, or none of its kind, holds no rule."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return []
    rules = found if isinstance(found, list) else [found]
    return [
        {"location": "/", **rule}
        for rule in rules
        if isinstance(rule, dict) and isinstance(rule.get("location", "/"), str)
    ]


def usage_forbids(values: Iterable[str]) -> bool:
    """Return whether any of several `Content-Usage` values says no to training.

    Each is a dictionary of RFC 9651: `train-ai=n, search=y`. The category itself counts before
    wider ones; of several statements the most restrictive counts.
    """
    for value in values:
        stated: dict[str, str] = {}
        for member in value.split(","):
            key, _, preference = member.partition(";")[0].partition("=")
            stated[key.strip().lower()] = preference.strip().strip('"').lower()
        decisive = next((stated[name] for name in CATEGORIES if name in stated), "")
        if decisive == "n":
            return True
    return False


def _robots_tag_forbids(value: str) -> bool:
    """Read `noai, noindex`, and `somebot: noai`, which is meant for that bot alone."""
    meant = True
    for directive in value.split(","):
        scope = _SCOPE.match(directive)
        if scope and scope[1].lower() not in _WITH_VALUES:
            meant, directive = scope[1].lower() == TOKEN, scope[2]
        if meant and directive.strip().lower() in FORBIDDING:
            return True
    return False
