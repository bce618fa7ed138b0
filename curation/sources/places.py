"""The country of a place: from coordinates, or from its name.

Coordinates are looked up in the polygons of the time zones (timezone-boundary-builder, made of
OpenStreetMap's borders, as `tzfpy` carries them), since every time zone of the tz database lies
in one country (`zone.tab`). Names are those of the Unicode CLDR in many languages, and of
`places.txt` beside this file.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from curation.sources.countries import COUNTRIES, country_code

# Claimed and governed by two states: whatever we said would be taking sides.
CONTESTED = frozenset({"Europe/Simferopol"})

LANGUAGES = (
    "ar", "cs", "de", "el", "en", "es", "fa", "fi", "fr", "he", "hi", "hu", "id", "it", "ja", "ko",
    "nl", "pl", "pt", "ro", "ru", "sv", "th", "tr", "uk", "vi", "zh", "zh_Hant",
)  # fmt: skip

# Cities of time zones whose names are common words, or are more often another place.
_NOT_CITIES = frozenset({"easter", "wake", "midway", "resolute", "troll", "central", "center"})

_SHORT = ("uk", "us")
_SEPARATORS = re.compile(r"[,;/|·•()\[\]\n]|\s[-\u2013\u2014]\s|📍")
_DIGITS = re.compile(r"\S*\d\S*")
_WITHOUT_SPACES = re.compile(r"[぀-ヿ㐀-鿿가-힯฀-๿]")
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")


@dataclass
class _Reading:
    """What a name can mean: countries it means alone, and countries it can mean in company."""

    alone: dict[str, str] = field(default_factory=dict)  # country -> kind
    also: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class NamedCountry:
    """A country told by a name; `kind` of what was recognised: country, region or city."""

    code: str
    kind: str


def country_at(latitude: float, longitude: float) -> str | None:
    """Return the alpha-2 code of the country at these degrees (WGS 84).

    None at sea beyond territorial waters, where two states claim the ground, and where the
    degrees are none.
    """
    import tzfpy

    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    zone = tzfpy.get_tz(longitude, latitude)
    return None if zone in CONTESTED else _zone_countries().get(zone)


def country_named(text: str) -> str | None:
    """Return the alpha-2 code of the country that a place's name tells, or None: never a guess."""
    named = read_place(text)
    return named.code if named else None


def read_place(text: str) -> NamedCountry | None:
    """Return the country that a place's name tells, and what told it.

    The last part that is known decides ("Paris, Texas"); where it can mean several countries
    ("Georgia"), the other parts must agree on one of them ("Tbilisi, Georgia"), else it is None.
    """
    flags = {code for code in map(_flag, _FLAG.findall(text)) if code in COUNTRIES}
    if len(flags) == 1:
        return NamedCountry(flags.pop(), "country")
    parts = [part for raw in _SEPARATORS.split(text) for part in _split(raw)]
    if len(parts) == 1 and parts[0] not in _SHORT and len(parts[0]) == 2 and parts[0].isascii():
        return None  # "ok", "me", "in": two letters alone are a word as often as a state
    readings = [reading for reading in map(_reading, parts) if reading]
    if not readings:
        return None
    *before, last = readings
    if len(last.alone) == 1 and not (last.also - set(last.alone)):
        return NamedCountry(*next(iter(last.alone.items())))
    possible = set(last.alone) | last.also
    for reading in before:
        possible &= set(reading.alone) | reading.also
    if before and len(possible) == 1:
        code = possible.pop()
        return NamedCountry(code, last.alone.get(code, "city"))
    if len(last.alone) == 1:  # the one it means when it stands alone, such as Moscow
        code, kind = next(iter(last.alone.items()))
        return NamedCountry(code, kind) if not before or code in possible else None
    return None


def _split(raw: str) -> Iterator[str]:
    """Yield a part as it can be looked up; "Lagos Nigeria" as the two names that it holds."""
    part = fold(raw)
    if _lookup(part) is None:
        part = " ".join(_DIGITS.sub(" ", part).split())
    words = part.split()
    if _lookup(part) is None:
        for cut in range(1, len(words)):
            city, country = _lookup(" ".join(words[:cut])), _lookup(" ".join(words[cut:]))
            if city and country and (set(city.alone) | city.also) & set(country.alone):
                yield " ".join(words[:cut])
                yield " ".join(words[cut:])
                return
    if part:
        yield part


def _reading(part: str) -> _Reading | None:
    found = _lookup(part)
    if found is None and _WITHOUT_SPACES.search(part):
        # Written without spaces: the name that it begins with, 東京都渋谷区 with 東京.
        for length in range(min(len(part) - 1, 12), 1, -1):
            if found := _names().get(part[:length]):
                break
    return found


def _lookup(part: str) -> _Reading | None:
    found = _names().get(part)
    code = country_code(part) if len(part) in (2, 3) and part.isascii() and part.isalpha() else None
    if code is None:
        return found
    # Two letters may be an American state as well: "Springfield, IL".
    if found is None:
        return _Reading({code: "country"})
    if found.alone:
        return found
    return _Reading(also=found.also | {code})


def fold(text: str) -> str:
    """Return text as names are compared: no case, no accents on Latin and Cyrillic letters."""
    apart = unicodedata.normalize("NFKD", text.casefold().replace("\u0131", "i"))
    bare = "".join(sign for sign in apart if not "\u0300" <= sign <= "\u036f")
    return " ".join(unicodedata.normalize("NFC", bare).replace("\u2019", "'").strip(" .#").split())


def _flag(pair: str) -> str:
    return "".join(chr(ord(sign) - 0x1F1E6 + ord("A")) for sign in pair)


@cache
def _zone_countries() -> dict[str, str]:
    lines = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return {row[2]: row[0] for row in rows}


@cache
def _names() -> dict[str, _Reading]:
    """Read all names once: about a fifth of a second, some ten thousand names."""
    from babel import Locale

    names: dict[str, _Reading] = {}
    locales = [Locale.parse(language) for language in LANGUAGES]
    for locale in locales:
        for code, name in locale.territories.items():
            if code in COUNTRIES:
                names.setdefault(fold(name), _Reading()).alone[code] = "country"
    countries = frozenset(names)
    for zone, country in _zone_countries().items():
        if zone.startswith("Antarctica/"):
            continue
        called = [locale.time_zones.get(zone, {}).get("city", "") for locale in locales]
        # English has no entry where the city is called as the zone is.
        cities = {fold(city) for city in (zone.rpartition("/")[2].replace("_", " "), *called)}
        for city in cities - countries - _NOT_CITIES - {""}:
            names.setdefault(city, _Reading()).alone.setdefault(country, "city")
    for kind, code, name in _own_names():
        bare = fold(name.removeprefix("?"))
        reading = names.setdefault(bare, _Reading())
        if name.startswith("?"):
            reading.also.add(code)
            # Whatever it means elsewhere, alone it is not enough any more.
            if kind != "city" or set(reading.alone) == {code}:
                reading.also.update(reading.alone)
                reading.alone.clear()
        else:
            reading.alone.setdefault(code, kind)
    return names


def _own_names() -> Iterator[tuple[str, str, str]]:
    kind = ""
    for line in files("curation.sources").joinpath("places.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            kind = line.strip("[]")
        elif line and not line.startswith("#"):
            code, _, rest = line.partition(": ")
            for name in rest.split(", "):
                yield kind, code, name
