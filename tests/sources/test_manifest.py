# ruff: noqa: RUF001 - Cyrillic letters that look like Latin ones are meant
"""A manifest (CSV, JSONL, Parquet) as a source of posts."""

from __future__ import annotations

import csv
import json
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curation.errors import InputError
from curation.sources import Post
from curation.sources.manifest import ManifestSource

Row = dict[str, Any]


def _csv(path: Path, rows: list[Row]) -> Path:
    path = path.with_suffix(".csv")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def _jsonl(path: Path, rows: list[Row]) -> Path:
    path = path.with_suffix(".jsonl")
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def _parquet(path: Path, rows: list[Row]) -> Path:
    path = path.with_suffix(".parquet")
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


WRITERS = pytest.mark.parametrize("write", [_csv, _jsonl, _parquet])
Write = Callable[[Path, list[Row]], Path]


def _posts(path: Path) -> list[Post]:
    return list(ManifestSource(path).posts())


@WRITERS
def test_a_full_row_becomes_a_full_post(write: Write, tmp_path: Path) -> None:
    row = {
        "image": "photos/a.jpg",
        "hashtags": "#7thbirthday sun,#Мне7лет",
        "id": "17",
        "author": "anna",
        "time": "2024-05-31T20:30:00+02:00",
        "url": "https://example.org/p/17",
        "licence": "CC-BY-4.0",
        "country": "ng",
        "age": 7.5,
        "gender": "F",
        "race": "Black",
    }
    assert _posts(write(tmp_path / "m", [row])) == [
        Post(
            external_id="17",
            media=(str(tmp_path.resolve() / "photos/a.jpg"),),
            hashtags=("7thbirthday", "sun", "Мне7лет"),
            author="anna",
            published_at=datetime(2024, 5, 31, 18, 30, tzinfo=UTC),
            url="https://example.org/p/17",
            licence="CC-BY-4.0",
            country="NG",
            age=7.5,
            gender="female",
            race="Black",
        )
    ]


@WRITERS
def test_image_alone_is_enough_and_gives_the_id(write: Write, tmp_path: Path) -> None:
    path = write(tmp_path / "m", [{"image": "a.jpg"}, {"image": "https://example.org/b.png"}])
    assert _posts(path) == [
        Post(external_id="a.jpg", media=(str(tmp_path.resolve() / "a.jpg"),)),
        Post(external_id="https://example.org/b.png", media=("https://example.org/b.png",)),
    ]


@pytest.mark.parametrize("write", [_jsonl, _parquet])
def test_lists_of_images_and_hashtags_are_taken_as_they_are(write: Write, tmp_path: Path) -> None:
    row = {"image": ["/a.jpg", "/b.jpg"], "hashtags": ["#turning7", "sun", "turning7"]}
    [post] = _posts(write(tmp_path / "m", [row]))
    assert post.media == ("/a.jpg", "/b.jpg")
    assert post.hashtags == ("turning7", "sun")


def test_typed_parquet_columns_are_understood(tmp_path: Path) -> None:
    table = pa.table(
        {
            "image": ["/a.jpg", "/b.jpg"],
            "id": pa.array([9007199254740993, 2], pa.int64()),
            "author": pa.array([12.0, None], pa.float64()),
            "age": pa.array([0.5, float("nan")], pa.float32()),
            "time": pa.array([0, None], pa.timestamp("ns", tz="Europe/Berlin")),
        }
    )
    pq.write_table(table, tmp_path / "m.parquet")
    first, second = _posts(tmp_path / "m.parquet")
    assert (first.external_id, first.author, first.age) == ("9007199254740993", "12", 0.5)
    assert first.published_at == datetime(1970, 1, 1, tzinfo=UTC)
    assert (second.author, second.age, second.published_at) == (None, None, None)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_may_be_parted_by_comma_semicolon_or_tab(delimiter: str, tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_bytes(f"\ufeffimage{delimiter}age\r\na.jpg{delimiter}7\r\n\r\n".encode())
    [post] = _posts(path)
    assert post.age == 7


@pytest.mark.parametrize("written", ["2024-05-31", "2024-05-31T00:00:00", "2024-05-31T00:00:00Z"])
def test_a_time_without_a_zone_is_utc(written: str, tmp_path: Path) -> None:
    [post] = _posts(_csv(tmp_path / "m", [{"image": "a.jpg", "time": written}]))
    assert post.published_at == datetime(2024, 5, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "gender"),
    [("Female", "female"), ("m", "male"), ("GIRL", "female"), ("unknown", None), ("", None)],
)
def test_common_spellings_of_gender_are_known(
    written: str, gender: str | None, tmp_path: Path
) -> None:
    [post] = _posts(_csv(tmp_path / "m", [{"image": "a.jpg", "gender": written}]))
    assert post.gender == gender


