"""The balance of a dataset as one reads it: per attribute, what there is, is wanted, is taken."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import pandas as pd

from curation.balance.age_bins import bin_labels, parse_bins
from curation.dataset.balancing import Balanced

UNKNOWN = "unknown"


@dataclass(frozen=True)
class BalanceRow:
    """One value of an attribute: candidates, photographs in the dataset, share wanted or None."""

    value: str
    available: int
    planned: int
    wanted: float | None = None


# Attribute -> its values: ages in their order, others by number of candidates.
BalanceTable = dict[str, list[BalanceRow]]


def balance_table(balanced: Balanced, drawn: pd.DataFrame) -> BalanceTable:
    """Return the table of what was `drawn`; an attribute of which nothing is known is left out."""
    taken = balanced.candidates["sample_id"].isin(drawn["sample_id"])
    table = {}
    for attribute in balanced.values.columns:
        column = balanced.values[attribute]
        values = column.astype(object).where(column.notna(), UNKNOWN)
        available, planned = Counter(values), Counter(values[taken])
        if set(available) == {UNKNOWN}:
            continue
        wanted = {
            share.value: share.low
            for share in balanced.plan.shares
            if share.target == attribute and share.within is None and share.low == share.high
        }
        rows = [
            BalanceRow(str(value), available[value], planned[value], wanted.get(str(value)))
            for value in available
        ]
        if attribute == "age":
            order = {str(one): at for at, one in enumerate(parse_bins(row.value for row in rows))}
            rows.sort(key=lambda row: order[row.value])
        else:
            rows.sort(key=lambda row: (-row.available, row.value))
        table[str(attribute)] = rows
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
        left[attribute] = [
            BalanceRow(
                row.value,
                row.available - gone[row.value],
                row.planned - gone[row.value],
                row.wanted,
            )
            for row in rows
        ]
    return left


def as_json(table: BalanceTable) -> dict[str, Any]:
    """Return plain values."""
    return {attribute: [vars(row) for row in rows] for attribute, rows in table.items()}


def from_json(plain: dict[str, Any]) -> BalanceTable:
    """Return the table that `as_json` wrote."""
    return {attribute: [BalanceRow(**row) for row in rows] for attribute, rows in plain.items()}
