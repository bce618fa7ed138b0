"""What the hashtag reader answers, hashtag by hashtag and post by post."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from curation.hashtags import combine, contradiction, read_hashtag, read_hashtags
from curation.hashtags.engine import CompiledLexicon, Match
from curation.hashtags.fold import squash
from curation.hashtags.lexicon import KINDS, Lexicon, Rule

REAL = Path(__file__).parents[3] / "shared/data/hashtags"


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


@pytest.mark.parametrize(
    ("tag", "years"),
    [
        ("MyGirlIs3", 3),
        ("my_girl_is_3", 3),
        ("MYGIRLIS3", 3),
        ("３０歳", 30),
        ("عُمْري٢٥", 25),
        ("عمري۲۵", 25),
        ("٢٥سنةمنعمري", 25),
        ("२५वांजन्मदिन", 25),
        ("KIRKYAŞ", 40),
        ("kirk_yas", 40),
        ("cumplean\u0303os40", 40),
        ("CUMPLEAÑOS40", 40),
        ("fünfjahrealt", 5),
        ("fu\u0308nfjahrealt", 5),
        ("fuenfjahrealt", 5),
        ("мне5лёт".replace("ё", "е"), 5),
        ("the big 4-0", 40),
        ("4½yearsold", 4.5),
    ],
)
def test_one_age_is_read_however_it_is_spelt(tag: str, years: float) -> None:
    reading = read_hashtag(tag)
    assert reading is not None
    assert reading.age_years == pytest.approx(years)


def test_a_hashtag_that_states_two_ages_states_none() -> None:
    assert read_hashtag("turning30and5yearsold") is None
    assert read_hashtag("5yearsoldturning5") is not None


def test_a_range_of_ages_is_not_an_age() -> None:
    for tag in ("2to5yearsold", "5bis7jahrealt", "от3до5лет", "5a7años", "3到5岁", "5才から7才"):
        assert read_hashtag(tag) is None, tag


def test_the_unit_agrees_with_its_number_where_the_language_says_so() -> None:
    assert read_hashtag("1año") is not None
    assert read_hashtag("5año") is None  # the fifth year of school


def test_a_repeated_hashtag_counts_once() -> None:
    assert len(read_hashtags(["turning12", "love", "turning12"])) == 1


def test_agreeing_hashtags_strengthen_each_other() -> None:
    readings = read_hashtags(["turning12", "happy12thbirthday", "birthdaygirl"])
    claim = combine(readings)
    assert claim is not None
    assert claim.age_years == 12
    assert claim.confidence > max(reading.confidence for reading in readings)
    assert claim.confidence == pytest.approx(1 - (1 - 0.9) * (1 - 0.95))


def test_hashtags_of_two_languages_are_weighed_together() -> None:
    claim = combine(read_hashtags(["мне12лет", "turning12"]))
    assert claim is not None
    assert claim.age_years == 12
    assert (
        contradiction(read_hashtags(["cumple40", "30歳"]))
        == "#cumple40 says 40 years, #30歳 says 30"
    )


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


def _dutch(**words: str) -> CompiledLexicon:
    return CompiledLexicon(
        Lexicon(
            language="nl",
            script="latin",
            cardinals={"vijf": 5},
            ordinals={"vijfde": 5},
            words={
                "years": "jaar",
                "old": "oud",
                "ordinal": "de ste",
                "birthday": "verjaardag",
                "veto": "huis",
                **words,
            },
        )
    )


def _read(lexicon: CompiledLexicon, tag: str) -> list[Match]:
    text = squash(tag)
    found = lexicon.read_words(text, None)
    digits = [place for place, letter in enumerate(text) if letter.isdecimal()]
    if digits:
        start, end = digits[0], digits[-1] + 1
        match = lexicon.read(text[:start], text[end:], end - start, "n", float(text[start:end]))
        found += [match] if match else []
    return [match for match in found if match.confidence]


def test_a_new_language_is_only_another_lexicon() -> None:
    dutch = _dutch()
    for tag in ("vijfjaaroud", "5jaaroud", "5deverjaardag", "vijfdeverjaardag"):
        assert [match.age_years for match in _read(dutch, tag)] == [5], tag
    assert _read(dutch, "5jaaroudhuis") == []
    assert _read(dutch, "jaar5") == []


def test_a_lexicon_with_a_word_of_two_kinds_is_refused() -> None:
    with pytest.raises(ValueError, match=r"nl has words of two kinds.*oud"):
        _dutch(child="oud")


def test_a_rule_that_names_no_kind_of_word_is_refused() -> None:
    lexicon = Lexicon("xx", "latin", {}, {}, {}, rules=[Rule("odd", "count nonsense", 0.5)])
    with pytest.raises(KeyError, match="nonsense"):
        CompiledLexicon(lexicon)


def test_every_kind_of_word_has_a_letter_of_its_own() -> None:
    assert len(set(KINDS.values())) == len(KINDS)


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


@pytest.mark.skipif(not REAL.is_dir(), reason="the real hashtags are not on this machine")
def test_hashtags_of_everyday_photographs_state_no_age() -> None:
    tags = set((REAL / "harrison_tag_list.txt").read_text(encoding="utf-8").split())
    assert len(tags) > 900
    assert [reading.tag for reading in read_hashtags(sorted(tags))] == []
