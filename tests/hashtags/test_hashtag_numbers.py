"""Number words against an independent oracle, `num2words`, up to a long human life."""

from __future__ import annotations

import pytest
from num2words import num2words

from curation.hashtags import read_hashtag

CARDINAL = {
    "en": "{}yearsold",
    "ru": "мне{}лет",
    "es": "{}añosdevida",
    "pt": "tenho{}anos",
    "de": "{}jahrealt",
    "fr": "jai{}ans",
    "it": "ho{}anni",
    "tr": "{}yaşındayım",
    "id": "umur{}tahun",
    "ar": "عمري{}سنة",
    "ja": "{}歳",
    "ko": "{}세",
}
ORDINAL = {
    "en": "my{}birthday",
    "ru": "{}деньрождения",
    "es": "{}cumpleaños",
    "pt": "{}aniversário",
    "de": "mein{}rgeburtstag",
    "fr": "{}anniversaire",
    "it": "{}compleanno",
    "tr": "{}yaşgünü",
    "id": "ulangtahun{}",
    "ko": "{}생일",
}
# Where the oracle errs: centodiciotto, quatre-vingtième, 백 번째.
ODD = {("it", 118), ("fr", 80), ("ko", 100)}


def _joined(number: int, language: str, to: str) -> str:
    return num2words(number, lang=language, to=to).replace(" ", "").replace("-", "")


@pytest.mark.parametrize("language", CARDINAL)
def test_cardinals_are_put_together_by_rule(language: str) -> None:
    ages = [number for number in range(1, 121) if (language, number) not in ODD]
    tags = [CARDINAL[language].format(_joined(age, language, "cardinal")) for age in ages]
    assert {tag: _age(tag) for tag in tags} == dict(zip(tags, ages, strict=True))


@pytest.mark.parametrize("language", ORDINAL)
def test_ordinals_are_put_together_by_rule(language: str) -> None:
    ages = [number for number in range(1, 121) if (language, number) not in ODD]
    tags = [ORDINAL[language].format(_joined(age, language, "ordinal")) for age in ages]
    assert {tag: _age(tag) for tag in tags} == dict(zip(tags, ages, strict=True))


@pytest.mark.parametrize("language", CARDINAL)
def test_a_number_beyond_a_human_life_is_not_read_by_its_last_word(language: str) -> None:
    read = {
        number: _age(CARDINAL[language].format(_joined(number, language, "cardinal")))
        for number in (121, 130, 150, 199)
    }
    assert set(read.values()) == {None}, read


def _age(tag: str) -> float | None:
    reading = read_hashtag(tag)
    return reading.age_years if reading else None


@pytest.mark.parametrize(
    ("native", "years"),
    [("스물한살", 21), ("서른두살", 32), ("마흔세살", 43), ("쉰네살", 54), ("예순다섯살", 65),
     ("일흔여섯살", 76), ("여든일곱살", 87), ("아흔여덟살", 98), ("열아홉살", 19)],
)  # fmt: skip
def test_korean_native_numbers_go_up_to_a_hundred(native: str, years: int) -> None:
    assert _age(native) == years


@pytest.mark.parametrize(
    ("tag", "years"),
    [("二十五岁", 25), ("廿五歲", 25), ("一百零二岁", 102), ("两岁", 2), ("兩歲", 2),
     ("十二岁", 12), ("九十九歲", 99), ("百歲人瑞", 100), ("卅岁", 30)],
)  # fmt: skip
def test_chinese_numbers_are_read_in_both_scripts(tag: str, years: int) -> None:
    assert _age(tag) == years


@pytest.mark.parametrize(
    ("word", "years"),
    [("उन्नीस", 19), ("इक्कीस", 21), ("उनतीस", 29), ("पैंतीस", 35), ("उनचास", 49), ("तिरेपन", 53),
     ("छियासठ", 66), ("उन्यासी", 79), ("नवासी", 89), ("निन्यानवे", 99), ("सौ", 100)],
)  # fmt: skip
def test_hindi_has_a_word_of_its_own_for_every_number_below_a_hundred(
    word: str, years: int
) -> None:
    assert _age(f"{word}सालकी") == years
