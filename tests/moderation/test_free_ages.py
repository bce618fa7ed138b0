"""Free guesses of ages: biases found, far guesses forgiven, intervals that hold what they say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from curation.moderation.consensus.ages import AgeModel, Guesses, estimate, fit, guesses
from curation.moderation.consensus.claims import GuessedAge, judge_claim

Floats = NDArray[np.float64]


def guessed_as(age: float, off: float) -> float:
    """What somebody says whose error is `off` years at the age of 30: worked out by hand here."""
    return float(np.clip((age + 10) * math.exp(off / 40) - 10, 0, 120))


def simulated(
    faces: int, bias: Floats, spread: Floats, per_face: int, seed: int
) -> tuple[Floats, Guesses]:
    """Return true ages, and guesses in whole years with errors of Student's t, 4 degrees."""
    rng = np.random.default_rng(seed)
    true = rng.uniform(1, 85, faces)
    who, said = [], []
    for age in true:
        for moderator in rng.choice(len(bias), per_face, replace=False):
            off = bias[moderator] + spread[moderator] * rng.standard_t(4)
            who.append(moderator)
            said.append(round(guessed_as(age, off)))
    made = guesses(
        np.repeat(np.arange(faces), per_face),
        np.array(who),
        np.array(said, float),
        face_count=faces,
        moderator_count=len(bias),
    )
    return true, made


BIAS = np.array([-6.0, -2.0, 0.0, 0.0, 1.0, 2.0, 5.0, 0.0])
SPREAD = np.array([3.0, 2.0, 4.0, 6.0, 3.0, 2.5, 4.0, 5.0])


@pytest.fixture(scope="module")
def campaign() -> tuple[Floats, Guesses, AgeModel]:
    true, made = simulated(1_200, BIAS, SPREAD, 4, seed=4)
    return true, made, fit(made)


def test_each_moderators_bias_and_spread_are_found(
    campaign: tuple[Floats, Guesses, AgeModel],
) -> None:
    _, _, model = campaign
    np.testing.assert_allclose(model.bias, BIAS, atol=0.6)
    np.testing.assert_allclose(model.spread, SPREAD, rtol=0.2)
    assert model.guesses.sum() == 4_800


def test_the_interval_holds_the_true_age_in_95_of_100_faces(
    campaign: tuple[Floats, Guesses, AgeModel],
) -> None:
    true, made, model = campaign
    found = estimate(made, model)
    inside = (found.low <= true) & (true <= found.high)
    assert 0.92 <= inside.mean() <= 0.975
    for young, old in ((0, 15), (15, 45), (45, 90)):
        some = (true >= young) & (true < old)
        assert 0.9 <= inside[some].mean() <= 0.99


def test_it_is_nearer_than_mean_and_median_of_the_guesses(
    campaign: tuple[Floats, Guesses, AgeModel],
) -> None:
    true, made, model = campaign
    said = made.ages.reshape(-1, 4)
    missed = np.abs(estimate(made, model).age - true).mean()
    assert missed < 0.85 * np.abs(np.median(said, axis=1) - true).mean()
    assert missed < 0.85 * np.abs(said.mean(axis=1) - true).mean()


def test_a_bias_that_all_share_is_found_by_faces_of_known_age() -> None:
    true, made = simulated(800, BIAS + 4, SPREAD, 4, seed=6)
    known = np.where(np.arange(800) % 4 == 0, true, np.nan)
    np.testing.assert_allclose(fit(made, known=known).bias, BIAS + 4, atol=0.8)


def test_one_guess_far_out_moves_the_age_little() -> None:
    model = AgeModel(np.zeros(5), np.full(5, 3.0), np.full(5, 100))

    def age_of(*said: float) -> float:
        made = guesses(
            np.zeros(len(said), int),
            np.arange(len(said)),
            np.array(said),
            face_count=1,
            moderator_count=5,
        )
        return float(estimate(made, model).age[0])

    assert age_of(30, 30, 31, 29) == pytest.approx(30, abs=0.3)
    assert age_of(30, 30, 31, 29, 80) == pytest.approx(30, abs=1.5)
    assert np.mean([30, 30, 31, 29, 80]) == 40


def test_three_guesses_do_not_make_a_moderator_exact() -> None:
    true, made = simulated(300, BIAS, SPREAD, 4, seed=9)
    faces = np.append(np.repeat(np.arange(300), 4), [0, 1, 2])
    with_newcomer = guesses(
        faces,
        np.append(made.moderators, [8, 8, 8]),
        np.append(made.ages, true[:3]),
        face_count=300,
        moderator_count=9,
    )
    assert fit(with_newcomer).spread[8] > 2.0


def test_a_face_without_guesses_has_no_age_and_impossible_ages_are_refused() -> None:
    made = guesses(np.array([1]), np.array([0]), np.array([40.0]), face_count=2, moderator_count=1)
    found = estimate(made, fit(made))
    assert np.isnan(found.age[0])
    assert found.low[1] < 40 < found.high[1]
    with pytest.raises(ValueError, match="0 to 120"):
        guesses(np.array([0]), np.array([0]), np.array([300.0]), face_count=1, moderator_count=1)


@pytest.mark.parametrize(
    ("fits", "guessed", "verdict", "age"),
    [
        ("yes", (18.0, 16.0, 20.0, 4), "accepted", 12.0),
        ("too_old", (18.0, 16.0, 20.0, 4), "corrected", 18.0),
        ("too_young", (18.0, 16.0, 20.0, 4), "rejected", None),  # the guesses say the contrary
        ("too_old", (18.0, 12.0, 26.0, 4), "rejected", None),  # the guesses are all over the place
        ("too_old", (18.0, 16.0, 20.0, 1), "rejected", None),  # one guess is too few
        ("unclear", (18.0, 16.0, 20.0, 4), "rejected", None),
        (None, (18.0, 16.0, 20.0, 4), None, None),
    ],
)
def test_a_claim_is_accepted_corrected_or_rejected(
    fits: str | None,
    guessed: tuple[float, float, float, int],
    verdict: str | None,
    age: float | None,
) -> None:
    found = judge_claim(fits, 12.0, GuessedAge(*guessed), quorum=2)
    assert (found.value, found.age) == (verdict, age)
