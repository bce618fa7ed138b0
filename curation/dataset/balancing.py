"""From settings and candidates to the plan: which cells there are, and what each gives."""

from __future__ import annotations

import csv
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from curation.balance.age_bins import bin_labels, parse_bins, refine
from curation.balance.cells import Cells, cells_of
from curation.balance.draw import cap, draw
from curation.balance.plan import Plan, make_plan
from curation.balance.programme import Minimum
from curation.balance.targets import ATTRIBUTES, GENDERS, Target
from curation.dataset.people import Evidence
from curation.dataset.pool import open_pool
from curation.errors import EvenfaceError, InputError, SettingsError
from curation.settings import BalanceMinimum, BalanceSettings, BalanceTarget
from curation.sources.countries import COUNTRIES
from curation.workspace import Workspace

NOBODY = (
    "no face has been confirmed yet; `curate status` shows where they wait, "
    "and `curate pull` brings the moderators' votes"
)


@dataclass(frozen=True, eq=False)
class Balanced:
    """A plan, and the candidates it is for, with the cell of each, (N,) int64."""

    plan: Plan
    candidates: pd.DataFrame
    places: NDArray[np.int64]
    values: pd.DataFrame  # every attribute of each candidate, ages as bins

    def draw(self, seed: int, settings: BalanceSettings, before: Collection[str]) -> pd.DataFrame:
        """Return the candidates that the plan takes, sorted by `sample_id`."""
        return draw(self.candidates, self.places, self.plan.taken, seed, settings.order, before)


def balance(
    candidates: pd.DataFrame,
    settings: BalanceSettings,
    seed: int,
    folder: Path,
    before: Collection[str] = (),
) -> Balanced:
    """Plan the dataset that `settings` ask for.

    Args:
        candidates: as the frame of `curation.dataset.pool.Pool`.
        settings: the section `[balance]`.
        seed: decides which photographs of a subject are left out by `max_per_subject`.
        folder: what paths of target files are relative to.
        before: `sample_id`s of the dataset's last version.

    Raises:
        SettingsError: a target cannot be used.
        InputError: the file of a target cannot be used.
        EvenfaceError: there are too few candidates.
    """
    targets = [read_target(target, folder) for target in settings.targets]
    bins = parse_bins(settings.age_bins)
    for target in targets:
        bins = refine([*bins, *target.age_bins()])
    if settings.max_per_subject:
        candidates = cap(
            candidates, "subject", settings.max_per_subject, seed, settings.order, before
        )
    values = candidates.assign(age=bin_labels(candidates["age"], refine(bins)))
    # Cells are of what the targets speak of and no more: within a cell everybody has the same
    # chance, so what no target speaks of stays as it is among the candidates.
    named = _named(targets, settings.minima)
    counts = values.groupby(list(named), dropna=False).size().reset_index(name="number")
    cells = cells_of(counts, named)
    plan = make_plan(
        cells,
        targets,
        exactly=None if settings.size == "max" else settings.size,
        minima=[_minimum(cells, minimum.of, minimum.number) for minimum in settings.minima],
    )
    return Balanced(plan, candidates, cells.places(values), values[list(ATTRIBUTES)])


def _named(targets: Sequence[Target], minima: Sequence[BalanceMinimum]) -> tuple[str, ...]:
    """Return the attributes that anything is asked of, in their usual order."""
    asked = {name for target in targets for name in (*target.attributes, target.within)}
    asked |= {name for minimum in minima for name in minimum.of}
    return tuple(name for name in ATTRIBUTES if name in asked) or ("gender",)


def plan_balance(workspace: Workspace) -> tuple[Balanced, pd.DataFrame]:
    """Plan and draw with the confirmed faces and the settings of a workspace, whatever gives way.

    Raises:
        EvenfaceError: no face has been confirmed yet.
        UsageError: a target cannot be used.
    """
    settings = workspace.settings
    seed = settings.dataset.seed
    with open_pool(workspace, Evidence(likeness=settings.dataset.likeness)) as pool:
        candidates = pool.frame
    if candidates.empty:
        raise EvenfaceError(NOBODY)
    balanced = balance(candidates, settings.balance, seed, workspace.root)
    return balanced, balanced.draw(seed, settings.balance, ())


def read_target(settings: BalanceTarget, folder: Path) -> Target:
    """Return the target of the settings, its file read, checked.

    Raises:
        SettingsError: it contradicts itself, or names what there is not.
        InputError: its file cannot be used.
    """
    shares = settings.shares
    if settings.file is not None:
        if shares is not None:
            raise SettingsError(
                f"the target {' and '.join(settings.attributes)} gives both shares and a file"
            )
        shares = _shares_in(folder / settings.file)
    target = Target(
        attributes=tuple(settings.attributes),
        within=settings.within,
        shares=shares,
        floors=settings.floors,
        ceilings=settings.ceilings,
        equal=settings.equal,
        tolerance=settings.tolerance,
    )
    target.check()
    for value in target.values_of("country"):
        if value not in COUNTRIES:
            hint = "; the United Kingdom is GB" if value == "UK" else ""
            raise SettingsError(
                f"the target {target.name} names {value!r}, which is no two-letter country code of "
                f"ISO 3166-1{hint}"
            )
    return target


def _shares_in(path: Path) -> dict[str, float]:
    """Read a CSV of value and share, with a heading; shares may be counts: they are normalised."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.reader(file) if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the target file {path} cannot be read: {error}") from None
    shares: dict[str, float] = {}
    for number, row in enumerate(rows[1:], start=2):
        try:
            value, share = row[0].strip(), float(row[1])
        except (IndexError, ValueError):
            raise InputError(f"{path}, row {number}: expected a value and a number") from None
        if not share >= 0:
            raise InputError(f"{path}, row {number}: the share of {value} is negative")
        if value in shares:
            raise InputError(f"{path}, row {number}: {value} stands there twice")
        shares[value] = share
    total = sum(shares.values())
    if not total > 0:
        raise InputError(f"{path} gives no share; write a heading, then rows of value and share")
    return {value: share / total for value, share in shares.items()}


def _minimum(cells: Cells, of: dict[str, str], number: int) -> Minimum:
    found = np.ones(len(cells), dtype=bool)
    for attribute, value in of.items():
        if attribute == "gender" and value not in GENDERS:
            raise SettingsError(f"a balance minimum names the gender {value!r}")
        target = Target((attribute,), floors={value: 0.0})
        target.check()
        found &= target.members(cells, value)
    return Minimum("minimum", " ".join(of.values()), found, number)
