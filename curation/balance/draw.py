"""The draw: which candidates of a cell are taken, by a seeded order that never changes."""

from __future__ import annotations

import hashlib

import pandas as pd

from curation.balance.plan import CELL


def draw(candidates: pd.DataFrame, plan: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Take from each cell of `plan` the planned number of candidates.

    The order within a cell is that of a hash of seed and `sample_id`, so it does not depend on
    the order of the rows, and a candidate keeps its place when others join.

    Args:
        candidates: rows with `sample_id`, `country` and `gender`.
        plan: rows with `country` ("" where it is missing), `gender` and `planned`.
        seed: what the order follows from.

    Returns:
        The candidates taken, sorted by `sample_id`.
    """
    ranked = candidates.assign(
        _country=candidates["country"].fillna(""),
        _order=[draw_order(seed, sample) for sample in candidates["sample_id"]],
    ).sort_values("_order")
    rank = ranked.groupby(["_country", "gender"]).cumcount()
    planned = plan.set_index(CELL)["planned"]
    cells = pd.MultiIndex.from_arrays([ranked["_country"], ranked["gender"]])
    quota = planned.reindex(cells, fill_value=0).to_numpy()
    taken = ranked[rank.to_numpy() < quota].drop(columns=["_country", "_order"])
    return taken.sort_values("sample_id", ignore_index=True)


def draw_order(seed: int, sample_id: str) -> int:
    """Return the place of a sample in the draw with this seed: a uniform 64-bit number."""
    digest = hashlib.blake2b(sample_id.encode(), digest_size=8, key=f"draw:{seed}".encode())
    return int.from_bytes(digest.digest(), "big")
