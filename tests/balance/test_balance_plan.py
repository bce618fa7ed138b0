"""The plan: the most that can be taken, proven, by hand-worked pools and another solver."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.balance.cells import Cells, cells_of
from curation.balance.plan import make_plan
from curation.balance.rounding import missed_by
from curation.balance.targets import Target
from curation.errors import EvenfaceError

EQUAL_GENDERS = Target(("gender",), within="country", equal=True)


def pool(counts: dict[tuple[str, ...], int], *attributes: str) -> Cells:
    frame = pd.DataFrame(
        [(*values, number) for values, number in counts.items()], columns=[*attributes, "number"]
    )
    return cells_of(frame, attributes)


def taken(cells: Cells, numbers: np.ndarray) -> dict[tuple[str, ...], int]:
    names = zip(*(cells.column(name) for name in cells.attributes), strict=True)
    return dict(zip(names, (int(number) for number in numbers), strict=True))


def test_as_many_women_as_men_in_every_country_is_the_smaller_number_of_both() -> None:
    cells = pool(
        {("US", "female"): 3, ("US", "male"): 2, ("BR", "male"): 4, ("IN", "female"): 7,
         ("IN", "male"): 9},
        "country", "gender",
    )  # fmt: skip
    plan = make_plan(cells, [EQUAL_GENDERS])
    assert taken(cells, plan.taken) == {
        ("BR", "male"): 0, ("IN", "female"): 7, ("IN", "male"): 7, ("US", "female"): 2,
        ("US", "male"): 2,
    }  # fmt: skip
    assert plan.bound == pytest.approx(18)
    assert plan.relaxed == ()


def test_shares_of_countries_are_kept_and_the_scarcest_one_limits_the_rest() -> None:
    cells = pool({("US",): 1000, ("NG",): 100, ("JP",): 500}, "country")
    plan = make_plan(cells, [Target(("country",), shares={"US": 0.5, "NG": 0.2, "JP": 0.3})])
    assert taken(cells, plan.taken) == {("JP",): 150, ("NG",): 100, ("US",): 250}
    assert plan.worst_deviation == 0
    # One Nigerian more lets five more be taken.
    assert dict(zip(cells.column("country"), plan.prices, strict=True)) == pytest.approx(
        {"JP": 0, "NG": 5, "US": 0}
    )


def test_a_value_that_no_share_names_is_not_taken() -> None:
    cells = pool({("US",): 10, ("FR",): 10, ("",): 10}, "country")
    plan = make_plan(cells, [Target(("country",), shares={"US": 1.0})])
    assert taken(cells, plan.taken) == {("",): 0, ("FR",): 0, ("US",): 10}


def test_floors_and_ceilings_leave_room_above_and_below() -> None:
    cells = pool({("White",): 800, ("Black",): 50, ("Indian",): 150}, "race")
    assert make_plan(cells, [Target(("race",), floors={"Black": 0.1})]).total == 500
    assert make_plan(cells, [Target(("race",), ceilings={"White": 0.5})]).total == 400


def test_two_attributes_may_have_targets_together() -> None:
    cells = pool(
        {("White", "female"): 50, ("White", "male"): 20, ("Black", "female"): 10,
         ("Black", "male"): 30},
        "race", "gender",
    )  # fmt: skip
    plan = make_plan(cells, [Target(("race", "gender"), equal=True)])
    assert set(plan.taken) == {10}
    shares = {"White/female": 0.4, "White/male": 0.1, "Black/female": 0.1, "Black/male": 0.4}
    plan = make_plan(cells, [Target(("race", "gender"), shares=shares)])
    assert plan.total == 75  # 30 Black men are 40 %; 7.5 photographs become 7 or 8
    assert max(missed_by(plan.taken, share) for share in plan.shares) < 1


def test_ages_are_binned_as_the_target_says() -> None:
    cells = pool({("0-12",): 10, ("13-19",): 10, ("20+",): 100}, "age")
    plan = make_plan(cells, [Target(("age",), shares={"0-19": 0.5, "20+": 0.5})])
    assert taken(cells, plan.taken) == {("0-12",): 10, ("13-19",): 10, ("20+",): 20}


def test_a_share_without_a_candidate_gives_way_by_the_least_and_is_named() -> None:
    cells = pool({("US",): 70, ("BR",): 30}, "country")
    plan = make_plan(cells, [Target(("country",), shares={"US": 0.6, "BR": 0.3, "JP": 0.1})])
    assert plan.total > 0
    gave = {one.value: (one.low, round(one.reached, 6)) for one in plan.relaxed}
    assert gave["JP"] == (0.1, 0.0)
    assert sum(abs(low - reached) for low, reached in gave.values()) == pytest.approx(0.2)


def test_exactly_so_many_are_taken_where_they_can_be() -> None:
    cells = pool({("US",): 1000, ("NG",): 100}, "country")
    target = Target(("country",), shares={"US": 0.5, "NG": 0.5})
    assert make_plan(cells, [target], exactly=101).total == 101
    beyond = make_plan(cells, [target], exactly=500)
    assert beyond.total == 500
    assert {(one.value, round(one.reached, 6)) for one in beyond.relaxed} >= {("NG", 0.2)}
    with pytest.raises(EvenfaceError, match="only 1,100 candidates"):
        make_plan(cells, [target], exactly=2000)


def brute_force(cells: Cells, plan_shares: list) -> int:
    """Return the largest total of whole photographs that keeps every share exactly."""
    best = 0
    for numbers in product(*(range(number + 1) for number in cells.available)):
        chosen = [Fraction(number) for number in numbers]
        kept = True
        for share in plan_shares:
            scope = sum(
                number
                for at, number in enumerate(chosen)
                if share.within is None or share.within[at]
            )
            part = sum(number for at, number in enumerate(chosen) if share.of[at])
            low, high = (Fraction(x).limit_denominator(1000) for x in (share.low, share.high))
            kept &= low * scope <= part <= high * scope
        if kept:
            best = max(best, sum(numbers))
    return best


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=4, max_size=4), st.sampled_from([0.25, 0.5]))
def test_no_choice_of_whole_photographs_is_larger_than_the_bound(
    numbers: list[int], share: float
) -> None:
    places = [("US", "female"), ("US", "male"), ("IN", "female"), ("IN", "male")]
    cells = pool(dict(zip(places, numbers, strict=True)), "country", "gender")
    targets = [EQUAL_GENDERS, Target(("country",), ceilings={"US": 1 - share})]
    try:
        plan = make_plan(cells, targets)
    except EvenfaceError:
        assert sum(numbers) == 0
        return
    if not plan.relaxed:
        assert brute_force(cells, list(plan.shares)) <= plan.bound + 1e-6
        assert plan.total <= plan.bound + 1e-6


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 60), min_size=24, max_size=24),
    st.lists(st.integers(1, 9), min_size=3, max_size=3),
    st.lists(st.integers(1, 9), min_size=4, max_size=4),
)
def test_no_share_is_missed_by_more_than_about_a_photograph(
    numbers: list[int], of_countries: list[int], of_ages: list[int]
) -> None:
    places = list(product(["BR", "IN", "US"], ["0-9", "10-19", "20-39", "40+"], ["female", "male"]))
    cells = pool(dict(zip(places, numbers, strict=True)), "country", "age", "gender")
    if not len(cells):
        return
    countries = dict(
        zip(["BR", "IN", "US"], np.array(of_countries) / sum(of_countries), strict=True)
    )
    ages = dict(
        zip(["0-9", "10-19", "20-39", "40+"], np.array(of_ages) / sum(of_ages), strict=True)
    )
    targets = [
        EQUAL_GENDERS,
        Target(("country",), shares=countries),
        Target(("age",), shares=ages),
    ]
    plan = make_plan(cells, targets)
    given_up = {(one.target, one.value) for one in plan.relaxed}
    kept = [share for share in plan.shares if (share.target, share.value) not in given_up]
    assert (plan.taken <= cells.available).all()
    assert plan.total <= plan.bound + 1e-6
    assert max((missed_by(plan.taken, share) for share in kept), default=0) < 1.5
