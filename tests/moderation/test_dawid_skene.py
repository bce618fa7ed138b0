"""Dawid and Skene by EM: against crowd-kit, Bayes' rule by hand, and what must always hold."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from crowdkit.aggregation import DawidSkene
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from curation.moderation.consensus.ballots import Ballots, ballots
from curation.moderation.consensus.dawid_skene import (
    NO_PRIOR,
    Model,
    Prior,
    fit,
    posteriors,
)

Votes = list[tuple[int, int, int]]  # face, moderator, value


def cast(votes: Votes, *, faces: int, moderators: int, values: int) -> Ballots:
    columns = np.array(votes, np.int64).reshape(-1, 3)
    return ballots(
        columns[:, 0],
        columns[:, 1],
        columns[:, 2],
        face_count=faces,
        moderator_count=moderators,
        value_count=values,
    )


def simulated(
    faces: int, accuracy: list[float], values: int, per_face: int, seed: int
) -> tuple[NDArray[np.int64], Votes]:
    """Return a truth, and votes of moderators who are right that often, each once a face."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, values, faces)
    votes = []
    for face in range(faces):
        for moderator in rng.choice(len(accuracy), per_face, replace=False):
            wrong = (truth[face] + rng.integers(1, values)) % values
            right = rng.random() < accuracy[moderator]
            votes.append((face, int(moderator), int(truth[face] if right else wrong)))
    return truth, votes


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # crowd-kit, of pandas
@pytest.mark.parametrize(("values", "steps"), [(2, 7), (3, 1), (3, 25), (7, 10)])
def test_without_a_prior_posteriors_are_those_of_crowd_kit(values: int, steps: int) -> None:
    accuracy = [0.97, 0.9, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4]
    _, votes = simulated(400, accuracy, values, 4, seed=values)
    frame = pd.DataFrame(votes, columns=["task", "worker", "label"])
    other = DawidSkene(n_iter=steps, tol=-np.inf).fit(frame)
    assert other.probas_ is not None
    expected = other.probas_.sort_index().sort_index(axis=1).to_numpy()
    found = fit(
        cast(votes, faces=400, moderators=8, values=values),
        NO_PRIOR,
        max_iterations=steps,
        tolerance=-math.inf,
    )
    assert found.iterations == steps
    np.testing.assert_allclose(found.posteriors, expected, atol=1e-6)


def test_with_known_matrices_the_posterior_is_bayes_rule_in_exact_fractions() -> None:
    # Expected counts without a prior: shares 3/4 and 1/4; a is right in 9 of 10 cases whatever is
    # true, b says "0" in 4 of 5 where 0 is true and in 2 of 5 where 1 is.
    counts = np.array([[[9.0, 1.0], [1.0, 9.0]], [[4.0, 2.0], [1.0, 3.0]]])
    model = Model(counts, np.array([30.0, 10.0]), NO_PRIOR)
    votes: Votes = [(0, 0, 1), (0, 1, 0), (1, 1, 1)]
    found = posteriors(cast(votes, faces=3, moderators=2, values=2), model)
    zero = Fraction(3, 4) * Fraction(1, 10) * Fraction(4, 5)
    one = Fraction(1, 4) * Fraction(9, 10) * Fraction(2, 5)
    assert found[0, 1] == pytest.approx(float(one / (zero + one)), rel=1e-12)
    zero, one = Fraction(3, 4) * Fraction(1, 5), Fraction(1, 4) * Fraction(3, 5)
    assert found[1, 1] == pytest.approx(float(one / (zero + one)), rel=1e-12)
    assert found[2] == pytest.approx([0.75, 0.25])  # nobody voted: what is likely anyway


def test_it_finds_who_is_right_how_often_and_beats_the_majority() -> None:
    accuracy = [0.98, 0.95, 0.9, 0.85, 0.6, 0.45, 0.4]
    truth, votes = simulated(3_000, accuracy, 3, 4, seed=5)
    cast_votes = cast(votes, faces=3_000, moderators=7, values=3)
    found = fit(cast_votes, Prior())
    assert found.converged
    np.testing.assert_allclose(found.model.accuracy(), accuracy, atol=0.03)
    right = (found.posteriors.argmax(axis=1) == truth).mean()
    assert right > (cast_votes.counts().argmax(axis=1) == truth).mean() + 0.05
    # A probability means what it says: of what is held for p, about p is right.
    sureness = found.posteriors.max(axis=1)
    assert right == pytest.approx(sureness.mean(), abs=0.01)


def test_somebody_who_always_says_the_same_tells_nothing() -> None:
    truth, votes = simulated(1_000, [0.9] * 5, 2, 3, seed=8)
    votes += [(face, 5, 0) for face in range(1_000)]
    found = fit(cast(votes, faces=1_000, moderators=6, values=2), Prior())
    assert found.model.confusion[5, 0] == pytest.approx([1, 1], abs=0.03)
    assert (found.posteriors.argmax(axis=1) == truth).mean() > 0.95


def test_three_votes_do_not_make_an_oracle() -> None:
    _, votes = simulated(500, [0.85] * 6, 2, 3, seed=3)
    said: dict[int, set[int]] = {}
    for face, _, value in votes:
        said.setdefault(face, set()).add(value)
    agreed = [[face for face in said if said[face] == {value}] for value in (0, 1)]
    votes += [(agreed[0][0], 6, 0), (agreed[1][0], 6, 1), (agreed[1][1], 6, 1)]
    disputed = next(face for face in said if len(said[face]) == 2)
    everybody = cast(votes, faces=500, moderators=7, values=2)
    newcomer = cast([(disputed, 6, 1)], faces=500, moderators=7, values=2)
    sure = posteriors(newcomer, fit(everybody, NO_PRIOR).model)[disputed, 1]
    careful = posteriors(newcomer, fit(everybody, Prior()).model)[disputed, 1]
    assert sure > 0.99
    assert careful < 0.9


