"""The draw: best first, subjects spread, seeded, and nobody dropped without need."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.balance import draw as drawing
from curation.balance.draw import cap, chances

GOLDEN = [17_892_378_716_893_661_017, 13_198_681_505_169_116_551, 6_960_882_094_951_830_754]


def candidates(count: int, subjects: int = 1000, seed: int = 0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "sample_id": [f"s{n:04d}" for n in range(count)],
            "subject": [f"p{n}" for n in random.integers(0, subjects, count)],
            "gender_probability": random.uniform(0.8, 1, count),
            "age_probability": random.uniform(0.8, 1, count),
            "quality": random.uniform(0, 1, count),
        }
    )


def draw(
    pool: pd.DataFrame,
    places: np.ndarray,
    taken: np.ndarray,
    seed: int,
    order: str = "best",
    before: set[str] | None = None,
) -> pd.DataFrame:
    """Return who is taken, by `sample_id`; `before` are those of the last version."""
    known = pool.assign(before=pool["sample_id"].isin(before)) if before is not None else pool
    chosen = drawing.draw(known, places, taken, seed, order)  # type: ignore[arg-type]
    return pool[chosen].sort_values("sample_id", ignore_index=True)


def one_cell(frame: pd.DataFrame) -> np.ndarray:
    return np.zeros(len(frame), dtype=np.int64)


def test_the_surest_go_first() -> None:
    pool = candidates(50).assign(subject=[f"p{n}" for n in range(50)])
    chosen = draw(pool, one_cell(pool), np.array([10]), seed=1)
    sure = pool["gender_probability"] * pool["age_probability"]
    assert sure[pool["sample_id"].isin(chosen["sample_id"])].min() >= sure.nlargest(10).min() - 0.01


def test_between_equally_sure_ones_the_better_picture_goes_first() -> None:
    pool = candidates(50).assign(gender_probability=0.97, age_probability=0.97)
    pool["subject"] = pool["sample_id"]
    chosen = draw(pool, one_cell(pool), np.array([10]), seed=1)
    assert set(chosen["sample_id"]) == set(pool.nlargest(10, "quality")["sample_id"])


def test_everybody_comes_once_before_anybody_comes_twice() -> None:
    pool = candidates(60, subjects=20)
    people = pool["subject"].nunique()
    chosen = draw(pool, one_cell(pool), np.array([people]), seed=1)
    assert chosen["subject"].nunique() == people


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 30), st.integers(0, 30), st.sampled_from(["best", "random"]))
def test_the_order_of_the_rows_changes_nothing(first: int, second: int, order: str) -> None:
    pool = candidates(80, subjects=30)
    places = np.arange(80) % 2
    taken = np.array([first, second])
    shuffled = pool.sample(frac=1, random_state=first)
    one = draw(pool, places, taken, 7, order)
    two = draw(shuffled, places[shuffled.index], taken, 7, order)
    pd.testing.assert_frame_equal(one, two)
    assert len(one) == first + second


def test_another_seed_draws_others_at_random() -> None:
    pool = candidates(100)
    draws = [
        set(draw(pool, one_cell(pool), np.array([20]), seed, "random")["sample_id"])
        for seed in (1, 2)
    ]
    assert draws[0] != draws[1]


def test_who_was_taken_stays_taken_though_better_ones_join() -> None:
    pool = candidates(40)
    first = draw(pool, one_cell(pool), np.array([10]), seed=1)
    better = candidates(40, seed=1).assign(gender_probability=1.0, age_probability=1.0)
    better["sample_id"] = "t" + better["sample_id"]
    grown = pd.concat([pool, better], ignore_index=True)
    second = draw(grown, one_cell(grown), np.array([15]), 1, before=set(first["sample_id"]))
    assert set(first["sample_id"]) < set(second["sample_id"])
    assert second["sample_id"].str.startswith("t").sum() == 5


def test_a_cap_keeps_the_best_of_each_and_all_whose_author_nobody_knows() -> None:
    pool = candidates(30).assign(author=["a"] * 10 + ["b"] * 10 + [None] * 10)
    kept = cap(pool, "author", 3, seed=1)
    assert kept["author"].fillna("?").value_counts().to_dict() == {"?": 10, "a": 3, "b": 3}
    sure = (pool["gender_probability"] * pool["age_probability"])[:10]
    best = set(pool.loc[sure.nlargest(3).index, "sample_id"])
    worst_kept = sure[pool["sample_id"][:10].isin(kept["sample_id"])].min()
    assert worst_kept >= sure[pool["sample_id"][:10].isin(best)].min() - 0.01


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 60), st.integers(0, 5), st.sampled_from(["best", "random"]))
def test_a_growing_pool_drops_nobody_whom_the_plan_has_room_for(
    joining: int, more: int, order: str
) -> None:
    pool = candidates(60, subjects=25)
    places, taken = np.arange(60) % 3, np.array([5, 9, 0])
    first = draw(pool, places, taken, 3, order)
    others = candidates(joining, subjects=25, seed=1).assign(gender_probability=1.0)
    others["sample_id"] = "t" + others["sample_id"]
    grown = pd.concat([pool, others], ignore_index=True)
    wider = np.r_[places, np.arange(joining) % 3]
    before = set(first["sample_id"])
    second = draw(grown, wider, taken + more, 3, order, before)
    assert before <= set(second["sample_id"])
    # With less room for them than before, those who stay are of those who were there.
    third = draw(grown, wider, np.array([3, 9, 0]), 3, order, before)
    assert set(third["sample_id"]) <= before
    assert len(third) == 12


def test_a_subject_who_is_in_anyway_is_not_taken_a_second_time_before_others() -> None:
    pool = pd.DataFrame(
        {
            "sample_id": ["a1", "a2", "b1"],
            "subject": ["a", "a", "b"],
            "gender_probability": [0.9, 1.0, 0.9],
            "age_probability": [0.9, 1.0, 0.9],
        }
    )
    # The first cell is taken whole; of the second one of two: b, though a2 is surer.
    chosen = draw(pool, np.array([0, 1, 1]), np.array([1, 1]), seed=1)
    assert list(chosen["sample_id"]) == ["a1", "b1"]


def test_the_order_of_the_draw_is_the_same_for_ever() -> None:
    # Written down once: a version must be rebuilt with the same samples years later.
    assert chances(1, pd.Series(["a", "b", "face"])).tolist() == GOLDEN
