"""What the papers say of the samples, counted from the manifest of the version."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from curation.balance.age_bins import bin_labels, parse_bins, refine
from curation.database.models.released import version_label
from curation.dataset.files import MANIFEST_NAME
from curation.dataset.manifest import SPLITS
from curation.settings import BalanceSettings

UNKNOWN = "unknown"
ATTRIBUTES = ("gender", "age", "country", "race")
TERMS = ("licence", "source", "age_origin", "country_origin", "race_origin", "method", "votes")
STEPS = np.linspace(0, 1, 21)  # of the histograms of what lies between 0 and 1


@dataclass
class Facts:
    """Counts of a version.

    `values` says per attribute and split how many samples have each value, `terms` the same of
    licences, sources, origins and numbers of votes without regard to split; `between` has
    histograms over `STEPS` of quality and probabilities.
    """

    description: dict[str, Any]
    samples: int = 0
    per_split: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SPLITS, 0))
    values: dict[str, dict[str, Counter[str]]] = field(default_factory=dict)
    terms: dict[str, Counter[str]] = field(default_factory=dict)
    between: dict[str, list[int]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """How the version is called: "faces v3", or "faces v3.1"."""
        label = version_label(self.description["version"], self.description.get("patch", 0))
        return f"{self.description['name']} v{label}"

    @property
    def version(self) -> str:
        """The number of the version, as "3" or "3.1"."""
        return self.name.rpartition(" v")[2]

    @property
    def papers(self) -> dict[str, Any]:
        """What the settings say of issuer, licence and use."""
        told: dict[str, Any] = self.description["settings"].get("papers", {})
        return told

    def total(self, attribute: str) -> Counter[str]:
        """Return how many samples of all splits have each value."""
        return sum(self.values[attribute].values(), Counter())

    def known(self) -> list[str]:
        """Return the attributes of which anything is known."""
        return [name for name in ATTRIBUTES if set(self.total(name)) - {UNKNOWN}]


def read_facts(folder: Path, description: dict[str, Any]) -> Facts:
    """Count a version; memory does not grow with it."""
    facts = Facts(description)
    balance = BalanceSettings(**description["settings"].get("balance", {}))
    bins = refine(parse_bins(balance.age_bins))
    numbers = ("quality", "age_probability", "gender_probability")
    facts.values = {name: {split: Counter() for split in SPLITS} for name in ATTRIBUTES}
    facts.terms = {name: Counter() for name in TERMS}
    histograms = {name: np.zeros(len(STEPS) - 1, np.int64) for name in numbers}
    with pq.ParquetFile(folder / MANIFEST_NAME) as file:
        there = set(file.schema_arrow.names)
        columns = [n for n in (*ATTRIBUTES, *TERMS, *numbers, "split") if n in there]
        for batch in file.iter_batches(50_000, columns=columns):
            facts.samples += batch.num_rows
            table = pa.Table.from_batches([batch])
            if "age" in there:
                ages = table["age"].to_numpy()
                labels = np.where(np.isnan(ages), UNKNOWN, bin_labels(np.nan_to_num(ages), bins))
                place = table.schema.get_field_index("age")
                table = table.set_column(place, "age", pa.array(labels, pa.string()))
            for split in SPLITS:
                rows = table.filter(pc.equal(table["split"], split))
                facts.per_split[split] += len(rows)
                for name in ATTRIBUTES:
                    facts.values[name][split] += _counts(rows[name])
            for name in TERMS:
                if name in there:
                    facts.terms[name] += _counts(table[name])
            for name in numbers:
                if name in there:
                    values = table[name].drop_null().to_numpy()
                    histograms[name] += np.histogram(values, STEPS)[0]
    facts.between = {name: counts.tolist() for name, counts in histograms.items()}
    order = {str(one): at for at, one in enumerate(bins)}
    for counts in facts.values["age"].values():
        ordered = sorted(counts.items(), key=lambda pair: order.get(pair[0], len(order)))
        counts.clear()
        counts.update(dict(ordered))
    return facts


def _counts(column: pa.ChunkedArray) -> Counter[str]:
    rows = pc.value_counts(column).to_pylist()
    return Counter({_word(row["values"]): row["counts"] for row in rows})


def _word(value: Any) -> str:
    return UNKNOWN if value is None else str(value)


def by_number(counts: Counter[str]) -> list[tuple[str, int]]:
    """Return values and counts, the most frequent first, equals by name."""
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
