"""The labelling screen, and reading what comes back from it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from xml.dom.minidom import parseString

import pytest
from label_studio_sdk.label_interface import LabelInterface

from curation.moderation import questions
from curation.moderation.questions import (
    BASE,
    QUESTIONS,
    QuestionSet,
    age_band,
    question_set,
    read_answer,
    result_of,
)
from curation.moderation.questions import asked as asked_module
from curation.moderation.questions.claims import age_in_words
from curation.moderation.questions.languages import WORDINGS
from curation.settings import ModerationSettings

ALL = {"gender": "female", "age_fits": "too_young", "relevant": "yes"}
FULL = question_set(ModerationSettings(ask_race=True, ask_age=True))
MORE = ALL | {"race": "East Asian", "age": "7.5", "irrelevant": "adult", "unsafe": "yes"}


def _choice(attribute: str, *values: Any) -> dict[str, Any]:
    return {
        "from_name": attribute,
        "to_name": "crop",
        "type": "choices",
        "value": {"choices": list(values)},
    }


def _number(value: Any) -> dict[str, Any]:
    return {"from_name": "age", "to_name": "crop", "type": "number", "value": {"number": value}}


@pytest.mark.parametrize("languages", [["en"], ["ru"], ["es"], ["ru", "en", "es"]])
def test_label_studio_itself_accepts_the_screen_and_its_answers(languages: list[str]) -> None:
    screen = LabelInterface(questions.labelling_config(FULL, languages))
    screen.validate()
    assert screen.validate_annotation({"result": result_of(MORE)})
    assert not screen.validate_annotation({"result": result_of(ALL | {"gender": "alien"})})
    assert {tag.value_name for tag in screen.objects} == {"crop", "photo"}
    assert questions.guide(languages).count("<p>") == 6 * len(languages)


def test_every_language_says_everything() -> None:
    for wording in WORDINGS.values():
        assert wording.questions.keys() == questions.BY_ATTRIBUTE.keys()
        for name, question in questions.BY_ATTRIBUTE.items():
            assert tuple(wording.choices.get(name, {})) == question.values
        assert len(wording.guide) == len(WORDINGS["en"].guide)


def test_a_translation_is_the_same_question_and_a_new_meaning_is_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = BASE.version
    russian = WORDINGS["ru"]
    monkeypatch.setitem(
        WORDINGS, "ru", replace(russian, questions=dict(russian.questions, gender="Кто это?"))
    )
    assert QuestionSet(BASE.questions).version == before
    assert len({BASE.version, FULL.version, QuestionSet(BASE.questions[:-1]).version}) == 3
    asked = asked_module.english.WORDING
    other = replace(asked, questions=dict(asked.questions, gender="Sex"))
    monkeypatch.setattr(asked_module.english, "WORDING", other)
    assert QuestionSet(BASE.questions).version != before


def test_wording_with_quotes_and_brackets_survives_in_the_screen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wording = 'Is <b>"this"</b> & that it?'
    english = WORDINGS["en"]
    monkeypatch.setitem(
        WORDINGS, "en", replace(english, questions=dict(english.questions, gender=wording))
    )
    headers = parseString(questions.labelling_config()).getElementsByTagName("Header")
    assert wording in [one.getAttribute("value") for one in headers]


def test_every_choice_has_a_key_of_its_own() -> None:
    keys = [choice.hotkey for one in questions.BY_ATTRIBUTE.values() for choice in one.choices]
    assert len(set(keys)) == len(keys) > 20


def test_gender_and_age_go_away_where_the_picture_is_not_relevant() -> None:
    document = parseString(questions.labelling_config(FULL))

    def conditions(name: str) -> set[tuple[str, str, str]]:
        found = set()
        (node,) = (
            tag
            for kind in ("Choices", "Number")
            for tag in document.getElementsByTagName(kind)
            if tag.getAttribute("name") == name
        )
        while (node := node.parentNode) is not document:
            if when := node.getAttribute("visibleWhen"):
                found.add(
                    (when, node.getAttribute("whenTagName"), node.getAttribute("whenChoiceValue"))
                )
        return found

    safe = ("choice-unselected", "unsafe", "yes")
    fitting = ("choice-unselected", "relevant", "no")
    assert conditions("unsafe") == set()
    assert conditions("relevant") == {safe}
    assert conditions("irrelevant") == {safe, ("choice-selected", "relevant", "no")}
    for name in ("gender", "age_fits", "race", "age"):
        assert conditions(name) == {safe, fitting}


@pytest.mark.parametrize(
    ("years", "language", "words"),
    [
        (7.0, "en", "7 years"),
        (6.5, "en", "6.5 years"),
        (0.5, "en", "6 months"),
        (1 / 12, "en", "1 month"),
        (21, "ru", "21 год"),
        (11, "ru", "11 лет"),
        (34, "ru", "34 года"),
        (6.5, "ru", "6,5 года"),
        (2 / 12, "ru", "2 месяца"),
        (1 / 12, "es", "1 mes"),
        (31.5, "es", "31,5 años"),
    ],
)
def test_ages_are_shown_as_people_say_them(years: float, language: str, words: str) -> None:
    assert age_in_words(years, WORDINGS[language]) == words


@pytest.mark.parametrize(
    ("years", "low", "high"), [(2, 1, 3), (7, 5, 9), (30, 24, 36), (60, 48, 72), (0.5, 0.25, 0.75)]
)
def test_the_band_within_which_a_claim_fits_grows_with_the_age(
    years: float, low: float, high: float
) -> None:
    assert age_band(years) == pytest.approx((low, high))


def test_a_task_carries_its_claim_with_the_band_in_every_language() -> None:
    child = questions.task_data("id", crop_url="/c.jpg", photo_url="/p.jpg", claimed_age=7.0)
    assert child["claim_en"] == "Claimed age: 7 years ± 2 (5 to 9), a child"
    assert child["claim_ru"] == "Заявленный возраст: 7 лет ± 2 (от 5 до 9), ребёнок"
    assert child["claim_es"] == "Edad declarada: 7 años ± 2 (de 5 a 9), un niño o una niña"
    adult = questions.task_data("id", "/c.jpg", "/p.jpg", claimed_age=30.0)
    assert adult["claim_en"] == "Claimed age: 30 years ± 6 (24 to 36)"
    screen = LabelInterface(questions.labelling_config(languages=["ru", "en"]))
    screen.validate_task({"data": child})


def test_an_answer_to_every_question_becomes_a_vote_on_every_attribute() -> None:
    assert read_answer(result_of(ALL)) == questions.Answer(ALL, None)
    assert read_answer(result_of(MORE), asked=FULL) == questions.Answer(MORE, None)
    assert {one.attribute for one in QUESTIONS} == {"gender", "age_fits", "relevant", "race"}


def test_what_the_set_does_not_ask_is_no_vote() -> None:
    answer = read_answer(result_of({"gender": "male", "race": "Black"}))
    assert (answer.votes, answer.rejected and answer.rejected.reason) == (
        {"gender": "male"},
        "unknown-question",
    )


def test_an_unknown_choice_is_set_aside_and_the_rest_of_the_answer_counts() -> None:
    answer = read_answer([_choice("gender", "alien"), _choice("relevant", "yes")])
    assert answer.votes == {"relevant": "yes"}
    assert answer.rejected is not None
    assert answer.rejected.reason == "unknown-choice"
    assert "alien" in answer.rejected.detail


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        ([_choice("species", "cat")], "unknown-question"),
        ([_choice("gender", "female", "male")], "several-answers"),
        ([_choice("gender", "female"), _choice("gender", "male")], "several-answers"),
        ([_choice("gender")], "unreadable-answer"),
        ([_choice("gender", "yes")], "unknown-choice"),
        ([{"from_name": "gender", "value": {"number": 300}}], "unreadable-answer"),
        ([{"value": None}], "unreadable-answer"),
        (["female"], "unreadable-answer"),
        ([None], "unreadable-answer"),
        ([_choice("gender", 7)], "unreadable-answer"),
        ([_choice("age", "7")], "unknown-choice"),
        ([_number(300)], "impossible-age"),
        ([_number(-1)], "impossible-age"),
        ([_number(float("nan"))], "impossible-age"),
        ([_number(True)], "unreadable-answer"),
        ([_number("seven")], "unreadable-answer"),
        ([], "no-answer"),
    ],
)
def test_what_cannot_be_a_vote_is_set_aside_with_its_reason(result: list[Any], reason: str) -> None:
    answer = read_answer(result, asked=FULL)
    assert answer.votes == {}
    assert answer.rejected is not None
    assert answer.rejected.reason == reason


def test_ages_that_can_be_are_votes_in_their_shortest_form() -> None:
    for number, vote in ((0, "0"), (7.0, "7"), (0.5, "0.5"), (120, "120")):
        assert read_answer([_number(number)], asked=FULL).votes == {"age": vote}


def test_the_same_answer_twice_is_one_vote() -> None:
    answer = read_answer([_choice("gender", "male"), _choice("gender", "male")])
    assert (answer.votes, answer.rejected) == ({"gender": "male"}, None)


def test_a_skipped_task_gives_no_votes() -> None:
    answer = read_answer(result_of(ALL), skipped=True)
    assert answer.votes == {}
    assert answer.rejected is not None
    assert answer.rejected.reason == "skipped"
