"""The balance of a dataset as one reads it: per attribute, what there is, is wanted, is taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from curation.balance.age_bins import bin_labels, parse_bin, parse_bins
from curation.balance.programme import Share
from curation.balance.tables import RACES, race_composition
from curation.dataset.balancing import Balanced

UNKNOWN = "unknown"


@dataclass(frozen=True)
class BalanceRow:
    """One value of an attribute: candidates, photographs in the dataset, share wanted or None.

    Where a target leaves room, `low` and `high` say how much. With weights, `planned` is what the
    photographs count for; where countries stand for races, both numbers are what these let expect.
    """

    value: str
    available: int
    planned: int
    wanted: float | None = None
    low: float | None = None
    high: float | None = None


# Attribute -> its values: ages in their order, others by number of candidates.
BalanceTable = dict[str, list[BalanceRow]]


def balance_table(balanced: Balanced, taken: NDArray[np.bool_]) -> BalanceTable:
    """Return the table of who is `taken`, (N,); an attribute that nobody has is left out."""
    weights = balanced.weights * taken
    table: BalanceTable = {}
    for attribute in balanced.values.columns:
        limits = _limits(balanced.plan.shares, str(attribute))
        available = _sums(balanced.values[attribute], np.ones(len(taken)))
        planned = _sums(balanced.values[attribute], weights)
        if attribute == "race" and balanced.by_country:
            countries = balanced.values["country"]
            unknown = balanced.values["race"].isna().to_numpy()
            available = _expected(available, _sums(countries, unknown.astype(np.float64)))
            planned = _expected(planned, _sums(countries, unknown * weights))
        if attribute == "age":
            available, planned = (_merged(sums, limits) for sums in (available, planned))
        if not {value for value, number in available.items() if number} - {UNKNOWN}:
            continue
        rows = [
            BalanceRow(
                value,
                round(number),
                round(planned.get(value, 0.0)),
                *_wanted(limits.get(value)),
            )
            for value, number in available.items()
            if number
        ]
        table[str(attribute)] = _sorted(rows, str(attribute))
    return table


def without(table: BalanceTable, removed: pd.DataFrame) -> BalanceTable:
    """Return the table after `removed` rows of the manifest were erased."""
    left = {}
    for attribute, rows in table.items():
        if attribute == "age":
            bins = parse_bins(row.value for row in rows)
            gone = Counter(bin_labels(removed["age"], bins).tolist() if len(removed) else [])
        else:
            gone = Counter(value or UNKNOWN for value in removed[attribute].fillna(""))
            if gone[UNKNOWN] and UNKNOWN not in {row.value for row in rows}:
                # Races that their countries let expect.
                unknown = removed["country"][removed["race"].isna()]
                expected = _expected(gone, Counter(unknown.fillna(UNKNOWN)))
                gone = Counter({value: round(number) for value, number in expected.items()})
        left[attribute] = [
            BalanceRow(
                row.value,
                max(0, row.available - gone[row.value]),
                max(0, row.planned - gone[row.value]),
                row.wanted,
                row.low,
                row.high,
            )
            for row in rows
        ]
    return left


def as_json(table: BalanceTable) -> dict[str, Any]:
    """Return plain values."""
    return {
        attribute: [
            {name: value for name, value in vars(row).items() if value is not None or name in OLD}
            for row in rows
        ]
        for attribute, rows in table.items()
    }


OLD = ("value", "available", "planned", "wanted")  # always written


def from_json(plain: dict[str, Any]) -> BalanceTable:
    """Return the table that `as_json` wrote."""
    return {attribute: [BalanceRow(**row) for row in rows] for attribute, rows in plain.items()}


def target_in_words(row: BalanceRow) -> str:
    """Return what is wanted of a value: "10.0%", "9.0–11.0%", "≥ 5.0%", or nothing."""
    if row.wanted is not None:
        return f"{row.wanted:.1%}"
    if row.low is not None and row.high is not None:
        return f"{row.low:.1%}–{row.high:.1%}".replace("%–", "–", 1)
    if row.low is not None:
        return f"≥ {row.low:.1%}"
    return "" if row.high is None else f"≤ {row.high:.1%}"


def _limits(shares: tuple[Share, ...], attribute: str) -> dict[str, tuple[float, float]]:
    found: dict[str, tuple[float, float]] = {}
    for share in shares:
        if share.target == attribute and share.within is None:
            low, high = found.get(share.value, (0.0, 1.0))
            found[share.value] = max(low, share.low), min(high, share.high)
    return found


def _wanted(
    limits: tuple[float, float] | None,
) -> tuple[float | None, float | None, float | None]:
    if limits is None:
        return None, None, None
    low, high = limits
    if low == high:
        return low, None, None
    return None, low if low > 0 else None, high if high < 1 else None


def _sums(column: pd.Series, numbers: NDArray[np.float64]) -> dict[str, float]:
    """Return the sum of `numbers` for each value of a categorical column."""
    codes = column.cat.codes.to_numpy()
    names = [*(str(value) for value in column.cat.categories), UNKNOWN]
    sums = np.bincount(np.where(codes < 0, len(names) - 1, codes), numbers, len(names))
    return dict(zip(names, sums.tolist(), strict=True))


def _expected(sums: Mapping[str, float], of_country: Mapping[str, float]) -> dict[str, float]:
    """Return races with those of unknown race spread over what their countries let expect."""
    found = {**dict.fromkeys(RACES, 0.0), **{race: float(n) for race, n in sums.items()}}
    found[UNKNOWN] = 0.0
    for country, number in of_country.items():
        people = race_composition().get(country, {UNKNOWN: 1.0})
        for race, share in people.items():
            found[race] += number * share
    return found


def _merged(sums: dict[str, float], limits: Mapping[str, object]) -> dict[str, float]:
    """Return ages with the bins of the target in place of the parts that they were cut into."""
    wanted = [parse_bin(value) for value in limits if value != "others"]
    merged: dict[str, float] = {}
    for value, number in sums.items():
        name = value
        if value != UNKNOWN:
            one = parse_bin(value)
            whole = [bin_ for bin_ in wanted if bin_.first <= one.first and one.last <= bin_.last]
            name = str(whole[0]) if whole else value
        merged[name] = merged.get(name, 0.0) + number
    return merged


def _sorted(rows: list[BalanceRow], attribute: str) -> list[BalanceRow]:
    if attribute == "age":
        return sorted(rows, key=lambda row: parse_bin(row.value))
    return sorted(rows, key=lambda row: (-row.available, row.value))
