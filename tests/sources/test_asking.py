# ruff: noqa: RUF001 - letters of other scripts that look like Latin ones are meant
"""What a user may ask for: birthday hashtags, times, hashtags in captions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from curation.errors import InputError
from curation.hashtags import read_hashtags
from curation.sources.birthday_tags import LANGUAGES, birthday_tags
from curation.sources.captions import hashtags_in
from curation.sources.waiting import duration, since

NOW = datetime(2024, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_birthday_hashtag_is_read_as_the_age_it_was_made_for(language: str) -> None:
    for age in range(1, 101):
        tags = birthday_tags([language], str(age))
        assert tags
        for tag in tags:
            assert {reading.age_years for reading in read_hashtags([tag])} == {age}, tag


def test_birthday_hashtags_are_spelt_as_the_language_does() -> None:
    assert birthday_tags(["en"], "11-13,21")[1::3] == [
        "happy11thbirthday", "happy12thbirthday", "happy13thbirthday", "happy21stbirthday",
    ]  # fmt: skip
    assert birthday_tags(["ru"], "1,2,5,11,21,22") == [
        "мне1год", "мне2года", "мне5лет", "мне11лет", "мне21год", "мне22года",
    ]  # fmt: skip


@pytest.mark.parametrize("ages", ["", "x", "1-", "0", "5-3", "1-101", "1;2"])
def test_what_is_no_list_of_ages_is_refused(ages: str) -> None:
    with pytest.raises(InputError, match="--ages"):
        birthday_tags(["en"], ages)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("7d", NOW - timedelta(days=7)),
        ("12h", NOW - timedelta(hours=12)),
        ("1.5w", NOW - timedelta(days=10.5)),
        ("2024-05-31", datetime(2024, 5, 31, tzinfo=UTC)),
        ("2024-05-31T18:30:00+02:00", datetime(2024, 5, 31, 16, 30, tzinfo=UTC)),
        (None, None),
    ],
)
def test_since_is_a_date_or_so_long_ago(written: str | None, moment: datetime | None) -> None:
    assert since(written, NOW) == moment


@pytest.mark.parametrize("written", ["yesterday", "7", "0d", "999999w", "2025-01-01", "-3d"])
def test_what_is_no_time_is_refused(written: str) -> None:
    with pytest.raises(InputError, match="--since"):
        since(written, NOW)


@pytest.mark.parametrize("written", ["", "1", "h", "0m", "1 year", "1e9999w"])
def test_what_is_no_duration_is_refused(written: str) -> None:
    with pytest.raises(InputError, match="--every"):
        duration(written, "--every")


@pytest.mark.parametrize(
    ("caption", "hashtags"),
    [
        ("#Turning7 and #мне7лет!", ("Turning7", "мне7лет")),
        ("#one#two", ("one",)),
        ("a#b http://x/#frag &#39; #7", ()),
        ("＃七歳 #जन्मदिन #생일", ("七歳", "जन्मदिन", "생일")),
        ("#caf\u0065\u0301", ("caf\u00e9",)),
        ("#a_b-c #A_b", ("a_b", "A_b")),
        (None, ()),
    ],
)  # fmt: skip
def test_hashtags_are_read_out_of_a_caption(caption: str | None, hashtags: tuple[str, ...]) -> None:
    assert hashtags_in(caption) == hashtags
