"""The truth table: what is known of each sample, as figures need it."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from curation.errors import InputError
from training.bench.sample import Sample
from training.files import write_atomically

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "sample_id",  # text, each once
    "age",  # years, NaN where unknown or known as an interval only
    "age_low",  # years: the interval that holds the true age, both ends included; NaN where
    "age_high",  # there is none
    "female",  # 1 female, 0 male, NaN where unknown
    "race",  # text or None
    "country",
    "subject",
    "fold",
)


def truth_table(samples: Sequence[Sample]) -> pd.DataFrame:
    """Return one row per sample with the columns of `COLUMNS`, in order.

    A sample without a subject is a subject of its own: its sample id stands in for it.

    Raises:
        InputError: a sample id stands there twice.
    """
    import pandas as pd

    frame = pd.DataFrame(
        {
            "sample_id": [sample.sample_id for sample in samples],
            "age": np.array([_number(sample.age) for sample in samples], dtype=np.float64),
            "age_low": _ends(samples, 0),
            "age_high": _ends(samples, 1),
            "female": np.array(
                [_number(_FEMALE.get(sample.gender or "")) for sample in samples], dtype=np.float64
            ),
        }
    )
    for name in ("race", "country", "fold"):
        frame[name] = pd.Series([getattr(sample, name) for sample in samples], dtype=object)
    frame["subject"] = [
        sample.sample_id if sample.subject is None else sample.subject for sample in samples
    ]
    twice = frame["sample_id"].duplicated()
    if twice.any():
        raise InputError(
            f"the test set has {int(twice.sum()):,} sample ids twice, first "
            f"{frame['sample_id'][twice].iloc[0]}"
        )
    return frame[list(COLUMNS)]


def truth_sha256(truth: pd.DataFrame) -> str:
    """Return a hash of the sample ids and labels: two test sets with one hash are the same."""
    rows = truth[list(COLUMNS)].astype(object).where(truth.notna(), None)
    digest = hashlib.sha256()
    for row in rows.itertuples(index=False, name=None):
        digest.update(json.dumps(row, ensure_ascii=False).encode() + b"\n")
    return digest.hexdigest()


NUMBERS = ("age", "age_low", "age_high", "female")


def write_truth(path: Path, truth: pd.DataFrame) -> None:
    """Write a truth table as Parquet; the same gives the same bytes."""
    columns = {
        name: pa.array(
            truth[name], type=pa.float64() if name in NUMBERS else pa.string(), from_pandas=True
        )
        for name in COLUMNS
    }
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer, compression="zstd")
    write_atomically(path, buffer.getvalue())


def read_truth(path: Path) -> pd.DataFrame:
    """Return the truth table at `path`.

    Raises:
        InputError: it is missing or is none.
    """
    try:
        table = pq.read_table(path)
    except FileNotFoundError:
        raise InputError(f"there is no {path}; `bench run --out FOLDER` writes it") from None
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(f"{path} cannot be read as Parquet: {error}") from None
    if missing := [name for name in COLUMNS if name not in table.column_names]:
        raise InputError(f"{path} is no truth table: it lacks {', '.join(missing)}")
    frame: pd.DataFrame = table.select(list(COLUMNS)).to_pandas()
    return frame.astype(dict.fromkeys(NUMBERS, np.float64))


_FEMALE = {"female": 1.0, "male": 0.0}


def _number(value: float | None) -> float:
    return np.nan if value is None else float(value)


def _ends(samples: Sequence[Sample], end: int) -> NDArray[np.float64]:
    return np.array(
        [
            np.nan if sample.age_interval is None else float(sample.age_interval[end])
            for sample in samples
        ],
        dtype=np.float64,
    )
