"""Plan a balanced dataset from ten million candidates, beside the usual ways of balancing.

A pool is drawn with skewed, correlated attributes and empty cells: 50 countries x 7 races x 9 age
bins x 2 genders. Targets: as many women as men in every country, countries nearer to each other
than they are in the pool, a given age curve, no race below 5 %. Three ways meet them:

- the plan (a linear programme, then whole photographs), as `curate balance` makes it,
- iterative proportional fitting of weights, then rejection sampling by weight,
- undersampling for one attribute after the other, each to its exact shares.

Run: `python benchmarks/balance.py [--candidates 10000000] [--seed 1] [--rounds 5]`
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from curation.balance.cells import Cells, cells_of
from curation.balance.plan import make_plan
from curation.balance.programme import Share
from curation.balance.rounding import missed_by
from curation.balance.targets import Target

AGES = ("0-2", "3-9", "10-19", "20-29", "30-39", "40-49", "50-59", "60-69", "70+")
AGE_CURVE = (0.03, 0.05, 0.14, 0.27, 0.2, 0.13, 0.09, 0.06, 0.03)
GENDERS = ("female", "male")
RACE_FLOOR = 0.05
FITS = 200  # rounds of iterative proportional fitting


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--candidates", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    cells = pool(options.candidates, options.seed)
    targets = targets_for(cells)
    seconds = []
    for _ in range(options.rounds):
        started = time.perf_counter()
        plan = make_plan(cells, targets)
        seconds.append(time.perf_counter() - started)
    rows = list(plan.shares)
    table = Table(title=f"{options.candidates:,} candidates in {len(cells):,} cells")
    for column in ("way", "kept", "of the pool", "worst deviation", "gap to the bound", "seconds"):
        table.add_column(column, justify="left" if column == "way" else "right")
    ways = {
        "the plan": (plan.taken.astype(float), f"{statistics.median(seconds):.2f}"),
        "weights, then rejection": (rejection(cells, rows), ""),
        "one attribute after another": (one_after_another(cells, rows), ""),
    }
    for name, (taken, took) in ways.items():
        total = taken.sum()
        worst = max(missed_by(taken, row) for row in rows) / total  # type: ignore[arg-type]
        gap = f"{1 - total / plan.bound:.2e}" if name == "the plan" else ""
        ratio = (
            f"{total:,.0f} ({plan.total / total:.1f} x fewer)" if took == "" else f"{total:,.0f}"
        )
        share = f"{total / cells.available.sum():.1%}"
        table.add_row(name, ratio, share, f"{worst:.1e}", gap, took)
    Console().print(table)


def pool(candidates: int, seed: int) -> Cells:
    """Return the cells of a skewed pool whose attributes go together, some cells empty."""
    random = np.random.default_rng(seed)
    countries = 1 / np.arange(1, 51) ** 1.1
    races = random.dirichlet(np.full(7, 0.25), size=50)
    ages = random.dirichlet(4 * np.array([1, 1.5, 4, 9, 6, 3, 2, 1, 0.5]), size=50)
    women = random.beta(6, 6, size=(50, 9))
    chance = (
        countries[:, None, None, None]
        * races[:, :, None, None]
        * ages[:, None, :, None]
        * np.stack([women, 1 - women], axis=-1)[:, None]
        * np.exp(random.normal(0, 0.7, (50, 7, 9, 2)))
    )
    numbers = random.multinomial(candidates, (chance / chance.sum()).ravel())
    place = np.indices(chance.shape).reshape(4, -1)
    frame = pd.DataFrame(
        {
            "country": [f"C{code:02d}" for code in place[0]],
            "race": [f"R{code}" for code in place[1]],
            "age": [AGES[code] for code in place[2]],
            "gender": [GENDERS[code] for code in place[3]],
            "number": numbers,
        }
    )
    return cells_of(frame, ["country", "race", "age", "gender"])


def targets_for(cells: Cells) -> list[Target]:
    """Return the four targets of this benchmark."""
    values = cells.values[cells.attributes.index("country")]
    wanted = {value: cells.available[cells.where(country=value)].sum() ** 0.6 for value in values}
    total = sum(wanted.values())
    return [
        Target(("gender",), within="country", equal=True),
        Target(("country",), shares={name: number / total for name, number in wanted.items()}),
        Target(("age",), shares=dict(zip(AGES, AGE_CURVE, strict=True))),
        Target(("race",), floors=dict.fromkeys(cells.values[1], RACE_FLOOR)),
    ]


def rejection(cells: Cells, rows: list[Share]) -> NDArray[np.float64]:
    """Return the expected photographs of weights by IPF and rejection by weight / largest one."""
    weights = np.ones(len(cells))
    for _ in range(FITS):
        for row in rows:
            mass = weights * cells.available
            scope = mass.sum() if row.within is None else mass[row.within].sum()
            inside = row.of.astype(bool)
            share = mass[inside].sum() / scope
            wanted = min(max(share, row.low), row.high)
            if 0 < share < 1 and wanted not in (share, 0.0):
                others = ~inside if row.within is None else row.within & ~inside
                weights[inside] *= wanted / share
                weights[others] *= (1 - wanted) / (1 - share)
    kept: NDArray[np.float64] = cells.available * weights / weights[cells.available > 0].max()
    return kept


def one_after_another(cells: Cells, rows: list[Share]) -> NDArray[np.float64]:
    """Return the photographs left when each target in turn is met by taking away."""
    left = cells.available.astype(float)
    for name in dict.fromkeys(row.target for row in rows):
        group = [row for row in rows if row.target == name]
        scope = group[0].within if group[0].within is not None else np.ones(len(cells), bool)
        if all(row.high == 1.0 for row in group):  # floors: the others make room
            for row in group:
                inside = row.of.astype(bool)
                if row.low > 0 and left[inside].sum() < row.low * left[scope].sum():
                    others = scope & ~inside
                    left[others] *= (
                        left[inside].sum() * (1 - row.low) / row.low / left[others].sum()
                    )
            continue
        size = min(left[row.of.astype(bool)].sum() / row.low for row in group if row.low > 0)
        for row in group:
            inside = row.of.astype(bool)
            if (there := left[inside].sum()) > 0:
                left[inside] *= row.low * size / there
    return left


if __name__ == "__main__":
    main()