@WRITERS
@pytest.mark.parametrize(
    ("column", "value", "sentence"),
    [
        ("age", "old", "age 'old' is not a number"),
        ("age", "-3", "age -3 is negative"),
        ("age", "121", "age 121 is more than 120 years"),
        ("age", "inf", "age 'inf' is not a number"),
        ("gender", "lady", "gender 'lady' is not known; write female or male"),
        ("gender", "1", "gender '1' could mean either"),
        ("country", "Nigeria", "country 'Nigeria' is not a two-letter country code"),
        ("country", "ZZ", "country 'ZZ' is not a two-letter country code"),
        ("time", "last week", "time 'last week' is not an ISO 8601 time"),
        ("image", "", "image is empty"),
        ("image", "ftp://example.org/a.jpg", "image 'ftp://example.org/a.jpg' is neither a path"),
        ("image", "https:///a.jpg", "image 'https:///a.jpg' is neither a path"),
        ("licence", "a\0b", "licence holds characters that are not text"),
    ],
)
def test_an_unusable_value_is_named_with_its_row(
    write: Write, column: str, value: str, sentence: str, tmp_path: Path
) -> None:
    good = {column: None} | {"image": "a.jpg"}
    path = write(tmp_path / "m", [good, good | {column: value}])
    where = {".csv": "line 3", ".jsonl": "line 2", ".parquet": "row 2"}[path.suffix]
    with pytest.raises(InputError) as caught:
        _posts(path)
    assert str(caught.value).startswith(f"{path}, {where}: {sentence}")


@WRITERS
def test_a_bad_row_at_the_end_stops_everything_before_the_first_post(
    write: Write, tmp_path: Path
) -> None:
    rows = [{"image": f"{number}.jpg", "age": "7"} for number in range(50)]
    path = write(tmp_path / "m", [*rows, {"image": "last.jpg", "age": "x"}])
    with pytest.raises(InputError, match="'x' is not a number"):
        next(ManifestSource(path).posts())


@WRITERS
def test_a_doubled_id_is_an_error_that_names_both_rows(write: Write, tmp_path: Path) -> None:
    rows = [{"image": f"{number}.jpg", "id": str(number)} for number in (1, 2, 3, 2)]
    path = write(tmp_path / "m", rows)
    with pytest.raises(InputError, match=r"(line|row) \d and (line|row) \d have the same id '2'"):
        _posts(path)


@WRITERS
def test_a_missing_image_column_is_an_error(write: Write, tmp_path: Path) -> None:
    path = write(tmp_path / "m", [{"file": "a.jpg", "age": "7"}])
    with pytest.raises(InputError, match=r"there is no column image \(columns: file, age\)"):
        _posts(path)


def test_unknown_columns_are_ignored_and_named_once(tmp_path: Path) -> None:
    path = _csv(tmp_path / "m", [{"image": "a.jpg", "likes": "3", "caption": "hello"}])
    notices: list[str] = []
    source = ManifestSource(path, notice=notices.append)
    assert len([*source.posts(), *source.posts()]) == 2
    assert len(notices) == 1
    assert "ignored columns caption, likes (known: image, hashtags," in notices[0]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("m.csv", b"", "is empty; its first line must name the columns"),
        ("m.csv", b"image,image\na,b\n", "has two columns named 'image'"),
        ("m.csv", b"image\na,b\n", "2 values for 1 columns"),
        ("m.csv", b'image\n"a.jpg', "line 2: not valid CSV"),
        ("m.csv", b"image\n\xff\xfe.jpg\n", "is not UTF-8 text"),
        ("m.jsonl", b'{"image": "a.jpg"}\n{"image": \n', "line 2: not valid JSON"),
        ("m.jsonl", b"[1]\n", "line 1: not a JSON object"),
        ("m.jsonl", b'{"image": {"bytes": ""}}\n', "line 1: image is not text"),
        ("m.jsonl", b'{"image": "a", "author": "\\ud800"}\n', "author holds characters"),
        ("m.parquet", b"PAR1 or not", "is not a readable Parquet file"),
        ("m.xlsx", b"", "a manifest ends in .csv"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_ends_in_one_sentence(
    name: str, content: bytes, sentence: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=sentence) as caught:
        _posts(tmp_path / name)
    assert str(tmp_path / name) in str(caught.value)


def test_a_missing_manifest_and_a_folder_are_errors(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"the manifest .*/m\.csv does not exist"):
        _posts(tmp_path / "m.csv")
    with pytest.raises(InputError, match="is a folder; `curate ingest folder` takes folders"):
        _posts(tmp_path)


def _peak(path: Path) -> int:
    tracemalloc.start()
    try:
        assert sum(1 for _ in ManifestSource(path).posts())
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@WRITERS
def test_memory_does_not_grow_with_the_file(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curation.sources.tables.PARQUET_ROWS", 256)

    def rows(count: int) -> list[Row]:
        return [{"image": f"{i}.jpg", "hashtags": f"#turning{i} #x{i}"} for i in range(count)]

    small, large = write(tmp_path / "s", rows(1_000)), write(tmp_path / "l", rows(4_000))
    _peak(small)  # imports and caches
    # 8 bytes a row are kept to find doubled ids; a post alone takes a thousand.
    assert _peak(large) - _peak(small) < 3_000 * 100
