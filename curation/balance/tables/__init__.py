"""Facts about countries and ages that targets may name: see README.md beside this file."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

# The seven groups of FairFace (K. Kärkkäinen and J. Joo, WACV 2021).
RACES = (
    "White", "Black", "Indian", "East Asian", "Southeast Asian", "Middle Eastern",
    "Latino_Hispanic",
)  # fmt: skip

# Attribute -> the names of the shares that are shipped for it.
PRESETS: Mapping[str, tuple[str, ...]] = {"country": ("social",), "age": ("social", "uniform")}


def preset(attribute: str, name: str) -> dict[str, float]:
    """Return the shipped shares called `name`, which add up to 1: value -> share.

    Raises:
        KeyError: there are none of that name for that attribute.
    """
    if name not in PRESETS.get(attribute, ()):
        raise KeyError(name)
    if attribute == "country":
        accounts = {row["country"]: float(row["accounts"]) for row in _rows("social_accounts.csv")}
        total = sum(accounts.values())
        return {country: number / total for country, number in accounts.items()}
    rows = [row for row in _rows("age_presets.csv") if row["preset"] == name]
    return {row["age"]: float(row["share"]) for row in rows}


@cache
def race_composition() -> Mapping[str, Mapping[str, float]]:
    """Return the share of each race (of `RACES`) among the people of each country; sums are 1."""
    return {
        row["country"]: {race: float(row[race]) for race in RACES}
        for row in _rows("race_composition.csv")
    }


def _rows(name: str) -> list[dict[str, str]]:
    text = files(__name__).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
