"""Targets as a user writes them: tables, races by country, and one sentence for each mistake."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from curation.balance.countries import expected_races, no_race_above
from curation.balance.tables import PRESETS, RACES, preset, race_composition
from curation.dataset.balance_table import balance_table, target_in_words, without
from curation.dataset.balancing import Balanced, balance
from curation.errors import UsageError
from curation.settings import BalanceSettings
from curation.sources.countries import COUNTRIES


def people(count: int = 4000, seed: int = 0, **given: Any) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    columns = {
        "sample_id": [f"s{n:05d}" for n in range(count)],
        "subject": [f"p{n}" for n in random.integers(0, count, count)],
        "gender_probability": random.uniform(0.8, 1, count),
        "age_probability": random.uniform(0.8, 1, count),
        "country": random.choice(["US", "IN", "BR", "JP", "NG"], count),
        "race": None,
        "age": random.integers(0, 90, count).astype(float),
        "gender": random.choice(["female", "male"], count, p=[0.7, 0.3]),
    }
    return pd.DataFrame(columns | given)


def plan(
    *targets: dict[str, Any], folder: Path = Path(), pool: pd.DataFrame | None = None, **more: Any
) -> Balanced:
    settings = BalanceSettings.model_validate({"targets": list(targets), **more})
    return balance(people() if pool is None else pool, settings, 1, folder)


def drawn_from(made: Balanced, settings: BalanceSettings | None = None) -> pd.DataFrame:
    """Return who is drawn, by `sample_id`, with their weights."""
    taken = made.draw(1, settings or BalanceSettings())
    drawn = made.candidates.assign(weight=made.weights)[taken]
    return drawn.sort_values("sample_id", ignore_index=True)


def test_the_shipped_tables_add_up_and_name_countries_that_there_are() -> None:
    for attribute, names in PRESETS.items():
        for name in names:
            assert sum(preset(attribute, name).values()) == pytest.approx(1)
    assert set(preset("country", "social")) <= COUNTRIES
    for country, shares in race_composition().items():
        assert country in COUNTRIES
        assert list(shares) == list(RACES)
        assert sum(shares.values()) == pytest.approx(1, abs=1e-9)
        assert min(shares.values()) >= 0
    known = sum(preset("country", "social").get(name, 0) for name in race_composition())
    assert known > 0.998  # of the accounts


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ({"shares": {"US": 0.6, "IN": 0.3}}, "add up to 0.9, not to 1"),
        ({"shares": {"USA": 1.0}}, "no two-letter country code of ISO 3166-1; US is meant"),
        ({"shares": {"UK": 1.0}}, "GB is meant"),
        ({"shares": {"XX": 1.0}}, "'XX', which is no two-letter country code"),
        ({"shares": "socail"}, "neither a file nor a table that is shipped .there is 'social'"),
        ({"shares": "no.csv"}, "the target table no.csv cannot be read"),
        ({"shares": "social", "no_race_above": 0.1}, "no_race_above = 0.1 cannot be reached"),
        ({"floors": {"US": 0.1}, "also": {"IN": 0.1}}, "`also`, which goes with"),
        ({"shares": "social", "also": {"IN": 1.5}}, "must be within 0 and 1"),
        ({"shares": {"FR": 1.0}, "no_race_above": 0.5}, "no candidate is of any country"),
        ({"attributes": ["race"], "floors": {"Black": 0.2}}, 'race_from = "country" takes'),
        ({"attributes": ["age"], "shares": {"0-20": 0.5, "20+": 0.5}}, "0-20 and 20. overlap"),
        ({"attributes": ["age"], "shares": "social", "also": {"0-13": 0.1}}, "13-17 overlap"),
        ({"attributes": ["age"], "shares": {"young": 1.0}}, "'young' is no age bin"),
        ({"attributes": ["gender"], "shares": {"woman": 1.0}}, "genders are female and male"),
        ({"attributes": ["gender"], "equal": True, "no_race_above": 0.3}, "shares of a target of"),
        ({"attributes": ["hair"], "equal": True}, "names 'hair'; there are country, race"),
        ({"attributes": ["gender"]}, "must say one of shares, floors, ceilings and equal"),
    ],
)
def test_each_mistake_in_a_target_is_one_clear_sentence(
    target: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(UsageError, match=sentence) as raised:
        plan({"attributes": ["country"], **target})
    assert "\n" not in str(raised.value)


def test_a_race_is_held_against_the_labels_that_there_are() -> None:
    pool = people(race="Black")
    with pytest.raises(UsageError, match=r"'black', a race that no candidate.*'Black' is meant"):
        plan({"attributes": ["race"], "floors": {"black": 0.1}}, pool=pool)
    with pytest.raises(UsageError, match=r"'Martian', a race .* there are White, Black"):
        plan({"attributes": ["race"], "floors": {"Martian": 0.1}}, pool=pool)
    with pytest.raises(UsageError, match=r"must give each race a share.* it lacks White"):
        plan({"attributes": ["race"], "shares": {"Black": 1.0}}, race_from="country")
    within = {"attributes": ["gender"], "within": "race", "equal": True}
    with pytest.raises(UsageError, match="faces whose race is known"):
        plan(within, race_from="country")
    with pytest.raises(UsageError, match="names 'woman'"):
        plan(minima=[{"of": {"gender": "woman"}, "number": 5}])
    with pytest.raises(UsageError, match="keeps every photograph"):
        plan(mode="weights", size=100)


def test_a_table_counts_for_the_countries_of_the_pool_and_says_whom_it_leaves_out(
    tmp_path: Path,
) -> None:
    (tmp_path / "mine.csv").write_text("country,number\nUS,30\nIN,50\nFR,20\n")
    made = plan({"attributes": ["country"], "shares": "mine.csv"}, folder=tmp_path)
    drawn = drawn_from(made)
    shares = drawn["country"].value_counts(normalize=True)
    assert shares.to_dict() == pytest.approx({"IN": 50 / 80, "US": 30 / 80}, abs=1e-3)
    missing, idle = made.notices
    assert "FR is in the table, without a candidate; the others share 20.0%" in missing
    assert "BR, JP, NG are not in the table" in idle
    (tmp_path / "mine.csv").write_text("country,share\nUS,0.3\nIN,0.5\n")
    with pytest.raises(UsageError, match=r"add up to 0.8, not to 1; head the column `number`"):
        plan({"attributes": ["country"], "shares": "mine.csv"}, folder=tmp_path)


def test_also_goes_first_and_the_table_shares_the_rest() -> None:
    made = plan({"attributes": ["age"], "shares": "social", "also": {"0-12": 0.1}})
    drawn = drawn_from(made)
    assert (drawn["age"] < 13).mean() == pytest.approx(0.1, abs=2 / len(drawn))
    adults = preset("age", "social")["25-34"] * 0.9
    assert drawn["age"].between(25, 34).mean() == pytest.approx(adults, abs=2 / len(drawn))


def test_no_race_above_gives_countries_of_the_other_races_more() -> None:
    given, composition = preset("country", "social"), race_composition()
    known = {name: share for name, share in given.items() if name in composition}
    total = sum(known.values())
    known = {name: share / total for name, share in known.items()}
    weighed = no_race_above(known, composition, 0.2)
    assert sum(weighed.values()) == pytest.approx(1)
    assert max(expected_races(weighed, composition).values()) <= 0.2 + 1e-6
    # The accounts are 38 % White: everybody else's countries get more, nobody else's less.
    more = {name: weighed[name] / known[name] for name in known}
    assert min(more[name] for name in ("NG", "GH", "CN", "KR", "IN", "TH")) > 1.2
    assert max(more[name] for name in ("DE", "PL", "SE")) < 0.6
    assert no_race_above(known, composition, 0.5) == known  # kept already


def test_countries_stand_for_races_where_faces_carry_none() -> None:
    floors = {"attributes": ["race"], "floors": {"Black": 0.4}}
    made = plan(floors, race_from="country")
    drawn = drawn_from(made)
    people_of = {name: shares["Black"] for name, shares in race_composition().items()}
    assert drawn["country"].map(people_of).mean() == pytest.approx(0.4, abs=1e-3)
    rows = {row.value: row for row in balance_table(made, made.draw(1, BalanceSettings()))["race"]}
    assert rows["Black"].planned / len(drawn) == pytest.approx(0.4, abs=1e-3)
    assert target_in_words(rows["Black"]) == "≥ 40.0%"
    left = {
        row.value: row
        for row in without(balance_table(made, made.draw(1, BalanceSettings())), drawn)["race"]
    }
    assert {row.planned for row in left.values()} <= {0, 1}
    # A label goes before the country.
    labelled = people(race="White")
    made = plan(floors, pool=labelled, race_from="country")
    assert [one.value for one in made.plan.relaxed] == ["Black"]


def test_a_tolerance_of_a_tenth_of_each_share_leaves_small_countries_their_place() -> None:
    shares = {"US": 0.58, "IN": 0.2, "BR": 0.2, "JP": 0.01, "NG": 0.01}
    target = {"attributes": ["country"], "shares": shares, "relative_tolerance": 0.1}
    drawn = drawn_from(plan(target))
    found = drawn["country"].value_counts(normalize=True)
    for name, share in shares.items():
        assert share * 0.9 - 1e-3 <= found[name] <= share * 1.1 + 1e-3


def test_the_order_of_the_candidates_changes_nothing() -> None:
    pool = people()
    target = {"attributes": ["country"], "shares": "social", "no_race_above": 0.4}
    age = {"attributes": ["age"], "shares": "social", "also": {"0-12": 0.2}}
    settings = BalanceSettings.model_validate(
        {"targets": [target, age], "race_from": "country", "max_per_subject": 2}
    )
    one, other = (
        drawn_from(balance(frame, settings, 1, Path()), settings)
        for frame in (pool, pool.sample(frac=1, random_state=3).reset_index(drop=True))
    )
    pd.testing.assert_frame_equal(one, other)


def test_weights_keep_everything_and_meet_the_targets() -> None:
    target = {"attributes": ["gender"], "within": "country", "equal": True}
    made = plan(target, mode="weights")
    drawn = drawn_from(made)
    assert len(drawn) == 4000
    assert drawn["weight"].mean() == pytest.approx(1)
    sums = drawn.groupby(["country", "gender"])["weight"].sum().unstack()
    np.testing.assert_allclose(sums["female"], sums["male"], rtol=1e-6)
    table = {
        row.value: row.planned
        for row in balance_table(made, made.draw(1, BalanceSettings()))["gender"]
    }
    assert table == {"female": 2000, "male": 2000}


def test_authors_may_have_a_cap_as_subjects_have() -> None:
    pool = people(author=["a"] * 3000 + ["b"] * 999 + [None])
    made = plan(pool=pool, max_per_author=5, max_per_subject=0)
    assert made.candidates["author"].value_counts().to_dict() == {"a": 5, "b": 5}
    assert len(made.candidates) == 11
