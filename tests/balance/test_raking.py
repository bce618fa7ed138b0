"""Weights that meet the targets: against fitting by hand, bounds, and what they are worth."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from curation.balance.cells import Cells, cells_of
from curation.balance.plan import make_plan, weigh
from curation.balance.raking import effective_number, weights
from curation.balance.targets import Target
from curation.errors import EvenfaceError

COUNTRIES, AGES, GENDERS = ["BR", "IN", "US"], ["0-19", "20-39", "40+"], ["female", "male"]
WIDE = (1e-6, 1e6)


def pool(numbers: list[int]) -> Cells:
    places = product(COUNTRIES, AGES, GENDERS)
    frame = pd.DataFrame(
        [(*place, number) for place, number in zip(places, numbers, strict=True)],
        columns=["country", "age", "gender", "number"],
    )
    return cells_of(frame, ["country", "age", "gender"])


def fitted(cells: Cells, margins: list[tuple[str, dict[str, float]]]) -> NDArray[np.float64]:
    """Rake as Deming and Stephan do: scale one margin after the other, until nothing moves."""
    mass = cells.available.astype(float)
    mass /= mass.sum()
    for _ in range(3000):
        before = mass.copy()
        for attribute, shares in margins:
            for value, share in shares.items():
                inside = cells.where(**{attribute: value})
                mass[inside] *= share / mass[inside].sum()
        if np.abs(mass - before).max() < 1e-14:
            break
    return mass


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.integers(1, 300), min_size=18, max_size=18),
    st.lists(st.integers(1, 9), min_size=3, max_size=3),
    st.lists(st.integers(1, 9), min_size=3, max_size=3),
)
def test_the_weights_are_those_that_raking_converges_to(
    numbers: list[int], countries: list[int], ages: list[int]
) -> None:
    cells = pool(numbers)
    of_countries = dict(zip(COUNTRIES, np.array(countries) / sum(countries), strict=True))
    of_ages = dict(zip(AGES, np.array(ages) / sum(ages), strict=True))
    even = {"female": 0.5, "male": 0.5}
    raked = weights(
        cells,
        [
            Target(("country",), shares=of_countries),
            Target(("age",), shares=of_ages),
            Target(("gender",), equal=True),
        ],
        WIDE,
    )
    assert raked.unmet == ""
    expected = fitted(cells, [("country", of_countries), ("age", of_ages), ("gender", even)])
    weighed = cells.available * raked.weights
    assert weighed.sum() == pytest.approx(cells.available.sum(), rel=1e-7)
    np.testing.assert_allclose(weighed / weighed.sum(), expected, atol=2e-7)


def test_two_to_one_is_met_by_weights_that_can_be_worked_out_by_hand() -> None:
    cells = cells_of(pd.DataFrame({"gender": GENDERS, "number": [300, 100]}), ["gender"])
    raked = weights(cells, [Target(("gender",), equal=True)])
    np.testing.assert_allclose(raked.weights, [2 / 3, 2.0], rtol=1e-7)
    # 400² / (300 · 4/9 + 100 · 4) = 300: four hundred teach as much as three hundred equal ones.
    assert raked.effective == pytest.approx(300)
    assert effective_number(np.array([10.0]), np.array([7.0])) == pytest.approx(10)


def test_a_floor_that_is_kept_already_moves_nothing() -> None:
    cells = pool(list(range(1, 19)))
    raked = weights(cells, [Target(("country",), floors={"US": 0.3})])
    np.testing.assert_allclose(raked.weights, 1.0, atol=1e-8)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(1, 300), min_size=18, max_size=18), st.sampled_from([1.5, 2.0, 5.0]))
def test_no_weight_leaves_its_bounds_and_what_they_cost_is_said(
    numbers: list[int], highest: float
) -> None:
    cells, targets = pool(numbers), [Target(("country",), equal=True), Target(("age",), equal=True)]
    plan = weigh(cells, targets, (0.2, highest))
    assert plan.raked is not None
    assert plan.raked.weights.min() >= 0.2 - 1e-9
    assert plan.raked.weights.max() <= highest + 1e-9
    assert plan.total == cells.available.sum()
    counted = plan.taken * plan.weights
    missed = {}
    for attribute, values in (("country", COUNTRIES), ("age", AGES)):
        for value in values:
            share = counted[cells.where(**{attribute: value})].sum() / counted.sum()
            missed[attribute, value] = abs(share - 1 / 3)
    gave = {(one.target, one.value) for one in plan.relaxed}
    assert all(miss < 2e-5 for key, miss in missed.items() if key not in gave)
    assert bool(plan.relaxed) == bool(plan.raked.unmet)


def test_what_stands_in_the_way_of_the_weights_is_named() -> None:
    cells = cells_of(pd.DataFrame({"gender": GENDERS, "number": [9900, 100]}), ["gender"])
    target = Target(("gender",), equal=True)
    raked = weights(cells, [target], (0.01, 10.0))
    assert raked.unmet == (
        "the targets need weights up to 50, and balance.weight_limits allows none above 10"
    )
    assert raked.weights[1] == pytest.approx(10, rel=1e-3)
    raked = weights(cells, [target], (0.9, 100.0))
    assert "nearer to 0 than balance.weight_limits allows, which is 0.9" in raked.unmet
    cells = cells_of(pd.DataFrame({"gender": ["female"], "number": [10]}), ["gender"])
    assert "no candidate for gender male" in weights(cells, [target]).unmet
    both = [Target(("gender",), shares={"female": 1.0}), Target(("gender",), shares={"male": 1.0})]
    with pytest.raises(EvenfaceError, match="leave none of these 10 candidates"):
        weights(cells, both)


def test_a_value_without_a_share_weighs_nothing() -> None:
    cells = pool([5] * 18)
    plan = weigh(cells, [Target(("country",), shares={"US": 0.5, "BR": 0.5})])
    assert (plan.taken[cells.where(country="IN")] == 0).all()
    assert plan.total == 60


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(1, 300), min_size=18, max_size=18))
def test_weights_and_the_draw_are_two_answers_to_one_question(numbers: list[int]) -> None:
    cells = pool(numbers)
    targets = [Target(("country",), equal=True), Target(("age",), equal=True)]
    # The smallest bound above is all candidates over the largest dataset.
    needed = cells.available.sum() / make_plan(cells, targets).bound
    assert weights(cells, targets, (1e-6, needed * 1.001)).unmet == ""
    if needed > 1.01:
        short = weights(cells, targets, (1e-6, needed * 0.99)).unmet
        assert f"need weights up to {needed:.4g}" in short
