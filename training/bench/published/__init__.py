"""Published figures: data with source, year, protocol and remarks, to be read beside one's own.

`figures.csv` has one row per system and test set. `dataset` is the name of our protocol for that
test set, empty where there is none; `variant` is its way of testing. Only rows whose dataset and
variant are those of a run stand beside it. Shares are percentages, ages years, as the source
prints them; empty where it gives none. `bin_rule` is how ages became bins.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

# Column of the file -> heading in tables.
FIGURES = {
    "gender_accuracy": "gender %",
    "mae": "MAE years",
    "mape": "MAPE %",
    "cs5": "CS@5 %",
    "exact_bin": "exact bin %",
    "one_off_bin": "one-off %",
}


@dataclass(frozen=True)
class Published:
    """One system's published figures on one test set."""

    dataset: str
    variant: str
    test_set: str
    system: str
    figures: dict[str, str]  # by column of `FIGURES`, as printed; those that are given
    bin_rule: str
    source: str
    year: int
    url: str
    remarks: str

    def same_protocol(self, dataset: str, variant: str) -> bool:
        """Tell whether it was measured in the way of this protocol."""
        return bool(self.dataset) and (self.dataset, self.variant) == (dataset, variant)

    @property
    def origin(self) -> str:
        """Source and year."""
        return self.source if str(self.year) in self.source else f"{self.source}, {self.year}"


def published_figures(dataset: str | None = None) -> list[Published]:
    """Return all rows, or those of one dataset, in the file's order."""
    text = (files(__package__) / "figures.csv").read_text(encoding="utf-8")
    rows = [
        Published(
            figures={name: row[name] for name in FIGURES if row[name]},
            year=int(row["year"]),
            **{
                name: row[name]
                for name in (
                    "dataset", "variant", "test_set", "system", "bin_rule", "source", "url",
                    "remarks",
                )
            },
        )
        for row in csv.DictReader(text.splitlines())
    ]  # fmt: skip
    return [row for row in rows if dataset in (None, row.dataset)]


def by_test_set(rows: Sequence[Published]) -> dict[tuple[str, str, str], list[Published]]:
    """Return the rows by test set, variant and source: what may stand in one column."""
    groups: dict[tuple[str, str, str], list[Published]] = {}
    for row in rows:
        groups.setdefault((row.test_set, row.variant, row.origin), []).append(row)
    return groups
