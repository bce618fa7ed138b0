"""The plan against another solver (OR-tools' GLOP), on programmes written down independently."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.linear_solver import pywraplp

from curation.balance.cells import Cells, cells_of
from curation.balance.plan import Plan, make_plan
from curation.balance.programme import least_slack
from curation.balance.targets import Target
from curation.errors import EvenfaceError

NAMES = ("country", "race", "age", "gender")
VALUES = {
    "country": ["BR", "IN", "US"],
    "race": ["Black", "Indian", ""],
    "age": ["0-19", "20-39", "40+"],
    "gender": ["female", "male"],
}
PEOPLE = {
    "BR": {"White": 0.5, "Black": 0.25, "Latino_Hispanic": 0.25},
    "IN": {"Indian": 1.0},
    "US": {"White": 0.75, "Black": 0.25},
}
Cell = tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """A target as the test writes it: the part of a photograph that counts, its least and most."""

    attributes: tuple[str, ...]
    limits: dict[str, tuple[float, float]]
    within: str | None = None
    closed: bool = False  # nothing may be taken of values that are not named
    by_country: bool = False
    target: Target = field(default_factory=lambda: Target(("gender",), equal=True))

    def part(self, cell: Cell, key: str) -> float:
        counts = 1.0
        for attribute, value in zip(self.attributes, key.split("/"), strict=True):
            found = cell[NAMES.index(attribute)]
            if attribute == "race" and self.by_country and found == "":
                counts *= PEOPLE[cell[0]].get(value, 0.0)
            else:
                counts *= float(found == value)
        return counts


def shared(weights: list[int], values: list[str]) -> dict[str, float]:
    return {value: weight / sum(weights) for value, weight in zip(values, weights, strict=True)}


weights = st.lists(st.integers(1, 6), min_size=3, max_size=3)
tolerances = st.sampled_from([0.0, 0.05, 0.2])


@st.composite
def rules(draw: st.DrawFn) -> list[Rule]:
    found: list[Rule] = []
    if draw(st.booleans()):
        even = {"female": (0.5, 0.5), "male": (0.5, 0.5)}
        target = Target(("gender",), within="country", equal=True)
        found.append(Rule(("gender",), even, "country", closed=True, target=target))
    for attribute in ("country", "age"):
        kind = draw(st.sampled_from(["none", "shares", "floors", "ceilings"]))
        given = shared(draw(weights), VALUES[attribute])
        slack = draw(tolerances)
        if kind == "shares":
            limits = {v: (max(0, s - slack), min(1, s + slack)) for v, s in given.items()}
            target = Target((attribute,), shares=given, tolerance=slack)
            found.append(Rule((attribute,), limits, closed=True, target=target))
        elif kind == "floors":
            lows = {v: s / 2 for v, s in given.items()}
            limits = {v: (s, 1.0) for v, s in lows.items()}
            found.append(Rule((attribute,), limits, target=Target((attribute,), floors=lows)))
        elif kind == "ceilings":
            limits = {v: (0.0, min(1.0, s + 0.1)) for v, s in given.items()}
            highs = {v: high for v, (_, high) in limits.items()}
            found.append(Rule((attribute,), limits, target=Target((attribute,), ceilings=highs)))
    if draw(st.booleans()):
        by_country = draw(st.booleans())
        limits = {"Black": (draw(st.sampled_from([0.1, 0.3])), 1.0)}
        target = Target(
            ("race",), floors={"Black": limits["Black"][0]},
            composition=PEOPLE if by_country else None,
        )  # fmt: skip
        found.append(Rule(("race",), limits, by_country=by_country, target=target))
    if draw(st.booleans()):
        limits = {"20-39/male": (0.0, 0.25), "0-19/female": (0.0, 0.25)}
        target = Target(("age", "gender"), ceilings=dict.fromkeys(limits, 0.25))
        found.append(Rule(("age", "gender"), limits, target=target))
    return found


@st.composite
def pools(draw: st.DrawFn) -> dict[Cell, int]:
    places = list(product(*(VALUES[name] for name in NAMES)))
    numbers = draw(st.lists(st.integers(0, 90), min_size=len(places), max_size=len(places)))
    empty = draw(st.sets(st.sampled_from(VALUES["country"] + VALUES["age"]), max_size=1))
    return {
        place: number
        for place, number in zip(places, numbers, strict=True)
        if number and not empty & set(place)
    }


def limits_of(
    rule: Rule, pool: dict[Cell, int]
) -> list[tuple[dict[Cell, float], set[Cell], float, float]]:
    """Return (parts, scope, low, high) of every limit: low·scope ≤ parts ≤ high·scope."""
    scopes = [set(pool)]
    if rule.within:
        place = NAMES.index(rule.within)
        values = sorted({cell[place] for cell in pool})
        scopes = [{cell for cell in pool if cell[place] == value} for value in values]
    found = []
    for scope in scopes:
        for key, (low, high) in rule.limits.items():
            parts = {cell: rule.part(cell, key) for cell in scope}
            found.append((parts, scope, low, high))
        if rule.closed:
            others = {c: 1 - sum(rule.part(c, key) for key in rule.limits) for c in scope}
            if any(part > 1e-9 for part in others.values()):
                found.append((others, scope, 0.0, 0.0))
    return found


def largest_by_glop(pool: dict[Cell, int], made: list[Rule]) -> float | None:
    solver = pywraplp.Solver.CreateSolver("GLOP")
    taken = {cell: solver.NumVar(0, number, "") for cell, number in pool.items()}
    for rule in made:
        for parts, scope, low, high in limits_of(rule, pool):
            inside = solver.Sum([part * taken[cell] for cell, part in parts.items()])
            whole = solver.Sum([taken[cell] for cell in scope])
            solver.Add(inside >= low * whole)
            solver.Add(inside <= high * whole)
    solver.Maximize(solver.Sum(list(taken.values())))
    if solver.Solve() != pywraplp.Solver.OPTIMAL:
        return None
    return float(solver.Objective().Value())


def least_deviation_by_glop(pool: dict[Cell, int], made: list[Rule]) -> float:
    """Return the smallest sum of deviations, in shares of the dataset, of any dataset."""
    solver = pywraplp.Solver.CreateSolver("GLOP")
    one_over = solver.NumVar(0, solver.infinity(), "")
    part_of = {cell: solver.NumVar(0, solver.infinity(), "") for cell in pool}
    missed = []
    for cell, number in pool.items():
        solver.Add(part_of[cell] <= number * one_over)
    solver.Add(solver.Sum(list(part_of.values())) == 1)
    for rule in made:
        for parts, scope, low, high in limits_of(rule, pool):
            inside = solver.Sum([part * part_of[cell] for cell, part in parts.items()])
            whole = solver.Sum([part_of[cell] for cell in scope])
            below, above = (solver.NumVar(0, solver.infinity(), "") for _ in range(2))
            solver.Add(inside + below >= low * whole)
            solver.Add(inside - above <= high * whole)
            missed += [below, above]
    solver.Minimize(solver.Sum(missed))
    assert solver.Solve() == pywraplp.Solver.OPTIMAL
    return float(solver.Objective().Value())


def cells_in(pool: dict[Cell, int]) -> Cells:
    frame = pd.DataFrame([(*cell, n) for cell, n in pool.items()], columns=[*NAMES, "number"])
    return cells_of(frame, NAMES)


def numbers_of(plan: Plan) -> dict[Cell, int]:
    columns = (plan.cells.column(name) for name in NAMES)
    return dict(zip(zip(*columns, strict=True), plan.taken.tolist(), strict=True))


@settings(max_examples=50, deadline=None)
@given(pools(), rules())
def test_the_plan_is_as_large_as_another_solver_says_or_says_why_not(
    pool: dict[Cell, int], made: list[Rule]
) -> None:
    if not pool:
        return
    cells, targets = cells_in(pool), [rule.target for rule in made]
    best = largest_by_glop(pool, made)
    plan = make_plan(cells, targets)
    if best is None or best < 1:
        # Nothing can be taken: the least by which the targets give way is found, and shown.
        assert plan.relaxed
        assert plan.total > 0
        shares = [row for target in targets for row in target.rows(cells)]
        slack = least_slack(cells.available, shares)
        assert slack is not None
        assert slack.sum() == pytest.approx(least_deviation_by_glop(pool, made), abs=1e-6)
        return
    assert plan.relaxed == ()
    assert plan.bound == pytest.approx(best, rel=1e-6)
    taken = numbers_of(plan)
    assert all(0 <= taken[cell] <= number for cell, number in pool.items())
    assert plan.total <= best + 1e-6
    for rule in made:
        for parts, scope, low, high in limits_of(rule, pool):
            inside = sum(part * taken[cell] for cell, part in parts.items())
            whole = sum(taken[cell] for cell in scope)
            # Whole photographs: a third of 100 is 33 or 34.
            assert low * whole - 2 < inside < high * whole + 2


@settings(max_examples=8, deadline=None)
@given(pools(), rules(), st.integers(1, 400))
def test_exactly_so_many_are_taken_or_it_is_said_why_not(
    pool: dict[Cell, int], made: list[Rule], size: int
) -> None:
    targets, there = [rule.target for rule in made], sum(pool.values())
    if not pool:
        return
    if size > there:
        with pytest.raises(EvenfaceError, match=f"only {there:,} candidates"):
            make_plan(cells_in(pool), targets, exactly=size)
        return
    plan = make_plan(cells_in(pool), targets, exactly=size)
    assert plan.total == size
    best = largest_by_glop(pool, made)
    if best is not None and best >= size:
        # Any smaller dataset of the same shares exists, if not in whole photographs.
        assert plan.relaxed == ()
    else:
        assert plan.relaxed


@settings(max_examples=8, deadline=None)
@given(pools(), rules(), st.randoms(use_true_random=False))
def test_the_order_of_cells_and_targets_changes_nothing(
    pool: dict[Cell, int], made: list[Rule], random: object
) -> None:
    if not pool:
        return
    places = list(pool)
    random.shuffle(places)  # type: ignore[attr-defined]
    targets = [rule.target for rule in made]
    one = make_plan(cells_in(pool), targets)
    other = make_plan(cells_in({place: pool[place] for place in places}), targets)
    np.testing.assert_array_equal(one.taken, other.taken)
