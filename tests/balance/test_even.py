"""Of all largest datasets the most even one: against hand-worked pools and other optima."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from curation.balance.cells import Cells, cells_of
from curation.balance.even import most_even
from curation.balance.plan import make_plan
from curation.balance.programme import largest
from curation.balance.targets import Target

COUNTRIES, AGES, GENDERS = ["BR", "IN", "US"], ["0-19", "20-39", "40+"], ["female", "male"]


def pool(numbers: list[int]) -> Cells:
    places = product(COUNTRIES, AGES, GENDERS)
    frame = pd.DataFrame(
        [(*place, number) for place, number in zip(places, numbers, strict=True)],
        columns=["country", "age", "gender", "number"],
    )
    return cells_of(frame, ["country", "age", "gender"])


def test_what_no_target_speaks_of_stays_in_proportion_to_the_candidates() -> None:
    frame = pd.DataFrame(
        {
            "age": ["0-19", "20-39", "40+"] * 2,
            "gender": ["female"] * 3 + ["male"] * 3,
            "number": [100, 300, 600, 10, 20, 70],
        }
    )
    cells = cells_of(frame, ["age", "gender"])
    plan = make_plan(cells, [Target(("gender",), equal=True)])
    women = plan.taken[cells.where(gender="female")]
    men = plan.taken[cells.where(gender="male")]
    np.testing.assert_array_equal(men, [10, 20, 70])
    np.testing.assert_array_equal(women, [10, 30, 60])  # a tenth of each


def test_a_corner_is_not_what_is_taken() -> None:
    # 100 of each gender and 100 of each age: any number of young women from 0 to 100 will do.
    frame = pd.DataFrame(
        {
            "age": ["0-19", "20+"] * 2,
            "gender": ["female", "female", "male", "male"],
            "number": [100, 100, 100, 100],
        }
    )
    cells = cells_of(frame, ["age", "gender"])
    targets = [Target(("gender",), equal=True), Target(("age",), shares={"0-19": 0.5, "20+": 0.5})]
    plan = make_plan(cells, targets, exactly=200)
    np.testing.assert_array_equal(plan.taken, [50, 50, 50, 50])


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.integers(1, 200), min_size=18, max_size=18),
    st.lists(st.integers(1, 5), min_size=3, max_size=3),
    st.integers(0, 2**32 - 1),
)
def test_no_other_optimum_treats_the_candidates_more_equally(
    numbers: list[int], ages: list[int], seed: int
) -> None:
    cells = pool(numbers)
    shares = dict(zip(AGES, np.array(ages) / sum(ages), strict=True))
    targets = [Target(("gender",), within="country", equal=True), Target(("age",), shares=shares)]
    rows = [row for target in targets for row in target.rows(cells)]
    best = largest(cells.available, rows)
    assert best is not None
    even = most_even(cells.available, rows, (), best)
    assert even.sum() == pytest.approx(best.total, rel=1e-7)
    assert ((even >= 0) & (even <= cells.available + 1e-9)).all()
    # Other optima: corners of the same face, seen from random directions, and points between.
    matrix, ends = [], []
    for row in rows:
        scope = np.ones(len(cells)) if row.within is None else row.within.astype(float)
        matrix += [row.low * scope - row.of, row.of - row.high * scope]
        ends += [1e-7, 1e-7]
    random = np.random.default_rng(seed)
    unevenness = float((even**2 / cells.available).sum())
    for _ in range(5):
        other = linprog(
            random.normal(size=len(cells)), np.array(matrix), ends, np.ones((1, len(cells))),
            [best.total], np.c_[np.zeros(len(cells)), cells.available],
        )  # fmt: skip
        assert other.success
        for part in (1.0, 0.3, 0.03):
            between = even + part * (other.x - even)
            assert (between**2 / cells.available).sum() >= unevenness - 1e-3


def test_a_target_that_forces_everything_leaves_nothing_to_even_out() -> None:
    cells = pool([10, 20, 30, 10, 20, 30, *[0] * 12])
    plan = make_plan(cells, [Target(("age", "gender"), equal=True)])
    assert set(plan.taken) == {10}
