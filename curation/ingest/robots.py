"""robots.txt: what it allows (RFC 9309), how often, and for which use (AIPREF).

The `Content-Usage` rule is that of draft-ietf-aipref-attach: `Content-Usage: [PATH] PREFERENCE`,
the longest matching path counts, and of equal paths the most restrictive preference.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit

MOST_BYTES = 500 * 1024  # RFC 9309, 2.5: at least 500 KiB are parsed, and here no more
TOKEN = "evenface"

_LINE = re.compile(r"^\s*([A-Za-z-]+)\s*:\s*(.*?)\s*$")
_PRODUCT = re.compile(r"[A-Za-z_-]+|\*")
_KEPT = "/?:@!$&'()*+,;=-._~%"


@dataclass(frozen=True)
class Rule:
    """One line that speaks of paths: its path pattern, its value, and the line as it stands."""

    path: str
    value: str
    line: str


@dataclass
class Group:
    """The rules for one crawler."""

    allow: list[Rule] = field(default_factory=list)
    disallow: list[Rule] = field(default_factory=list)
    usage: list[Rule] = field(default_factory=list)
    crawl_delay: float = 0.0  # seconds


class Robots:
    """The part of a robots.txt that is meant for us: our own groups, else those for `*`."""

    def __init__(self, text: str = "", token: str = TOKEN) -> None:
        groups = _groups(text)
        self._rules = groups.get(token) or groups.get("*") or Group()

    @property
    def crawl_delay(self) -> float:
        """The seconds to leave between two requests; 0 when nothing is said."""
        return self._rules.crawl_delay

    def forbids(self, url: str) -> Rule | None:
        """Return the rule that keeps us from an address; of equally long ones `Allow` counts."""
        path = _path(url)
        disallow, allow = _longest(self._rules.disallow, path), _longest(self._rules.allow, path)
        if not disallow or (allow and len(allow[0].path) >= len(disallow[0].path)):
            return None
        return disallow[0]

    def usage(self, url: str) -> list[Rule]:
        """Return the `Content-Usage` rules that count for an address."""
        return _longest(self._rules.usage, _path(url))


def _groups(text: str) -> dict[str, Group]:
    groups: dict[str, Group] = {}
    current: list[Group] = []
    naming = False  # whether the line before named a crawler, too
    for line in text.lstrip("\ufeff").splitlines():
        if (found := _LINE.match(line.partition("#")[0])) is None:
            continue
        name, value = found[1].lower(), found[2]
        if name == "user-agent":
            product = _PRODUCT.match(value)
            group = groups.setdefault(product[0].lower() if product else "", Group())
            current = [*current, group] if naming else [group]
            naming = True
        elif name in ("allow", "disallow", "content-usage", "crawl-delay"):
            naming = False
            for group in current:
                _add(group, name, value, line.strip())
    return groups


def _add(group: Group, name: str, value: str, line: str) -> None:
    if name == "crawl-delay":
        try:
            group.crawl_delay = max(group.crawl_delay, float(value))
        except ValueError:
            return
    elif name == "content-usage":
        path, _, preference = value.partition(" ") if value.startswith("/") else ("/", "", value)
        group.usage.append(Rule(_normal(path), preference.strip(), line))
    elif value.startswith(("/", "*")):  # an empty rule says nothing
        (group.allow if name == "allow" else group.disallow).append(Rule(_normal(value), "", line))


def _longest(rules: Iterable[Rule], path: str) -> list[Rule]:
    matching = [rule for rule in rules if matches(rule.path, path)]
    most = max((len(rule.path) for rule in matching), default=0)
    return [rule for rule in matching if len(rule.path) == most]


def matches(pattern: str, path: str) -> bool:
    """Return whether a path pattern with `*` and a closing `$` matches from the start of a path."""
    ends = pattern.endswith("$")
    pieces = pattern.removesuffix("$").split("*")
    if not path.startswith(pieces[0]):
        return False
    position = len(pieces[0])
    for number, piece in enumerate(pieces[1:], start=2):
        if ends and number == len(pieces):
            return len(path) - len(piece) >= position and path.endswith(piece)
        position = path.find(piece, position)
        if position < 0:
            return False
        position += len(piece)
    return not ends or position == len(path)


def _path(url: str) -> str:
    parts = urlsplit(url)
    return _normal((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def _normal(path: str) -> str:
    """Return a path with only what must be percent-encoded so (RFC 9309, 2.2.2)."""
    pieces = re.split(r"(%[0-9A-Fa-f]{2})", path)
    return "".join(
        _octet(piece) if piece.startswith("%") and len(piece) == 3 else quote(piece, safe=_KEPT)
        for piece in pieces
    )


def _octet(escape: str) -> str:
    character = unquote(escape, encoding="latin-1")
    plain = character.isascii() and (character.isalnum() or character in "-._~")
    return character if plain else escape.upper()
