"""The draw: which candidates of a cell are taken, in a seeded order that others joining keep."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Order = Literal["best", "random"]
SURE_STEP = 0.01  # probabilities nearer to each other than this count as equal


def draw(
    candidates: pd.DataFrame,
    places: NDArray[np.int64],
    taken: NDArray[np.int64],
    seed: int,
    order: Order = "best",
    before: Collection[str] = (),
) -> pd.DataFrame:
    """Take from each cell the planned number of candidates.

    Who was in the last version comes first, so that a growing pool drops nobody whom the plan
    still has room for. Then, with "best": another subject before a second photograph of one, then
    the surest verdict (gender and age together), then the best quality; with "random", and
    between equals, a hash of seed and `sample_id`. The order of the rows plays no part.

    Args:
        candidates: rows with `sample_id`, `subject`, `gender_probability`, `age_probability` and,
            where it is known, `quality` (0 to 1).
        places: the cell of each candidate, (N,); -1 takes none.
        taken: photographs to take from each cell, (C,).
        seed: what the order follows from.
        order: "best" or "random".
        before: `sample_id`s of the last version.

    Returns:
        The candidates taken, sorted by `sample_id`.
    """
    ranked = _ranked(candidates.assign(_cell=places), seed, order, before)
    ranked = ranked[ranked["_cell"] >= 0]
    rank = ranked.groupby("_cell").cumcount().to_numpy()
    quota = taken[ranked["_cell"].to_numpy()] if len(ranked) else np.empty(0)
    chosen = ranked[rank < quota]
    return chosen[list(candidates.columns)].sort_values("sample_id", ignore_index=True)


def cap(
    candidates: pd.DataFrame,
    column: str,
    most: int,
    seed: int,
    order: Order = "best",
    before: Collection[str] = (),
) -> pd.DataFrame:
    """Keep at most `most` candidates of each value of `column`, by the order of the draw.

    Rows without a value are all kept: nobody knows that they belong together.
    """
    ranked = _ranked(candidates, seed, order, before)
    rank = ranked.groupby(column).cumcount().to_numpy()
    kept = ranked[(rank < most) | ranked[column].isna().to_numpy()]
    return candidates.loc[kept.index.sort_values()].reset_index(drop=True)


def draw_order(seed: int, sample_id: str) -> int:
    """Return the place of a sample in the draw with this seed: a uniform 64-bit number."""
    digest = hashlib.blake2b(sample_id.encode(), digest_size=8, key=f"draw:{seed}".encode())
    return int.from_bytes(digest.digest(), "big")


def _ranked(
    candidates: pd.DataFrame, seed: int, order: Order, before: Collection[str]
) -> pd.DataFrame:
    chance = np.array([draw_order(seed, one) for one in candidates["sample_id"]], dtype=np.uint64)
    ranked = candidates.assign(_new=~candidates["sample_id"].isin(list(before)), _chance=chance)
    keys = ["_new", "_chance"]
    if order == "best":
        sure = candidates["gender_probability"] * candidates["age_probability"]
        quality = candidates.get("quality", 0.0)
        ranked["_unsure"] = -(sure / SURE_STEP).round()
        ranked["_bad"] = -pd.Series(quality, index=ranked.index, dtype=float).fillna(0.0)
        ranked = ranked.sort_values(["_new", "_unsure", "_bad", "_chance"])
        # Which photograph of its subject this is: all first ones go before all second ones.
        ranked["_repeat"] = ranked.groupby("subject").cumcount()
        keys = ["_new", "_repeat", "_unsure", "_bad", "_chance"]
    return ranked.sort_values(keys)
