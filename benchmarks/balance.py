"""Plan a balanced dataset from ten million candidates, beside the usual ways of balancing.

The pool is what a collection by hashtags might bring, drawn from one seed: 50 countries x 7 races x
9 age bins x 2 genders, 6,300 cells of which a third is empty. The shapes are invented, the skew is
of the kind that hashtags have:

- countries are the 50 with the most accounts in the shipped table, people as the shipped table of
  compositions has them, and one in a hundred of any race; what a country gives is its accounts
  times exp(0.3 g), g normal: the collector steers, but not well;
- ages are where birthdays are posted: first birthdays, children by their parents, sixteen to
  twenty-one, then ever fewer; every country has its own curve around that (Dirichlet, 10 in all);
- women post 62 of 100 such photographs, in their teens 68; countries differ much (Beta, 12 in all);
- three birthdays of each country are a custom with a hashtag of its own (sweet sixteen of girls in
  one, sixtieth birthdays in another), and bring 2 to 12 times as many of that age and gender;
- beyond that who posts what goes together: each cell has a factor exp(1.2 g) of its own.

Targets: as many women as men in every country; countries in proportion to the accounts, weighed so
that no race has more than a fifth; children of 0 to 9 a tenth, other ages as the accounts are; no
race below 5 %. Three ways meet them, each by its own rule and none held back:

- *the plan*: a linear programme, the most even of its optima, then whole photographs; as
  `curate balance` makes it, timed from cells to photographs;
- *weights, then rejection*: iterative proportional fitting, 400 rounds over all targets (a floor
  counts where it is not kept), then each photograph is kept with the chance weight / largest
  weight, in expectation;
- *one attribute after another*: for each target in turn the fewest photographs with which it holds
  are taken away, at random within each value. Later targets break earlier ones, as the deviation
  tells. Shown in the order in which the targets are written above, in the one of all 24 orders that
  keeps most, and repeated in that order until all targets hold within 0.1 %.

Run: `python benchmarks/balance.py [--candidates 10000000] [--seed 1] [--rounds 5]`
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence
from itertools import permutations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from curation.balance.cells import Cells, cells_of
from curation.balance.countries import no_race_above
from curation.balance.plan import make_plan
from curation.balance.programme import Share, largest
from curation.balance.raking import weights
from curation.balance.rounding import missed_by
from curation.balance.tables import RACES, preset, race_composition
from curation.balance.targets import Target

AGES = ("0-2", "3-9", "10-19", "20-29", "30-39", "40-49", "50-59", "60-69", "70+")
POSTED = (0.12, 0.15, 0.30, 0.24, 0.09, 0.05, 0.03, 0.015, 0.005)
WOMEN = (0.55, 0.58, 0.68, 0.65, 0.60, 0.60, 0.58, 0.55, 0.50)
WANTED = (0.03, 0.07, 0.16, 0.36, 0.20, 0.10, 0.05, 0.02, 0.01)  # accounts, and a tenth of children
GENDERS = ("female", "male")
RACE_FLOOR, RACE_CEILING = 0.05, 0.2
FITS = 400  # rounds of iterative proportional fitting
Photographs = NDArray[np.float64]


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--candidates", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    cells = pool(options.candidates, options.seed)
    targets = targets_for(cells)
    seconds, processor = [], []
    for _ in range(options.rounds):
        started, worked = time.perf_counter(), time.process_time()
        plan = make_plan(cells, targets)
        seconds.append(time.perf_counter() - started)
        processor.append(time.process_time() - worked)
    rows = list(plan.shares)
    table = Table(title=f"{options.candidates:,} candidates in {len(cells):,} cells")
    for column in ("way", "kept", "of the pool", "plan / kept", "worst deviation"):
        table.add_column(column, justify="left" if column == "way" else "right")
    order = [target.attributes[0] for target in targets]
    best = best_order(cells, rows, order)
    ways = {
        "the plan": plan.taken.astype(np.float64),
        "weights, then rejection": rejection(cells, rows),
        "one attribute after another, in order": one_after_another(cells, rows, order),
        "the same, best of all orders": one_after_another(cells, rows, best),
        "the same, until all targets hold": until_they_hold(cells, rows, best),
    }
    for name, taken in ways.items():
        total = float(taken.sum())
        worst = max(missed_by(taken, row) for row in rows) / total
        share = f"{total / cells.available.sum():.1%}"
        table.add_row(name, f"{total:,.0f}", share, f"{plan.total / total:.2f}", f"{worst:.1e}")
    console = Console()
    console.print(table)
    rates = plan.taken / cells.available
    console.print(
        f"plan: {statistics.median(seconds):.2f} s, {statistics.median(processor):.2f} processor "
        f"seconds (medians of {options.rounds}); gap to the bound {plan.gap:.1e}; cells taken "
        f"whole {np.mean(rates == 1):.0%}, not at all {np.mean(rates == 0):.0%}"
    )
    started, worked = time.perf_counter(), time.process_time()
    raked = weights(cells, targets)
    console.print(
        f"weights instead: all {cells.available.sum():,} kept, worth {raked.effective:,.0f} "
        f"({raked.effective / cells.available.sum():.1%}); from {raked.weights.min():.3g} to "
        f"{raked.weights.max():.3g}; {time.perf_counter() - started:.2f} s, "
        f"{time.process_time() - worked:.2f} processor seconds {raked.unmet}"
    )


def pool(candidates: int, seed: int) -> Cells:
    """Return the cells of the pool that the head of this file describes."""
    random = np.random.default_rng(seed)
    accounts = preset("country", "social")
    names = sorted(accounts, key=accounts.__getitem__, reverse=True)[:50]
    size = np.array([accounts[name] for name in names]) * np.exp(random.normal(0, 0.3, 50))
    people = np.array([[race_composition()[name][race] for race in RACES] for name in names])
    people = 0.99 * people + 0.01 / len(RACES)
    ages = random.dirichlet(10 * np.array(POSTED), size=50)
    women = random.beta(12 * np.array(WOMEN), 12 * (1 - np.array(WOMEN)), size=(50, len(AGES)))
    customs = np.ones((50, len(AGES), 2))
    for country in range(50):
        for _ in range(3):
            which = country, random.integers(len(AGES)), random.integers(2)
            customs[which] *= random.uniform(2, 12)
    chance = (
        size[:, None, None, None]
        * people[:, :, None, None]
        * ages[:, None, :, None]
        * np.stack([women, 1 - women], axis=-1)[:, None]
        * customs[:, None]
        * np.exp(random.normal(0, 1.2, (50, len(RACES), len(AGES), 2)))
    )
    numbers = random.multinomial(candidates, (chance / chance.sum()).ravel())
    place = np.indices(chance.shape).reshape(4, -1)
    frame = pd.DataFrame(
        {
            "country": [names[code] for code in place[0]],
            "race": [RACES[code] for code in place[1]],
            "age": [AGES[code] for code in place[2]],
            "gender": [GENDERS[code] for code in place[3]],
            "number": numbers,
        }
    )
    return cells_of(frame, ["country", "race", "age", "gender"])


def targets_for(cells: Cells) -> list[Target]:
    """Return the four targets of this benchmark."""
    accounts = preset("country", "social")
    there = {name: accounts[name] for name in cells.values[cells.attributes.index("country")]}
    total = sum(there.values())
    shares = {name: number / total for name, number in there.items()}
    return [
        Target(("gender",), within="country", equal=True),
        Target(("country",), shares=no_race_above(shares, race_composition(), RACE_CEILING)),
        Target(("age",), shares=dict(zip(AGES, WANTED, strict=True))),
        Target(("race",), floors=dict.fromkeys(RACES, RACE_FLOOR)),
    ]


def rejection(cells: Cells, rows: Sequence[Share]) -> Photographs:
    """Return the expected photographs of weights by IPF and rejection by weight / largest one."""
    factors = np.ones(len(cells))
    for _ in range(FITS):
        for row in rows:
            mass = factors * cells.available
            scope = mass.sum() if row.within is None else mass[row.within].sum()
            inside = row.of.astype(bool)
            share = mass[inside].sum() / scope
            wanted = min(max(share, row.low), row.high)
            if 0 < share < 1 and wanted not in (share, 0.0):
                others = ~inside if row.within is None else row.within & ~inside
                factors[inside] *= wanted / share
                factors[others] *= (1 - wanted) / (1 - share)
    kept: Photographs = cells.available * factors / factors[cells.available > 0].max()
    return kept


def best_order(cells: Cells, rows: Sequence[Share], names: Sequence[str]) -> Sequence[str]:
    """Return the order of the targets in which undersampling leaves most."""
    return max(
        permutations(names), key=lambda order: float(one_after_another(cells, rows, order).sum())
    )


def until_they_hold(cells: Cells, rows: Sequence[Share], order: Sequence[str]) -> Photographs:
    """Return what is left when undersampling goes round until all targets hold within 0.1 %."""
    left = cells.available.astype(np.float64)
    for _ in range(100):
        _once(left, rows, order)
        if max(missed_by(left, row) for row in rows) < 1e-3 * left.sum():
            break
    return left


def one_after_another(cells: Cells, rows: Sequence[Share], order: Sequence[str]) -> Photographs:
    """Return the photographs left when each target in turn is met by taking away."""
    left = cells.available.astype(np.float64)
    _once(left, rows, order)
    return left


def _once(left: Photographs, rows: Sequence[Share], order: Sequence[str]) -> None:
    for name in order:
        mine = [row for row in rows if row.target.partition(" within ")[0] == name]
        for scope_name in dict.fromkeys(row.target for row in mine):
            _undersample(left, [row for row in mine if row.target == scope_name])


def _undersample(left: Photographs, group: Sequence[Share]) -> None:
    """Take away, at random within each value, the fewest with which one target holds."""
    values = [row.of.astype(bool) for row in group]
    scope = np.ones(len(left), dtype=bool) if group[0].within is None else group[0].within
    rest = scope & ~np.any(values, axis=0)
    parts = [*values, rest] if rest.any() else values
    numbers = np.array([left[part].sum() for part in parts])
    if all(row.low == row.high for row in group):  # shares: the scarcest value says how many
        size = min(number / row.low for number, row in zip(numbers, group, strict=False) if row.low)
        exact = [row.low * size for row in group] + [0.0] * (len(parts) - len(group))
        _keep(left, parts, numbers, exact)
        return
    alone = [
        Share(row.target, row.value, np.arange(len(parts)) == at, None, row.low, row.high)
        for at, row in enumerate(group)
    ]
    best = largest(numbers, alone)
    assert best is not None
    _keep(left, parts, numbers, best.taken)


def _keep(
    left: Photographs,
    parts: Sequence[NDArray[np.bool_]],
    numbers: NDArray[np.float64],
    wanted: Sequence[float] | NDArray[np.float64],
) -> None:
    for part, number, taken in zip(parts, numbers, wanted, strict=True):
        if number > 0:
            left[part] *= taken / number


if __name__ == "__main__":
    main()