def test_starting_from_what_was_learnt_ends_at_the_same_place_in_fewer_steps() -> None:
    _, votes = simulated(2_000, [0.95, 0.9, 0.8, 0.7, 0.6], 3, 3, seed=2)
    known = fit(cast(votes[:5_400], faces=2_000, moderators=5, values=3), Prior())
    everybody = cast(votes, faces=2_000, moderators=5, values=3)
    cold = fit(everybody, Prior(), tolerance=1e-10)
    warm = fit(everybody, Prior(), start=known.model, tolerance=1e-10)
    np.testing.assert_allclose(warm.posteriors, cold.posteriors, atol=1e-3)
    assert (
        fit(everybody, Prior(), start=known.model).iterations < fit(everybody, Prior()).iterations
    )


@st.composite
def elections(draw: st.DrawFn) -> tuple[Votes, int, int, int]:
    """Votes of up to 6 moderators on up to 8 faces with 2 to 4 values."""
    faces, moderators = draw(st.integers(1, 8)), draw(st.integers(1, 6))
    values = draw(st.integers(2, 4))
    one = st.tuples(
        st.integers(0, faces - 1), st.integers(0, moderators - 1), st.integers(0, values - 1)
    )
    votes = draw(st.lists(one, min_size=1, max_size=40, unique_by=lambda vote: vote[:2]))
    return votes, faces, moderators, values


@given(elections(), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_of_votes_and_the_names_of_moderators_and_values_change_nothing(
    election: tuple[Votes, int, int, int], random: object
) -> None:
    votes, faces, moderators, values = election
    shuffled = list(votes)
    people, names = list(range(moderators)), list(range(values))
    for some in (shuffled, people, names):
        random.shuffle(some)  # type: ignore[attr-defined]
    renamed = [(face, people[who], names[value]) for face, who, value in shuffled]
    before, after = (
        fit(
            cast(some, faces=faces, moderators=moderators, values=values),
            Prior(),
            max_iterations=25,
            tolerance=-math.inf,
        )
        for some in (votes, renamed)
    )
    np.testing.assert_allclose(after.posteriors[:, names], before.posteriors, atol=1e-8)


@given(elections(), st.sampled_from([Prior(), Prior(0.7, 2.0, 1.0), NO_PRIOR]))
@settings(max_examples=40, deadline=None)
def test_posteriors_are_probabilities_and_no_step_makes_the_model_less_likely(
    election: tuple[Votes, int, int, int], prior: Prior
) -> None:
    votes, faces, moderators, values = election
    found = fit(
        cast(votes, faces=faces, moderators=moderators, values=values),
        prior,
        max_iterations=40,
        tolerance=-math.inf,
    )
    assert np.isfinite(found.posteriors).all()
    np.testing.assert_allclose(found.posteriors.sum(axis=1), 1, atol=1e-12)
    assert (found.posteriors >= 0).all()
    if prior.votes:
        assert (np.diff(found.objective) >= -1e-9).all()
        np.testing.assert_allclose(found.model.confusion.sum(axis=1), 1, atol=1e-12)


@given(
    elections(),
    st.lists(st.floats(0.0, 50.0), min_size=6, max_size=6),
    st.integers(0, 7),
    st.integers(0, 3),
)
@settings(max_examples=40, deadline=None)
def test_one_more_agreeing_vote_never_lowers_a_posterior_under_fixed_matrices(
    election: tuple[Votes, int, int, int], skill: list[float], face: int, value: int
) -> None:
    votes, faces, moderators, values = election
    face, value = face % faces, value % values
    # Moderators who say each value most often where it is true.
    off = np.ones((moderators + 1, values, values))
    skills = np.array([*skill[:moderators], max(skill)])
    counts = off + skills[:, None, None] * np.eye(values)
    model = Model(counts, np.full(values, 5.0), Prior())
    before = posteriors(cast(votes, faces=faces, moderators=moderators + 1, values=values), model)
    more = [*votes, (face, moderators, value)]
    after = posteriors(cast(more, faces=faces, moderators=moderators + 1, values=values), model)
    assert after[face, value] >= before[face, value] - 1e-12
    others = np.arange(faces) != face
    np.testing.assert_array_equal(after[others], before[others])


def test_votes_that_name_nobody_or_nothing_are_refused() -> None:
    for votes in ([(3, 0, 0)], [(0, 2, 0)], [(0, 0, 2)], [(-1, 0, 0)]):
        with pytest.raises(ValueError, match="lies outside"):
            cast(votes, faces=3, moderators=2, values=2)
    with pytest.raises(ValueError, match="length"):
        ballots(
            np.zeros(2, int),
            np.zeros(1, int),
            np.zeros(2, int),
            face_count=1,
            moderator_count=1,
            value_count=2,
        )


def test_no_votes_at_all_leave_every_value_alike() -> None:
    found = fit(cast([], faces=2, moderators=3, values=4), Prior())
    assert found.posteriors == pytest.approx(np.full((2, 4), 0.25))
