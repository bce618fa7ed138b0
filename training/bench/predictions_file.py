"""Predictions files, in and out: CSV and Parquet with the columns of the predictions table."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from curation.errors import InputError
from training.bench.predictions import NUMBER_COLUMNS, QUANTILE_PREFIX, TEXT_COLUMNS
from training.bench.predictions_check import complete
from training.files import write_atomically

if TYPE_CHECKING:
    import pandas as pd

FORMAT = "evenface predictions 1"
FORMAT_KEY = "evenface.format"
ANSWERS = ("gender", "female_probability", "age", "age_low", "log_age_mean")


def read_predictions(path: Path) -> pd.DataFrame:
    """Return the predictions in a CSV or Parquet file, checked and complete.

    `attrs["about"]` holds what a file of `bench run` says of itself (protocol, data, predictor),
    `attrs["ignored"]` the columns that the table does not have.

    Raises:
        InputError: the file is missing or of another kind, or has a value that cannot be: what,
            in how many rows, and the first of them.
    """
    if not path.is_file():
        raise InputError(f"there is no predictions file {path}")
    is_parquet = path.read_bytes()[:4] == b"PAR1"
    table, about = _parquet(path) if is_parquet else (_csv(path), {})
    known = [
        name
        for name in table.columns
        if name in TEXT_COLUMNS or name in NUMBER_COLUMNS or name.startswith(QUANTILE_PREFIX)
    ]
    if "sample_id" not in known or not _has_answers(known):
        raise InputError(
            f"{path} is no predictions file: it needs the column sample_id and at least one of "
            f"{', '.join(ANSWERS)}; it has {', '.join(map(str, table.columns[:8])) or 'none'}"
        )

    def name_row(position: int) -> str:
        sample = f"sample {table['sample_id'].iloc[position]}"
        place = f"row {position + 1}" if is_parquet else f"line {position + 2}"
        return f"{place} ({sample})"

    done = complete(table[known], str(path), name_row)
    done.attrs = {"about": about, "ignored": [n for n in table.columns if n not in known]}
    return done


def for_samples(
    predictions: pd.DataFrame, sample_ids: Sequence[str], protocol: str, source: str
) -> pd.DataFrame:
    """Return the predictions of these samples, in their order.

    Predictions of other samples are left out; `attrs["others"]` counts them.

    Raises:
        InputError: the file is of another protocol, or a sample has no prediction.
    """
    import pandas as pd

    about: Mapping[str, str] = predictions.attrs.get("about", {})
    if about.get("evenface.protocol", protocol) != protocol:
        raise InputError(
            f"{source} holds predictions for the protocol {about['evenface.protocol']}, "
            f"not for {protocol}"
        )
    rows = pd.Index(predictions["sample_id"]).get_indexer(list(sample_ids))
    missing = rows < 0
    if len(rows) and missing.all():
        raise InputError(
            f"{source} is of another test set: none of the {len(rows):,} samples of {protocol} is "
            f"in it; it has {_first(predictions['sample_id'])}, the test set {sample_ids[0]}"
        )
    if missing.any():
        first = sample_ids[int(missing.argmax())]
        raise InputError(
            f"{source} has no prediction for {int(missing.sum()):,} of {len(rows):,} samples, "
            f"first {first}; where the system gave no answer add the row with only its sample_id"
        )
    chosen: pd.DataFrame = predictions.iloc[rows].reset_index(drop=True)
    chosen.attrs = {**predictions.attrs, "others": len(predictions) - len(rows)}
    return chosen


def write_predictions(path: Path, predictions: pd.DataFrame, about: Mapping[str, str]) -> None:
    """Write a predictions table as Parquet with what it belongs to; the same gives the same bytes.

    Columns in which nothing is said are left out.
    """
    said = [
        name
        for name in predictions.columns
        if name == "sample_id" or predictions[name].notna().any()
    ]
    columns = {
        name: pa.array(
            predictions[name],
            type=pa.string() if name in TEXT_COLUMNS else pa.float64(),
            from_pandas=True,
        )
        for name in said
    }
    table = pa.table(columns).replace_schema_metadata({FORMAT_KEY: FORMAT, **about})
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    write_atomically(path, buffer.getvalue())


def _has_answers(columns: Sequence[str]) -> bool:
    return any(name in ANSWERS or name.startswith(QUANTILE_PREFIX) for name in columns)


def _parquet(path: Path) -> tuple[pd.DataFrame, dict[str, str]]:
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowInvalid) as error:
        first = str(error).splitlines()[0]
        raise InputError(f"{path} cannot be read as Parquet: {first}") from None
    for name in table.column_names:
        column = table.column(name)
        numbers = name in NUMBER_COLUMNS or name.startswith(QUANTILE_PREFIX)
        if not numbers:
            continue
        if not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type)):
            raise InputError(f"{path}: the column {name} holds {column.type}, not numbers")
        # NaN and null look alike in a frame, so they are told apart before.
        nan = column.is_null(nan_is_null=True).to_numpy() & ~column.is_null().to_numpy()
        if nan.any():
            first_row = int(nan.argmax())
            raise InputError(
                f"{path} has NaN for {name} in {int(nan.sum()):,} of {len(nan):,} rows, first in "
                f"row {first_row + 1}; leave it empty (null) where nothing is said"
            )
    about = {
        key.decode(): value.decode()
        for key, value in (table.schema.metadata or {}).items()
        if key.startswith(b"evenface.")
    }
    frame: pd.DataFrame = table.to_pandas()
    return frame, about


def _csv(path: Path) -> pd.DataFrame:
    import pandas as pd

    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path} is neither Parquet nor CSV text in UTF-8") from None
    except pd.errors.EmptyDataError:
        raise InputError(f"{path} is empty") from None
    except pd.errors.ParserError as error:
        raise InputError(f"{path} is no CSV table: {str(error).strip()}") from None
    for name in table.columns:
        if name in NUMBER_COLUMNS or name.startswith(QUANTILE_PREFIX):
            table[name] = _numbers(table, name, path)
    return table


def _numbers(table: pd.DataFrame, name: str, path: Path) -> pd.Series:
    import pandas as pd

    text = table[name].str.strip()
    empty = text == ""
    value = pd.to_numeric(text.where(~empty), errors="coerce")
    wrong = (value.isna() & ~empty).to_numpy()
    if wrong.any():
        first = int(np.argmax(wrong))
        sample = table["sample_id"].iloc[first] if "sample_id" in table else "?"
        raise InputError(
            f"{path} has a {name} that is no number in {int(wrong.sum()):,} of {len(table):,} "
            f"rows, first in line {first + 2} (sample {sample}): {text.iloc[first]!r}; "
            "leave it empty where nothing is said"
        )
    return value.astype(np.float64)


def _first(ids: pd.Series) -> str:
    return str(ids.iloc[0]) if len(ids) else "no row"
