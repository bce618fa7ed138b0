"""Figures about moderators, against other packages, brute force and hand-worked cases."""

from __future__ import annotations

import importlib.util
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import krippendorff
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import brentq

from curation.moderation.quality import leave_one_out
from curation.moderation.quality.confusion import agreement, confusion
from curation.moderation.quality.drift import drift, trend
from curation.moderation.quality.intervals import Z95, share, wilson
from curation.moderation.quality.krippendorff import interval_alpha, nominal_alpha
from curation.moderation.quality.leave_one_out import others_of
from curation.moderation.quality.pace import pace
from curation.moderation.quality.patterns import always_the_same, cycle
from curation.moderation.quality.table import QuestionVotes, latest_per_face

FACES, PEOPLE = 60, 7


def some_votes(seed: int, values: int = 3) -> QuestionVotes:
    """Votes of 1 to 5 people on each face, mostly of one mind."""
    random = np.random.default_rng(seed)
    rows = [
        (face, person, value if random.random() < 0.8 else random.integers(values))
        for face in range(FACES)
        for value in [random.integers(values)]
        for person in random.choice(PEOPLE, random.integers(1, 6), replace=False)
    ]
    face, person, value = (np.array(column) for column in zip(*rows, strict=True))
    names = tuple("abcdef"[:values])
    nothing = np.full(len(face), -1)
    return QuestionVotes("q", names, face, person, value, nothing, np.arange(len(face)))


def as_matrix(votes: QuestionVotes, value: NDArray[np.int64]) -> NDArray[np.float64]:
    matrix = np.full((PEOPLE, FACES), np.nan)
    matrix[votes.moderator, votes.face] = value
    return matrix


@pytest.mark.parametrize("seed", range(5))
def test_alpha_is_that_of_the_krippendorff_package(seed: int) -> None:
    votes = some_votes(seed)
    matrix = as_matrix(votes, votes.value)
    ours = nominal_alpha(votes.face, votes.value, FACES, 3)
    theirs = krippendorff.alpha(matrix, level_of_measurement="nominal")
    assert ours == pytest.approx(theirs, abs=1e-12)
    ages = np.random.default_rng(seed).normal(30, 12, FACES)[votes.face].round() + votes.value
    ours = interval_alpha(votes.face, ages, FACES)
    theirs = krippendorff.alpha(as_matrix(votes, ages), level_of_measurement="interval")
    assert ours == pytest.approx(theirs, abs=1e-12)


