# ruff: noqa: RUF001 - Cyrillic letters that look like Latin ones are meant
"""The hashtag reader against a table written by hand, half of it not an age."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from curation.hashtags import combine, contradiction, read_gender, read_hashtag, read_hashtags
from curation.hashtags.grammar import CompiledLexicon, Lexicon, Rule

TABLE = Path(__file__).with_name("hashtags.csv")
REAL = Path(__file__).parents[3] / "shared/data/hashtags"


def _table() -> list[tuple[str, float | None]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [
            (row["tag"], float(row["years"]) if row["years"] else None)
            for row in csv.DictReader(file)
        ]


def test_the_table_is_large_and_half_of_it_is_no_age() -> None:
    years = [years for _, years in _table()]
    assert len(years) >= 150
    assert 0.4 < years.count(None) / len(years) < 0.6


@pytest.mark.parametrize(("tag", "years"), _table())
def test_a_hashtag_states_the_age_that_a_careful_person_would_read(
    tag: str, years: float | None
) -> None:
    reading = read_hashtag(tag)
    assert (reading.age_years if reading else None) == pytest.approx(years)


def test_a_reading_says_rule_language_confidence_and_where_the_age_stands() -> None:
    reading = read_hashtag("#Happy_7th_Birthday_Anna")
    assert reading is not None
    assert reading.tag == "Happy_7th_Birthday_Anna"
    assert (reading.rule, reading.language) == ("ordinal-birthday", "en")
    assert 0 < reading.confidence <= 1
    assert reading.tag[slice(*reading.span)] == "7th_Birthday"


def test_the_span_is_right_behind_characters_that_normalisation_lengthens() -> None:
    reading = read_hashtag("№5_доченьке3года")
    assert reading is not None
    assert reading.tag[slice(*reading.span)] == "доченьке3года"


@pytest.mark.parametrize("age", [1, 9, 10, 21, 99, 120])
def test_ages_up_to_120_are_read(age: int) -> None:
    reading = read_hashtag(f"{age}yearsold")
    assert reading is not None
    assert reading.age_years == age


@pytest.mark.parametrize("age", [0, 121, 150, 999])
def test_ages_beyond_a_human_life_are_not_read(age: int) -> None:
    assert read_hashtag(f"turning{age}") is None


@pytest.mark.parametrize("word", ["cats", "sun", "nofilter", "love", "day", "photo", "лето"])
@pytest.mark.parametrize("number", range(0, 130, 13))
def test_a_number_beside_just_any_word_is_never_an_age(word: str, number: int) -> None:
    assert read_hashtag(f"{word}{number}") is None
    assert read_hashtag(f"{number}{word}") is None
    assert read_hashtag(str(number)) is None


def test_a_hashtag_that_states_two_ages_states_none() -> None:
    assert read_hashtag("turning30and5yearsold") is None
    assert read_hashtag("5yearsoldturning5") is not None


def test_a_repeated_hashtag_counts_once() -> None:
    assert len(read_hashtags(["turning12", "love", "turning12"])) == 1


def test_agreeing_hashtags_strengthen_each_other() -> None:
    readings = read_hashtags(["turning12", "happy12thbirthday", "birthdaygirl"])
    claim = combine(readings)
    assert claim is not None
    assert claim.age_years == 12
    assert claim.confidence > max(reading.confidence for reading in readings)
    assert claim.confidence == pytest.approx(1 - (1 - 0.9) * (1 - 0.95))


def test_contradicting_hashtags_are_reported_and_never_averaged() -> None:
    readings = read_hashtags(["turning12", "love", "40thbirthday"])
    assert combine(readings) is None
    assert contradiction(readings) == "#turning12 says 12 years, #40thbirthday says 40"


def test_an_age_in_months_agrees_with_its_completed_years_and_is_the_more_exact_one() -> None:
    readings = read_hashtags(["1yearold", "18monthsold"])
    assert contradiction(readings) is None
    claim = combine(readings)
    assert claim is not None
    assert claim.age_years == pytest.approx(1.5)


def test_hashtags_without_an_age_claim_nothing() -> None:
    assert combine(read_hashtags(["love", "30daychallenge"])) is None
    assert contradiction([]) is None


@pytest.mark.parametrize(
    ("tag", "gender"),
    [
        ("itsaboy", "male"),
        ("itsagirl", "female"),
        ("birthdaygirl", "female"),
        ("BirthdayBoy", "male"),
        ("birthdayprincess", "female"),
        ("5yearoldboy", "male"),
        ("mydaughter", "female"),
        ("сынок", "male"),
        ("деньрождениядочери", "female"),
        ("именинница", "female"),
        ("сынуле9месяцев", "male"),
        ("birthdaygirls", None),
        ("birthdaygirlfriend", None),
        ("gameboy", None),
        ("oldman", None),
        ("girlpower", None),
        ("сыновья", None),
        ("love", None),
    ],
)
def test_a_gender_hint_is_read_with_little_confidence(tag: str, gender: str | None) -> None:
    reading = read_gender(tag)
    assert (reading.gender if reading else None) == gender
    if reading:
        assert reading.confidence <= 0.6


def test_a_new_language_is_only_another_lexicon() -> None:
    german = CompiledLexicon(
        Lexicon(
            language="de",
            cardinals={"fünf": 5},
            ordinals={"fünfter": 5},
            ordinal_endings="ter",
            words={"birthday": "geburtstag"},
            rules=[Rule("birthday", "{nth}{birthday}", 0.9), Rule("years", "{n}jahrealt", 0.9)],
            vetoes=["{n}jahrealteshaus"],
        )
    )
    for text in ("fünfjahrealt", "5jahrealt", "5tergeburtstag", "fünftergeburtstag"):
        assert [match.age_years for match in german.ages(text)] == [5]
    assert german.ages("5jahrealteshaus") == []
    assert german.ages("geburtstag5") == []


@pytest.mark.skipif(not REAL.is_dir(), reason="the real hashtags are not on this machine")
def test_on_real_hashtags_the_age_read_is_the_one_they_were_found_under() -> None:
    right = wrong = 0
    with (REAL / "age_bearing_hashtags.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            reading = read_hashtag(row["hashtag"])
            if reading and int(row["uses"]) >= 3:  # rarer ones often stand beside another's age
                under = {int(part.split(":")[0]) for part in row["search_ages"].split(";")}
                right += reading.age_years in under
                wrong += reading.age_years not in under
    assert right > 100
    assert right / (right + wrong) >= 0.97
