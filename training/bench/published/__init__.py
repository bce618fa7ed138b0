"""Published figures, to be read beside one's own and never in the same column.

`figures.csv` has one row per system and test set; percentages as printed by the source, empty
where it gives none.
"""

from __future__ import annotations

import csv
from importlib.resources import files

from rich.console import Console
from rich.table import Table

COLUMNS = {
    "gender_accuracy": "gender %",
    "mape": "MAPE %",
    "exact_bin": "exact %",
    "one_off_bin": "one-off %",
}


def published_figures() -> list[dict[str, str]]:
    """Return the rows of `figures.csv`: test_set, system, the metrics, source, date."""
    text = (files(__package__) / "figures.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def print_published(console: Console) -> None:
    """Print the published figures: one table per source, a section per test set."""
    rows = published_figures()
    for source in dict.fromkeys(f"{row['source']}, {row['date']}" for row in rows):
        table = Table(
            title=f"Published ({source}) on other test sets: not comparable with the table above"
        )
        table.add_column("test set", no_wrap=True)
        table.add_column("system", no_wrap=True)
        for heading in COLUMNS.values():
            table.add_column(heading, justify="right")
        previous = None
        for row in rows:
            if f"{row['source']}, {row['date']}" != source:
                continue
            if previous not in (None, row["test_set"]):
                table.add_section()
            name = "" if previous == row["test_set"] else row["test_set"]
            previous = row["test_set"]
            table.add_row(name, row["system"], *(row[key] or "-" for key in COLUMNS))
        console.print(table)