def test_alpha_is_not_defined_without_two_votes_on_a_face_or_without_variety() -> None:
    face = np.arange(4)
    assert nominal_alpha(face, np.array([0, 1, 0, 1]), 4, 2) is None
    assert nominal_alpha(face // 2, np.zeros(4, int), 2, 2) is None
    assert interval_alpha(face, face.astype(float), 4) is None
    assert nominal_alpha(face // 2, np.array([0, 0, 1, 1]), 2, 2) == 1.0


@pytest.mark.parametrize(("right", "of"), [(8, 10), (0, 5), (5, 5), (59, 60), (500, 1000)])
def test_wilsons_interval_holds_the_shares_within_two_standard_errors(right: int, of: int) -> None:
    low, high = wilson(right, of)

    def too_far(p: float) -> float:
        return abs(right / of - p) - Z95 * math.sqrt(p * (1 - p) / of)

    expected_low = brentq(too_far, 1e-12, right / of - 1e-9) if right else 0.0
    expected_high = brentq(too_far, right / of + 1e-9, 1 - 1e-12) if right < of else 1.0
    assert (low, high) == pytest.approx((expected_low, expected_high), abs=1e-9)


def test_wilsons_interval_of_eight_in_ten_is_the_published_one() -> None:
    assert wilson(8, 10) == pytest.approx((0.4901, 0.9433), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)
    with pytest.raises(ValueError, match="11 of 10"):
        wilson(11, 10)
    assert share(3, 4) + share(1, 2) == share(4, 6)


def test_each_vote_is_held_against_the_other_votes_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leave_one_out, "ROUNDS", 1)
    votes = some_votes(11)
    active = np.arange(PEOPLE) != 2
    found = others_of(votes, active, FACES)
    ratio = 0.9 * 2 / 0.1
    counting = [value for value, who in zip(votes.value, votes.moderator, strict=True) if who != 2]
    prior = np.array([1 + counting.count(value) for value in range(3)], float)
    for row in range(len(votes)):
        others = [
            votes.value[other]
            for other in range(len(votes))
            if other != row and votes.face[other] == votes.face[row] and votes.moderator[other] != 2
        ]
        odds = prior * [ratio ** others.count(value) for value in range(3)]
        expected = odds / odds.sum()
        assert found.probability[row] == pytest.approx(expected)
        sure = expected.max() >= 0.95 and len(others) >= 2
        assert found.verdict[row] == (expected.argmax() if sure else -1)


def test_pairs_that_agree_and_confusions_are_counted_as_by_hand() -> None:
    votes = some_votes(5)
    pairs = np.zeros((PEOPLE, 2))
    table = np.zeros((PEOPLE, 3, 3))
    truth = np.where(votes.face % 3 == 0, -1, votes.face % 3)
    for row in range(len(votes)):
        if truth[row] >= 0:
            table[votes.moderator[row], truth[row], votes.value[row]] += 1
        for other in range(len(votes)):
            if other != row and votes.face[other] == votes.face[row]:
                pairs[votes.moderator[row]] += (votes.value[other] == votes.value[row], 1)
    assert agreement(votes, FACES, PEOPLE).tolist() == pairs.tolist()
    assert confusion(votes, truth, PEOPLE).tolist() == table.tolist()


def test_the_last_word_of_a_moderator_on_a_face_counts() -> None:
    face, moderator = np.array([0, 0, 1, 0, 1]), np.array([0, 1, 0, 0, 0])
    assert latest_per_face(face, moderator).tolist() == [False, True, False, True, True]


def test_working_hours_are_sessions_with_gaps_left_out() -> None:
    # Two sessions: 0, 10, 20 s and, an hour later, one answer that took 40 s.
    at = np.array([1000.0, 1010.0, 1020.0, 4600.0])
    found = pace(at, np.array([5.0, 4.0, np.nan, 40.0]))
    assert found.sessions == 2
    assert found.hours * 3600 == pytest.approx(5 + 20 + 40)
    assert found.per_hour == pytest.approx(4 / 65 * 3600)
    assert found.median_seconds == 7.5  # of 5, 4, 40 and the 10 s since the answer before
    assert pace(np.array([]), np.array([])).per_hour is None


@pytest.mark.parametrize(
    ("median", "spread", "hasty", "regular"),
    [(5.0, 0.5, False, False), (0.8, 0.4, True, False), (3.0, 0.02, False, True)],
)
def test_haste_and_evenness_are_seen_and_honest_work_is_not_suspected(
    median: float, spread: float, hasty: bool, regular: bool
) -> None:
    taken = np.random.default_rng(0).lognormal(math.log(median), spread, 60)
    found = pace(np.cumsum(taken), taken)
    assert (found.is_hasty, found.is_regular) == (hasty, regular)


def test_the_trend_of_two_blocks_is_the_chi_square_test_of_their_table() -> None:
    right = np.array([True] * 45 + [False] * 5 + [True] * 33 + [False] * 17)
    block = np.repeat([0, 1], 50)
    z = trend(right, block)
    expected = stats.chi2_contingency([[45, 5], [33, 17]], correction=False)
    assert (z < 0, z * z) == (True, pytest.approx(expected.statistic))
    found = drift(right)
    assert found is not None
    assert (found.p, found.is_worsening) == (pytest.approx(expected.pvalue), True)
    assert [(one.right, one.of) for one in found.blocks] == [(45, 50), (33, 50)]
    assert drift(right[:99]) is None


def test_always_the_same_answer_is_found_and_faces_that_are_all_alike_are_no_reason() -> None:
    mixed = np.tile([[0.97, 0.03], [0.03, 0.97]], (10, 1))
    alike = np.tile([[0.999, 0.001]], (3000, 1))
    assert always_the_same(np.ones(20, int), mixed) == 1
    assert always_the_same(np.tile([0, 1], 10), mixed) is None
    assert always_the_same(np.zeros(3000, int), alike) is None
    assert always_the_same(np.zeros(5, int), mixed[:5]) is None


def test_a_cycle_is_found_and_faces_that_come_sorted_are_no_reason() -> None:
    random = np.random.default_rng(0)
    truth = random.integers(0, 2, 80)
    in_order = np.repeat([0, 1], 40)
    assert cycle(np.arange(80) % 3, np.eye(3)[np.zeros(80, int)]) == 3
    assert cycle(truth, np.eye(2)[truth]) is None
    assert cycle(in_order, np.eye(2)[in_order]) is None


@pytest.fixture(scope="module")
def campaigns() -> Iterator[ModuleType]:
    path = Path(__file__).parents[2] / "benchmarks" / "moderators_found.py"
    spec = importlib.util.spec_from_file_location("moderators_found", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look their module up by name.
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, spec.name, module)
        spec.loader.exec_module(module)
        yield module


@pytest.mark.parametrize("seed", [3, 14])
def test_three_bad_moderators_among_twelve_are_found_before_sixty_answers(
    campaigns: ModuleType, seed: int
) -> None:
    found = campaigns.first_proposals(seed, faces=240, bar=0.7)
    assert all(found.get(code, 60) < 60 for code in campaigns.BAD)
    good = {code for code in range(9) if campaigns.ACCURACIES[code] > 0.75}
    assert good & set(found) == set()
