"""Protocol `csv`: one's own table with one row per face, CSV or Parquet.

Columns, all but one of the labels optional: `image` (a path, relative to the table), `id` (else the
image is the id), `age` in years, or `age_low` and `age_high`, `gender` (female, male), `race`,
`country` (two letters), `subject` (who it is: figures' intervals respect it), `fold`, and `x1`,
`y1`, `x2`, `y2`, the box of the face that is meant.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from curation.errors import InputError
from training.bench.bins import ADIENCE_BINS
from training.bench.protocols import Finding, ProtocolOptions
from training.bench.protocols.checks import check_samples
from training.bench.protocols.labelled import LabelledProtocol
from training.bench.sample import Picture, Sample

LABELS = ("age", "age_low", "age_high", "gender")
TEXTS = ("race", "country", "subject", "fold")
BOX = ("x1", "y1", "x2", "y2")
KNOWN = ("id", "image", *LABELS, *TEXTS, *BOX)
OLDEST = 130


class TableProtocol(LabelledProtocol):
    """The rows of the table at `path`."""

    name = "csv"
    variant = ""
    bins = ADIENCE_BINS

    def __init__(self, path: Path) -> None:
        """Read the table.

        Raises:
            InputError: it cannot be read, has no label, or a row cannot be used: which, and why.
        """
        super().__init__()
        self.path = path
        frame = _read(path)
        if not set(LABELS) & set(frame.columns):
            raise InputError(f"{path} has neither an age nor a gender column ({', '.join(KNOWN)})")
        if not {"id", "image"} & set(frame.columns):
            raise InputError(f"{path} has neither an id nor an image column")
        self._samples = [
            self._sample(row, f"{path}, row {number}")
            for number, row in enumerate(_records(frame), start=1)
        ]
        seen: set[str] = set()
        for number, sample in enumerate(self._samples, start=1):
            if sample.sample_id in seen:
                raise InputError(
                    f"{path}, row {number}: {sample.sample_id} stands there twice; several faces "
                    "of one image need an id each"
                )
            seen.add(sample.sample_id)

    @classmethod
    def open(cls, options: ProtocolOptions) -> TableProtocol:
        """Open the table that the options name.

        Raises:
            InputError: as the constructor.
        """
        assert options.table is not None
        return cls(options.table)

    def describe(self) -> dict[str, str]:
        """Return the table's name and number of rows."""
        return {"table": self.path.name, "rows": f"{len(self._samples):,}"}

    def check(self) -> Iterable[Finding]:
        """Look for subjects in several folds, and for missing and identical pictures."""
        return check_samples(self._samples)

    def _sample(self, row: dict[str, Any], place: str) -> Sample:
        image = _text(row.get("image"))
        name = _text(row.get("id")) or image
        if name is None:
            raise InputError(f"{place}: there is neither an id nor an image")
        age = _number(row, "age", place)
        low, high = _number(row, "age_low", place), _number(row, "age_high", place)
        if (low is None) != (high is None) or (low is not None and high is not None and low > high):
            raise InputError(f"{place}: age_low and age_high are no interval")
        if age is not None and low is not None:
            raise InputError(f"{place}: there is both an age and an interval of ages")
        gender = _text(row.get("gender"))
        if gender not in ("female", "male", None):
            raise InputError(f"{place}: the gender {gender!r} is neither female nor male")
        edges = [_number(row, edge, place, OLDEST * 1000) for edge in BOX]
        picture = None
        if image is not None:
            box = None if None in edges else (edges[0], edges[1], edges[2], edges[3])
            picture = Picture(self.path.parent / image, box=box)  # type: ignore[arg-type]
        return Sample(
            sample_id=name,
            picture=picture,
            age=age,
            age_interval=None if low is None or high is None else (low, high),
            gender=gender,
            **{column: _text(row.get(column)) for column in TEXTS},
        )


def _read(path: Path) -> pd.DataFrame:
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            return pd.read_parquet(path)
        text: dict[Any, Any] = dict.fromkeys(("id", "image", "gender", *TEXTS), str)
        # NA is Namibia, so only nothing is nothing.
        return pd.read_csv(path, dtype=text, keep_default_na=False, na_values=[""])
    except FileNotFoundError:
        raise InputError(f"there is no table {path}") from None
    except (OSError, ValueError) as error:
        first = (str(error).splitlines() or ["it is damaged"])[0]
        raise InputError(f"{path} cannot be read as a table: {first}") from None


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        dict(zip(map(str, frame.columns), row, strict=True))
        for row in frame.itertuples(index=False, name=None)
    ]


def _text(value: Any) -> str | None:
    if value is None or (isinstance(value, float) and math.isnan(value)) or value is pd.NA:
        return None
    return str(value).strip() or None


def _number(row: dict[str, Any], name: str, place: str, most: float = OLDEST) -> float | None:
    written = _text(row.get(name))
    if written is None:
        return None
    try:
        number = float(written)
    except ValueError:
        raise InputError(f"{place}: {name} is {written!r}, which is no number") from None
    if not 0 <= number <= most:
        raise InputError(f"{place}: {name} is {written}, which is not from 0 to {most:,}")
    return number
