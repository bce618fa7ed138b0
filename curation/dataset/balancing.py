"""From settings and candidates to the plan: which cells there are, and what each gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from curation.balance.age_bins import AgeBin, bin_codes, parse_bin, parse_bins, refine
from curation.balance.cells import Cells, cut
from curation.balance.draw import cap, draw
from curation.balance.plan import Plan, make_plan, weigh
from curation.balance.programme import Minimum
from curation.balance.tables import race_composition
from curation.balance.targets import ATTRIBUTES, Target
from curation.dataset.people import Evidence
from curation.dataset.pool import open_pool
from curation.dataset.target_settings import KnownLabels, check_values, read_target
from curation.errors import EvenfaceError, SettingsError
from curation.settings import BalanceMinimum, BalanceSettings
from curation.workspace import Workspace

NOBODY = (
    "no face has been confirmed yet; `curate status` shows where they wait, "
    "and `curate pull` brings the moderators' votes"
)


@dataclass(frozen=True, eq=False)
class Balanced:
    """A plan, and the candidates it is for, with the cell of each, (N,) int64.

    `values` has every attribute of each candidate, as categories, ages in bins. `notices` are
    sentences that whoever asked for the plan should read.
    """

    plan: Plan
    candidates: pd.DataFrame
    places: NDArray[np.int64]
    values: pd.DataFrame
    notices: tuple[str, ...] = ()
    by_country: bool = False  # the people of a country stand for unknown races

    @property
    def weights(self) -> NDArray[np.float64]:
        """What each candidate counts for in the sampler, (N,): 1 for all unless they are weighed.

        With weights the mean is 1, and candidates with 0 are not in the dataset.
        """
        per_cell: NDArray[np.float64] = np.append(self.plan.weights, 0.0)  # -1 is the last
        return per_cell[self.places]

    def draw(self, seed: int, settings: BalanceSettings) -> NDArray[np.bool_]:
        """Return which candidates the plan takes, (N,)."""
        return draw(self.candidates, self.places, self.plan.taken, seed, settings.order)


def balance(
    candidates: pd.DataFrame,
    settings: BalanceSettings,
    seed: int,
    folder: Path,
) -> Balanced:
    """Plan the dataset that `settings` ask for.

    Args:
        candidates: as the frame of `curation.dataset.pool.Pool`, and, where there is a last version
            of the dataset, `before` (whether it was in that).
        settings: the section `[balance]`.
        seed: decides which photographs of a subject or author are left out by a cap.
        folder: what paths of target files are relative to.

    Raises:
        SettingsError: a target cannot be used.
        InputError: the table of a target cannot be used.
        EvenfaceError: there are too few candidates.
    """
    if settings.mode == "weights" and settings.size != "max":
        raise SettingsError(
            'balance.mode = "weights" keeps every photograph; leave balance.size at "max", or draw'
        )
    for column, most in (
        ("subject", settings.max_per_subject),
        ("author", settings.max_per_author),
    ):
        if most:
            candidates = cap(candidates, column, most, seed, settings.order)
    pool = KnownLabels(_labels(candidates), settings.race_from)
    targets = [read_target(target, folder, pool) for target in settings.targets]
    bins = [one for target in targets for one in target.age_bins()]
    bins += [parse_bin(minimum.of["age"]) for minimum in settings.minima if "age" in minimum.of]
    values = _values(candidates, refine(bins or parse_bins(settings.age_bins)))
    # Cells are of what the targets speak of and no more: within a cell everybody has the same
    # chance, so what no target speaks of stays as it is among the candidates.
    cells, places = cut(values, _named(targets, settings.minima, pool))
    if settings.mode == "weights":
        plan = weigh(cells, targets, settings.weight_limits)
    else:
        minima = [_minimum(cells, minimum, pool) for minimum in settings.minima]
        exactly = None if settings.size == "max" else settings.size
        plan = make_plan(cells, targets, exactly=exactly, minima=minima)
    return Balanced(plan, candidates, places, values, tuple(pool.notices), pool.by_country)


def _labels(candidates: pd.DataFrame) -> dict[str, list[str]]:
    found = {
        name: sorted(str(value) for value in pd.unique(candidates[name].dropna()))
        for name in ("country", "race", "gender")
    }
    return found | {"age": ["known"] if len(candidates) else []}


def _values(candidates: pd.DataFrame, bins: Sequence[AgeBin]) -> pd.DataFrame:
    """Return the attributes of the candidates as categories, which take a byte or two each."""
    ages = pd.Categorical.from_codes(
        bin_codes(candidates["age"], bins), categories=pd.Index([str(one) for one in bins])
    )
    others = {name: pd.Categorical(candidates[name]) for name in ATTRIBUTES if name != "age"}
    return pd.DataFrame({name: ages if name == "age" else others[name] for name in ATTRIBUTES})


def _named(
    targets: Sequence[Target], minima: Sequence[BalanceMinimum], pool: KnownLabels
) -> tuple[str, ...]:
    """Return the attributes that anything is asked of, in their usual order."""
    asked = {name for target in targets for name in (*target.attributes, target.within)}
    asked |= {name for minimum in minima for name in minimum.of}
    if pool.by_country and "race" in asked:
        asked.add("country")
    return tuple(name for name in ATTRIBUTES if name in asked) or ("gender",)


def plan_balance(
    workspace: Workspace, mode: Literal["draw", "weights"] | None = None
) -> tuple[Balanced, NDArray[np.bool_]]:
    """Plan and draw with the confirmed faces and the settings of a workspace, whatever gives way.

    `mode` goes before that of the settings.

    Raises:
        EvenfaceError: no face has been confirmed yet.
        UsageError: a target cannot be used.
    """
    settings = workspace.settings
    wanted = settings.balance.model_copy(update={"mode": mode} if mode else {})
    seed = settings.dataset.seed
    with open_pool(workspace, Evidence(likeness=settings.dataset.likeness)) as pool:
        candidates = pool.frame
    if candidates.empty:
        raise EvenfaceError(NOBODY)
    balanced = balance(candidates, wanted, seed, workspace.root)
    return balanced, balanced.draw(seed, wanted)


def _minimum(cells: Cells, minimum: BalanceMinimum, pool: KnownLabels) -> Minimum:
    of = np.ones(len(cells))
    for attribute, value in minimum.of.items():
        composition = race_composition() if attribute == "race" and pool.by_country else None
        target = Target((attribute,), floors={value: 0.0}, composition=composition)
        target.check()
        check_values(target, pool)
        of *= target.members(cells, value)
    return Minimum("minimum", " ".join(minimum.of.values()), of, minimum.number)
