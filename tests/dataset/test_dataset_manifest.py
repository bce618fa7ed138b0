"""The manifest: what is written is read back, and what is damaged is refused in a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curation.dataset.manifest import SCHEMA, read_manifest, write_manifest
from curation.errors import InputError

ROW: dict[str, Any] = {
    "sample_id": "a",
    "image_id": "i",
    "age": 0.5,
    "age_probability": 0.9,
    "gender": "female",
    "gender_probability": 1.0,
    "country": None,
    "race": None,
    "split": "train",
    "weight": 1.0,
    "subject": "s",
    "votes": 3,
    "licence": None,
    "source_url": None,
    "shard": "shards/train-000000.tar",
}


def test_rows_come_back_as_they_were_with_name_and_version(tmp_path: Path) -> None:
    rows = [ROW | {"sample_id": str(n), "age": None if n == 3 else n / 2} for n in range(10)]
    write_manifest(tmp_path / "m.parquet", rows, "faces", 7)
    frame = read_manifest(tmp_path / "m.parquet")
    assert list(frame["sample_id"]) == [str(n) for n in range(10)]
    assert frame["age"].isna().tolist() == [n == 3 for n in range(10)]
    assert (frame.attrs["dataset"], frame.attrs["version"]) == ("faces", "7")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"age": float("nan")}, "an age that is NaN in 1 rows, first in sample b"),
        ({"age": -1.0}, "an age outside 0 to 130 in 1 rows, first in sample b"),
        ({"split": "dev"}, "a split other than train, validation, test"),
        ({"gender": "woman"}, "a gender other than female and male"),
        ({"weight": float("nan")}, "a weight that is no number"),
        ({"sample_id": "a"}, "a sample that stands there twice"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_its_sample(
    tmp_path: Path, change: dict[str, Any], sentence: str
) -> None:
    rows = [ROW, ROW | {"sample_id": "b"} | change]
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), tmp_path / "m.parquet")
    with pytest.raises(InputError) as caught:
        read_manifest(tmp_path / "m.parquet")
    assert sentence in str(caught.value)


def test_a_missing_file_another_file_and_a_missing_column_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no manifest"):
        read_manifest(tmp_path / "none.parquet")
    (tmp_path / "text.parquet").write_text("not a table")
    with pytest.raises(InputError, match="is no Parquet file"):
        read_manifest(tmp_path / "text.parquet")
    pd.DataFrame({"sample_id": ["a"]}).to_parquet(tmp_path / "other.parquet")
    with pytest.raises(InputError, match=r"lacks the columns image_id, age.*build-dataset"):
        read_manifest(tmp_path / "other.parquet")
    wrong = pd.DataFrame([ROW | {"age": "old"}])
    wrong.to_parquet(tmp_path / "typed.parquet")
    with pytest.raises(InputError, match="a column of another type"):
        read_manifest(tmp_path / "typed.parquet")
