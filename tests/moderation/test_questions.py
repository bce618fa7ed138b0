"""The labelling screen, and reading what comes back from it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from label_studio_sdk.label_interface import LabelInterface

from curation.moderation import questions
from curation.moderation.questions import QUESTIONS, read_answer, result_of

ALL = {"gender": "female", "age_fits": "too_young", "relevant": "yes"}


def _choice(attribute: str, *values: str) -> dict[str, Any]:
    return {
        "from_name": attribute,
        "to_name": "crop",
        "type": "choices",
        "value": {"choices": list(values)},
    }


def test_label_studio_itself_accepts_the_screen_and_its_answers() -> None:
    screen = LabelInterface(questions.labelling_config())
    screen.validate()
    assert screen.validate_annotation({"result": result_of(ALL)})
    assert not screen.validate_annotation({"result": result_of(ALL | {"gender": "alien"})})


def test_the_screen_shows_the_crop_the_photograph_and_the_claim() -> None:
    screen = LabelInterface(questions.labelling_config())
    task = questions.task_data("id", crop_url="/c.jpg", photo_url="/p.jpg", claimed_age=7.0)
    screen.validate_task({"data": task})
    assert {tag.value_name for tag in screen.objects} == {"crop", "photo"}
    assert 'value="$claim"' in questions.labelling_config()


def test_wording_with_quotes_and_brackets_survives_in_the_screen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wording = 'Is <b>"this"</b> & that it?'
    monkeypatch.setattr(questions, "QUESTIONS", (replace(QUESTIONS[0], wording=wording),))
    from xml.dom.minidom import parseString

    headers = parseString(questions.labelling_config()).getElementsByTagName("Header")
    assert [one.getAttribute("value") for one in headers] == ["$claim", wording]


def test_every_choice_has_a_key_of_its_own() -> None:
    keys = [choice.hotkey for question in QUESTIONS for choice in question.choices]
    assert len(set(keys)) == len(keys) == 9


def test_another_wording_is_another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    before = questions.version()
    assert before == questions.version()
    monkeypatch.setattr(questions, "QUESTIONS", (replace(QUESTIONS[0], wording="Sex"),))
    assert questions.version() != before


@pytest.mark.parametrize(
    ("years", "words"),
    [(7.0, "7 years"), (6.5, "6.5 years"), (0.5, "6 months"), (1 / 12, "1 month"), (2, "2 years")],
)
def test_ages_are_shown_as_people_say_them(years: float, words: str) -> None:
    assert questions.age_in_words(years) == words


def test_an_answer_to_every_question_becomes_a_vote_on_every_attribute() -> None:
    answer = read_answer(result_of(ALL))
    assert (answer.votes, answer.rejected) == (ALL, None)


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
        (
            [_choice("gender", "female"), _choice("gender", "male")],
            "several-answers",
        ),
        ([_choice("gender")], "unreadable-answer"),
        ([_choice("gender", "yes")], "unknown-choice"),
        ([{"from_name": "gender", "value": {"number": 300}}], "unreadable-answer"),
        ([{"value": None}], "unreadable-answer"),
        (["female"], "unreadable-answer"),
        ([None], "unreadable-answer"),
        ([{"from_name": "gender", "value": {"choices": [7]}}], "unreadable-answer"),
        ([], "no-answer"),
    ],
)
def test_what_cannot_be_a_vote_is_set_aside_with_its_reason(result: list[Any], reason: str) -> None:
    answer = read_answer(result)
    assert answer.votes == {}
    assert answer.rejected is not None
    assert answer.rejected.reason == reason


def test_the_same_answer_twice_is_one_vote() -> None:
    answer = read_answer([_choice("gender", "male"), _choice("gender", "male")])
    assert (answer.votes, answer.rejected) == ({"gender": "male"}, None)


def test_a_skipped_task_gives_no_votes() -> None:
    answer = read_answer(result_of(ALL), skipped=True)
    assert answer.votes == {}
    assert answer.rejected is not None
    assert answer.rejected.reason == "skipped"
