"""What votes add up to, against cases worked out by hand."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pytest

from curation.moderation.consensus.majority import consensus, probabilities

GENDER = ("female", "male", "unclear")
RELEVANT = ("yes", "no")


def test_two_of_three_decide() -> None:
    verdict = consensus(["female", "male", "female"], GENDER, quorum=2, accuracy=0.9)
    assert verdict.value == "female"
    assert verdict.votes == 3
    # Two right and one wrong at 0.9 and 0.05 each: .9²·.05 : .9·.05² : .05³ = 324 : 18 : 1
    assert verdict.probability == pytest.approx(324 / 343)


def test_three_of_three_are_surer_than_two_of_three() -> None:
    # .9³ : .05³ : .05³ = 5832 : 1 : 1
    verdict = consensus(["male"] * 3, GENDER, quorum=2, accuracy=0.9)
    assert (verdict.value, verdict.probability) == ("male", pytest.approx(5832 / 5834))


def test_a_yes_and_no_question_divides_the_error_among_one_other_value() -> None:
    # .8²·.2 : .8·.2² = 4 : 1
    verdict = consensus(["yes", "yes", "no"], RELEVANT, quorum=2, accuracy=0.8)
    assert (verdict.value, verdict.probability) == ("yes", pytest.approx(0.8))


def test_a_tie_decides_nothing_and_says_so_with_one_half() -> None:
    verdict = consensus(["yes", "no"], RELEVANT, quorum=1, accuracy=0.9)
    assert verdict.value is None
    assert verdict.probability == pytest.approx(0.5)


def test_most_votes_without_more_than_half_of_them_decide_nothing() -> None:
    votes = ["female", "female", "male", "unclear"]
    assert consensus(votes, GENDER, quorum=2, accuracy=0.9).value is None


def test_a_majority_below_the_quorum_decides_nothing() -> None:
    assert consensus(["female"], GENDER, quorum=2, accuracy=0.9).value is None
    assert consensus(["female"], GENDER, quorum=1, accuracy=0.9).value == "female"


def test_no_votes_leave_every_value_alike() -> None:
    verdict = consensus([], GENDER, quorum=1, accuracy=0.9)
    assert (verdict.value, verdict.votes) == (None, 0)
    assert verdict.probability == pytest.approx(1 / 3)


def test_agreeing_that_it_cannot_be_told_is_a_verdict() -> None:
    verdict = consensus(["unclear", "unclear", "female"], GENDER, quorum=2, accuracy=0.9)
    assert verdict.value == "unclear"


def test_probabilities_are_those_of_bayes_rule_in_exact_fractions() -> None:
    accuracy = Fraction(17, 20)
    counts = Counter(female=4, male=2, unclear=1)

    def likelihood(truth: str) -> Fraction:
        wrong = (1 - accuracy) / (len(GENDER) - 1)
        product = Fraction(1)
        for value, number in counts.items():
            product *= (accuracy if value == truth else wrong) ** number
        return product

    total = sum(likelihood(value) for value in GENDER)
    found = probabilities(counts, GENDER, float(accuracy))
    for value in GENDER:
        assert found[value] == pytest.approx(float(likelihood(value) / total), rel=1e-12)


def test_a_thousand_votes_neither_overflow_nor_vanish() -> None:
    found = probabilities(Counter(yes=1000, no=998), RELEVANT, 0.9)
    assert found["yes"] == pytest.approx(81 / 82)
    assert found["no"] == pytest.approx(1 / 82)
