"""Gender hints: weak labels, in fourteen languages."""

from __future__ import annotations

import pytest

from curation.hashtags import read_gender, read_genders

FEMALE = (
    "itsagirl birthdaygirl birthdayprincess mydaughter happybirthdaymom деньрождениядочери "
    "именинница маме60 esunaniña cumpleañera felizcumplemama émenina feliz_aniversário_mãe "
    "esisteinmädchen geburtstagsmädchen meinetochter cestunefille joyeuxanniversairemaman "
    "èunabambina buoncompleannononna festeggiata doğumgünükızı iyikidoğdunannem "
    "selamatulangtahunmama عيد_ميلاد_بنتي बेटीकाजन्मदिन 娘の誕生日 女儿生日 妈妈生日快乐 딸생일 "
    "엄마생일축하해"
)
MALE = (
    "itsaboy BirthdayBoy 5yearoldboy happybirthdaydad сынок сынуле9месяцев 5летсыну esunniño "
    "mihijo "
    "feliz_cumpleaños_papá felizaniversáriopai éummenino esisteinjunge allesgutezumgeburtstagpapa "
    "cestungarçon bonanniversairepapa èunmaschietto buoncompleannopapà iyikidoğdunbabam "
    "ultahsuamiku "
    "عيد_ميلاد_ابني पापाकाजन्मदिन 息子の誕生日 儿子生日快乐 아들생일"
)
NEITHER = (
    "birthdaygirls birthdaygirlfriend gameboy oldman girlpower сыновья love momof2 boymom girlmom "
    "singlemom bestmomever thegirls boys womensday diadelamadre muttertag motherandson мамаипапа "
    "mamaypapa 母の日 어머니의날 母亲节 gender"
)


@pytest.mark.parametrize(
    ("tag", "gender"),
    [
        *((tag, "female") for tag in FEMALE.split()),
        *((tag, "male") for tag in MALE.split()),
        *((tag, None) for tag in NEITHER.split()),
    ],
)
def test_a_gender_hint_is_read_with_little_confidence(tag: str, gender: str | None) -> None:
    reading = read_gender(tag)
    assert (reading.gender if reading else None) == gender
    if reading:
        assert 0 < reading.confidence <= 0.6


def test_a_hint_says_where_it_stands() -> None:
    reading = read_gender("#It's_a_Girl")
    assert reading is not None
    assert reading.tag[slice(*reading.span)] == "Girl"


def test_a_repeated_hint_counts_once() -> None:
    assert [hint.gender for hint in read_genders(["itsaboy", "love", "itsaboy"])] == ["male"]
