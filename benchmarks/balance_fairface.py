"""Balance the whole FairFace table to equal race x gender and to the ages of social networks.

Read are both published label tables (97,698 rows), with the age groups that a spreadsheet turned
into dates repaired, and counted. Targets: the seven races times two genders equal, a fourteenth
each; ages as the shipped preset `social` has them, its bins spread evenly over their years to fit
FairFace's nine groups (65+ over 65 to 79), and children of 0 to 9, who have no accounts, a tenth.

The plan's bound is held against OR-tools: the same programme written down anew from the rows of the
table, without any of the plan's code, solved by GLOP (simplex) and by PDLP (first order).

Run: `python benchmarks/balance_fairface.py FOLDER`, the folder of the two published CSV files.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
from ortools.linear_solver import pywraplp
from rich.console import Console
from rich.table import Table

from curation.balance.age_bins import parse_bin
from curation.balance.cells import cells_of
from curation.balance.plan import Plan, make_plan
from curation.balance.raking import weights
from curation.balance.tables import preset
from curation.balance.targets import Target
from training.bench.protocols.fairface import FairFaceProtocol

BINS = {
    (0, 2): "0-2", (3, 9): "3-9", (10, 19): "10-19", (20, 29): "20-29", (30, 39): "30-39",
    (40, 49): "40-49", (50, 59): "50-59", (60, 69): "60-69", (70, 130): "70+",
}  # fmt: skip
CHILDREN = {"0-2": 0.03, "3-9": 0.07}
OLDEST = 79  # years over which 65+ is spread
Row = tuple[str, str, str]  # race, age group, gender


def main() -> None:
    """Print what was repaired, the plan, and what two other solvers say."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    console, rows = Console(), Counter[Row]()
    for split in ("train", "validation"):
        protocol = FairFaceProtocol(folder, split)
        told = protocol.describe()
        console.print(
            f"{split}: {told['rows']} rows, ages damaged by a spreadsheet and repaired: "
            f"{protocol.repaired.total():,} ({told['ages damaged by a spreadsheet and repaired']})"
        )
        for sample in protocol.samples():
            assert sample.age_interval is not None
            group = BINS[int(sample.age_interval[0]), int(sample.age_interval[1])]
            rows[str(sample.race), group, str(sample.gender)] += 1
    ages = social_ages()
    frame = pd.DataFrame(
        [(*row, n) for row, n in rows.items()], columns=["race", "age", "gender", "number"]
    )
    cells = cells_of(frame, ["race", "age", "gender"])
    targets = [Target(("race", "gender"), equal=True), Target(("age",), shares=ages)]
    started = time.perf_counter()
    plan = make_plan(cells, targets)
    seconds = time.perf_counter() - started
    console.print(_shares(cells_column(plan, "age"), plan, ages))
    console.print(
        f"plan: {plan.total:,} of {rows.total():,} photographs in {len(cells)} cells, "
        f"{seconds:.2f} s; bound {plan.bound:,.6f}, gap {plan.gap:.1e}, worst deviation "
        f"{plan.worst_deviation:.1e}, {len(plan.relaxed)} targets gave way"
    )
    for solver in ("GLOP", "PDLP"):
        bound = by_or_tools(rows, ages, solver)
        console.print(
            f"OR-tools {solver}: {bound:,.6f} ({abs(bound / plan.bound - 1):.1e} from the plan's)"
        )
    raked = weights(cells, targets)
    console.print(
        f"weights instead: worth {raked.effective:,.0f} of {rows.total():,}, from "
        f"{raked.weights.min():.3g} to {raked.weights.max():.3g} {raked.unmet}"
    )


def social_ages() -> dict[str, float]:
    """Return the preset `social` in FairFace's groups, with a tenth of children."""
    years = np.zeros(OLDEST + 1)
    for written, share in preset("age", "social").items():
        first, last = parse_bin(written).first, min(parse_bin(written).last, OLDEST)
        years[first : last + 1] += share / (last - first + 1)
    years[:10] = 0
    years *= (1 - sum(CHILDREN.values())) / years.sum()
    adults = {
        name: float(years[first : last + 1].sum())
        for (first, last), name in BINS.items()
        if name not in CHILDREN
    }
    return CHILDREN | adults


def by_or_tools(rows: Counter[Row], ages: dict[str, float], name: str) -> float:
    """Return the largest total that another solver finds."""
    solver = pywraplp.Solver.CreateSolver(name)
    if name == "PDLP":
        solver.SetSolverSpecificParametersAsString(
            "termination_criteria { simple_optimality_criteria "
            "{ eps_optimal_absolute: 1e-9 eps_optimal_relative: 1e-9 } }"
        )
    total = solver.NumVar(0, solver.infinity(), "total")
    taken = {row: solver.NumVar(0, number, "") for row, number in rows.items()}
    solver.Add(solver.Sum(list(taken.values())) == total)
    groups = {(race, gender) for race, _, gender in rows}
    for group in groups:
        of_group = [x for (race, _, gender), x in taken.items() if (race, gender) == group]
        solver.Add(solver.Sum(of_group) == total * (1 / len(groups)))
    for age, share in ages.items():
        solver.Add(solver.Sum([x for row, x in taken.items() if row[1] == age]) == total * share)
    solver.Maximize(total)
    assert solver.Solve() == pywraplp.Solver.OPTIMAL
    return float(solver.Objective().Value())


def cells_column(plan: Plan, attribute: str) -> pd.DataFrame:
    """Return candidates and photographs for each value of an attribute."""
    return plan.frame().groupby(attribute)[["available", "planned"]].sum()


def _shares(sums: pd.DataFrame, plan: Plan, wanted: dict[str, float]) -> Table:
    table = Table()
    for column in ("age", "candidates", "share", "target", "taken", "share "):
        table.add_column(column, justify="left" if column == "age" else "right")
    for value in wanted:
        there, taken = int(sums["available"][value]), int(sums["planned"][value])
        table.add_row(
            value,
            f"{there:,}",
            f"{there / sums['available'].sum():.2%}",
            f"{wanted[value]:.2%}",
            f"{taken:,}",
            f"{taken / plan.total:.2%}",
        )
    return table


if __name__ == "__main__":
    main()
