"""The balance plan and the draw, against counting by hand and the properties they promise."""

from __future__ import annotations

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.balance.draw import draw
from curation.balance.plan import gender_balanced_plan


def candidates(cells: list[tuple[str | None, str]]) -> pd.DataFrame:
    return pd.DataFrame(
        [(f"s{n}", country, gender) for n, (country, gender) in enumerate(cells)],
        columns=["sample_id", "country", "gender"],
    )


pools = st.lists(
    st.tuples(st.sampled_from(["US", "BR", None]), st.sampled_from(["female", "male"])),
    min_size=1,
    max_size=60,
).map(candidates)


def test_a_plan_worked_by_hand() -> None:
    pool = candidates([("US", "female")] * 3 + [("US", "male")] * 2 + [("BR", "male")] * 4)
    plan = gender_balanced_plan(pool)
    assert plan.to_dict("list") == {
        "country": ["BR", "BR", "US", "US"],
        "gender": ["female", "male", "female", "male"],
        "available": [0, 4, 3, 2],
        "planned": [0, 0, 2, 2],
    }


@settings(max_examples=60, deadline=None)
@given(pools)
def test_genders_are_equal_in_every_country_and_no_more_could_be_taken(pool: pd.DataFrame) -> None:
    plan = gender_balanced_plan(pool)
    drawn = draw(pool, plan, seed=1)
    for country in ("US", "BR", None):
        here = pool["country"].isna() if country is None else pool["country"] == country
        there = drawn["country"].isna() if country is None else drawn["country"] == country
        women, men = ((pool["gender"] == g)[here].sum() for g in ("female", "male"))
        for gender in ("female", "male"):
            assert (drawn["gender"] == gender)[there].sum() == min(women, men)


@settings(max_examples=40, deadline=None)
@given(pools, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(pool: pd.DataFrame, random: object) -> None:
    shuffled = pool.sample(frac=1, random_state=random.randrange(2**31))  # type: ignore[attr-defined]
    one = draw(pool, gender_balanced_plan(pool), seed=5)
    two = draw(shuffled, gender_balanced_plan(shuffled), seed=5)
    pd.testing.assert_frame_equal(one, two)


def test_who_was_taken_stays_taken_when_the_other_gender_grows() -> None:
    pool = candidates([("US", "female")] * 20 + [("US", "male")] * 10)
    grown = candidates([("US", "female")] * 20 + [("US", "male")] * 15)
    before = set(draw(pool, gender_balanced_plan(pool), seed=3)["sample_id"])
    after = set(draw(grown, gender_balanced_plan(grown), seed=3)["sample_id"])
    assert before < after
