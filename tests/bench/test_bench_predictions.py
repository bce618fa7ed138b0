"""Predictions files of any system, in and out; what is wrong with one ends in one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curation.errors import InputError
from training.bench.predictions import NO_ANSWER
from training.bench.predictions_file import for_samples, read_predictions, write_predictions


def csv(folder: Path, text: str) -> Path:
    path = folder / "said.csv"
    path.write_text(text, encoding="utf-8")
    return path


def refused(path: Path, *words: str) -> None:
    with pytest.raises(InputError) as raised:
        read_predictions(path)
    message = str(raised.value)
    assert "\n" not in message
    for word in (str(path), *words):
        assert word in message, message


def test_a_csv_of_labels_and_points_is_enough(tmp_path: Path) -> None:
    table = read_predictions(csv(tmp_path, "sample_id,gender,age\na,F,31\nb,male,\nc,,\n"))
    assert table["gender"].tolist()[:2] == ["female", "male"]
    assert table["age"].tolist()[0] == 31
    assert table["reason"].isna().tolist() == [True, True, False]
    assert table["reason"].iloc[2] == NO_ANSWER


def test_points_follow_from_what_is_said(tmp_path: Path) -> None:
    range_ = read_predictions(csv(tmp_path, "sample_id,age_low,age_high\na,20,30\n"))
    assert range_["age"].tolist() == [25]
    quantiles = read_predictions(csv(tmp_path, "sample_id,age_q10,age_q50,age_q90\na,20,24,30\n"))
    assert quantiles["age"].tolist() == [24]
    normal = "sample_id,log_age_mean,log_age_sigma,log_age_gamma\na,3.4,0.2,5\n"
    assert read_predictions(csv(tmp_path, normal))["age"].iloc[0] == pytest.approx(np.e**3.4 - 5)
    probable = read_predictions(csv(tmp_path, "sample_id,female_probability\na,0.51\nb,0.5\n"))
    assert probable["gender"].tolist() == ["female", "male"]
    stated = read_predictions(csv(tmp_path, "sample_id,age,age_low,age_high\na,22,20,30\n"))
    assert stated["age"].tolist() == [22]


def test_what_is_written_is_read_back_and_the_same_bytes_come_twice(tmp_path: Path) -> None:
    table = read_predictions(
        csv(
            tmp_path,
            "sample_id,gender,female_probability,age,age_q10,age_q90,reason\n"
            "a,female,0.7,31.5,25,40,\nb,,,,,,no face\n",
        )
    )
    about = {"evenface.protocol": "adience"}
    for name in ("one.parquet", "two.parquet"):
        write_predictions(tmp_path / name, table, about)
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()
    again = read_predictions(tmp_path / "one.parquet")
    pd.testing.assert_frame_equal(again, table, check_like=True)
    assert again.attrs["about"]["evenface.protocol"] == "adience"


def test_columns_that_the_table_does_not_have_are_named_as_ignored(tmp_path: Path) -> None:
    table = read_predictions(csv(tmp_path, "sample_id,age,emotion\na,3,happy\n"))
    assert table.attrs["ignored"] == ["emotion"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sample_id,age\na,31\nb,young\nc,old\n", ("2 of 3 rows", "line 3 (sample b)", "young")),
        ("sample_id,age\na,nan\n", ("1 of 1 rows", "line 2", "leave it empty")),
        ("sample_id,age\na,31\na,32\n", ("stands there before", "line 3 (sample a)")),
        ("sample_id,age\n,31\n", ("no sample id", "line 2")),
        ("sample_id,age\na,-1\nb,131\n", ("outside 0 to 130", "2 of 2", "line 2 (sample a): -1")),
        ("sample_id,age\na,inf\n", ("infinite age", "line 2")),
        ("sample_id,female_probability\na,0.5\nb,97\n", ("outside 0 to 1", "line 3", "97")),
        ("sample_id,gender\na,female\nb,u\n", ("gender other than", "line 3", "u")),
        ("sample_id,age_low\na,3\n", ("only one of age_low and age_high",)),
        ("sample_id,age_low,age_high\na,9,3\n", ("age_low above age_high", "line 2")),
        ("sample_id,age_q10,age_q90\na,9,3\n", ("age_q10 above age_q90",)),
        ("sample_id,age,age_qten\na,9,3\n", ("age_qten",)),
        ("sample_id,age,log_age_mean\na,9,3\n", ("log_age_sigma",)),
        (
            "sample_id,log_age_mean,log_age_sigma,log_age_gamma\na,3,0,5\n",
            ("log_age_sigma", "not above 0"),
        ),
        ("id,age\na,3\n", ("sample_id", "id, age")),
        ("sample_id,years\na,3\n", ("female_probability", "sample_id, years")),
        ("", ("is empty",)),
    ],
)
def test_a_bad_value_is_named_with_counts_and_the_first_row(
    tmp_path: Path, text: str, words: tuple[str, ...]
) -> None:
    refused(csv(tmp_path, text), *words)


def test_bad_parquet_is_named_too(tmp_path: Path) -> None:
    path = tmp_path / "said.parquet"
    pq.write_table(pa.table({"sample_id": ["a", "b"], "age": [3.0, float("nan")]}), path)
    refused(path, "NaN for age", "1 of 2", "row 2")
    pq.write_table(pa.table({"sample_id": ["a"], "age": ["3"]}), path)
    refused(path, "age holds string")
    path.write_bytes(b"PAR1 and then nothing")
    refused(path, "cannot be read as Parquet")
    refused(tmp_path / "absent.csv", "there is no predictions file")


def test_null_in_parquet_is_unsaid(tmp_path: Path) -> None:
    path = tmp_path / "said.parquet"
    pq.write_table(pa.table({"sample_id": ["a", "b"], "age": [3.0, None]}), path)
    assert read_predictions(path)["reason"].isna().tolist() == [True, False]


def test_a_file_must_cover_the_test_set_and_may_hold_more(tmp_path: Path) -> None:
    table = read_predictions(csv(tmp_path, "sample_id,age\na,1\nb,2\nc,3\n"))
    chosen = for_samples(table, ["c", "a"], "folder", "said.csv")
    assert chosen["age"].tolist() == [3, 1]
    assert chosen.attrs["others"] == 1
    with pytest.raises(InputError, match=r"no prediction for 2 of 3 samples, first x"):
        for_samples(table, ["a", "x", "y"], "folder", "said.csv")
    with pytest.raises(InputError, match=r"another test set: none of the 2 samples"):
        for_samples(table, ["x", "y"], "folder", "said.csv")
    write_predictions(tmp_path / "said.parquet", table, {"evenface.protocol": "adience"})
    other = read_predictions(tmp_path / "said.parquet")
    with pytest.raises(InputError, match=r"for the protocol adience, not for utkface"):
        for_samples(other, ["a"], "utkface", "said.parquet")
