"""Number words put together by rule, as languages do it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Numbers = dict[str, int]


def counted(words: str, first: int = 1, step: int = 1) -> Numbers:
    """Return words with the values `first`, `first` + `step` …

    Words are parted by spaces; several spellings of one number are parted by `/`.
    """
    return {
        spelling: first + step * place
        for place, spellings in enumerate(words.split())
        for spelling in spellings.split("/")
    }


def joined(
    tens: Mapping[str, int],
    units: Mapping[str, int],
    joints: Iterable[str] = ("",),
    limit: int = 9,
) -> Numbers:
    """Return every ten followed by every unit up to `limit`: twenty + one, venti + uno."""
    return {
        f"{ten}{joint}{unit}": tens[ten] + units[unit]
        for joint in joints
        for ten in tens
        for unit in units
        if 1 <= units[unit] <= limit
    }


def units_first(
    tens: Mapping[str, int], units: Mapping[str, int], joints: Iterable[str]
) -> Numbers:
    """Return every unit followed by every ten: ein + und + zwanzig, خمسة + و + عشرون."""
    return {
        f"{unit}{joint}{ten}": tens[ten] + units[unit]
        for joint in joints
        for ten in tens
        for unit in units
        if 1 <= units[unit] <= 9
    }


def inflected(stems: Mapping[str, int], endings: str) -> Numbers:
    """Return every stem with every ending (parted by spaces; `-` is none)."""
    return {
        f"{stem}{'' if ending == '-' else ending}": value
        for stem, value in stems.items()
        for ending in endings.split()
    }


def forms(stems: str, endings: str) -> str:
    """Return every stem with every ending, as a list of words parted by spaces."""
    return " ".join(inflected(dict.fromkeys(stems.split(), 0), endings))
