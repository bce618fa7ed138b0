"""Simulated moderators: their error rates are the stated ones, and nothing else moves them."""

from __future__ import annotations

import pytest
from scipy.stats import binomtest

from curation.demo.files import Truth
from curation.demo.moderators import (
    MODERATORS,
    SimulatedModerator,
    answers,
    lead_time,
    right_answers,
)

TASKS = 4000
RIGHT = {"gender": "female", "age_fits": "yes", "relevant": "yes"}


def _truth(**changes: object) -> Truth:
    values: dict[str, object] = {
        "id": "p",
        "subject": "s",
        "age": 30.0,
        "gender": "female",
        "race": "Indian",
        "country": "IN",
        "claimed_age": 30.0,
        "relevant": True,
        "defect": None,
        "copy_of": None,
    }
    return Truth(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("moderator", MODERATORS, ids=lambda moderator: moderator.name)
@pytest.mark.parametrize("attribute", sorted(RIGHT))
def test_moderators_err_as_often_as_stated(moderator: SimulatedModerator, attribute: str) -> None:
    right = sum(
        answers(moderator, 1, f"task {task}", RIGHT)[attribute] == RIGHT[attribute]
        for task in range(TASKS)
    )
    assert binomtest(right, TASKS, moderator.accuracy).pvalue > 0.001


def test_wrong_answers_fall_on_all_other_values_alike() -> None:
    clumsy = SimulatedModerator("clumsy", 0.4)
    given = [answers(clumsy, 1, f"task {task}", RIGHT)["age_fits"] for task in range(TASKS)]
    wrong = [value for value in given if value != "yes"]
    for value in ("too_young", "too_old", "unclear"):
        assert binomtest(wrong.count(value), len(wrong), 1 / 3).pvalue > 0.001


def test_moderators_err_independently_of_each_other() -> None:
    errs = [
        [answers(one, 1, f"task {task}", RIGHT)["gender"] != "female" for task in range(TASKS)]
        for one in (SimulatedModerator("first", 0.8), SimulatedModerator("second", 0.7))
    ]
    together = sum(a and b for a, b in zip(*errs, strict=True))
    assert binomtest(together, TASKS, 0.2 * 0.3).pvalue > 0.001


def test_answers_depend_on_seed_moderator_and_task_only() -> None:
    clara = MODERATORS[2]
    tasks = [f"task {number}" for number in range(300)]

    def sheet(seed: int, moderator: SimulatedModerator) -> dict[str, dict[str, str]]:
        return {task: answers(moderator, seed, task, RIGHT) for task in tasks}

    forwards = sheet(1, clara)
    tasks.reverse()
    assert sheet(1, clara) == forwards
    assert sheet(2, clara) != forwards
    assert sheet(1, SimulatedModerator("other", clara.accuracy)) != forwards


def test_a_claim_fits_when_it_is_near_the_true_age() -> None:
    assert right_answers(_truth(), 30.0) == RIGHT
    assert right_answers(_truth(age=0.5), 0.5)["age_fits"] == "yes"
    assert right_answers(_truth(age=0.5), 7.0)["age_fits"] == "too_young"
    assert right_answers(_truth(age=40.0), 16.0)["age_fits"] == "too_old"


def test_gender_and_age_cannot_be_told_where_nobody_is_shown() -> None:
    nobody = _truth(age=None, gender=None, race=None, relevant=False, defect="statue")
    assert right_answers(nobody, 7.0) == {
        "gender": "unclear",
        "age_fits": "unclear",
        "relevant": "no",
    }


def test_lead_times_are_those_of_people() -> None:
    times = [lead_time(MODERATORS[0], 1, f"task {task}") for task in range(500)]
    assert min(times) >= 1.5
    assert max(times) <= 9
    assert len(set(times)) > 200
