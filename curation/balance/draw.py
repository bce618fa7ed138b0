"""The draw: which candidates of a cell are taken, in a seeded order that others joining keep."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Order = Literal["best", "random"]
AT_ONCE = 100_000  # names
SURE_STEP = 0.01  # probabilities nearer to each other than this count as equal


def draw(
    candidates: pd.DataFrame,
    places: NDArray[np.int64],
    taken: NDArray[np.int64],
    seed: int,
    order: Order = "best",
) -> NDArray[np.bool_]:
    """Take from each cell the planned number of candidates.

    Who was in the last version comes first, so that a growing pool drops nobody whom the plan
    still has room for. Then, with "best": another subject before a second photograph of one, then
    the surest verdict (gender and age together), then the best quality; with "random", and
    between equals, a hash of seed and `sample_id`. The order of the rows plays no part.

    Args:
        candidates: rows with `sample_id`, `subject`, `gender_probability`, `age_probability` and,
            where it is known, `quality` (0 to 1) and `before` (whether it was in the last version).
        places: the cell of each candidate, (N,); -1 takes none.
        taken: photographs to take from each cell, (C,).
        seed: what the order follows from.
        order: "best" or "random".

    Returns:
        Which candidates are taken, (N,).
    """
    quota = np.r_[taken, 0].astype(np.int32)  # of each cell; -1 is the last
    there = np.bincount(places[places >= 0], minlength=len(taken))
    whole = quota >= np.r_[there, 1]
    chosen: NDArray[np.bool_] = whole[places]
    # Only where some are taken and some are not does the order matter.
    ranked = np.flatnonzero((~whole & (quota > 0))[places])
    if len(ranked):
        keys = _keys(candidates, seed, order)
        if order == "best":
            open_to = (quota > 0)[places]
            keys.insert(1, _repeats(candidates["subject"], open_to, [~chosen, *keys]))
        cells = places[ranked].astype(np.int32)
        rank = _rank_in(cells, [key[ranked] for key in keys])
        chosen[ranked[rank < quota[cells]]] = True
    return chosen


def cap(
    candidates: pd.DataFrame,
    column: str,
    most: int,
    seed: int,
    order: Order = "best",
) -> pd.DataFrame:
    """Keep at most `most` candidates of each value of `column`, by the order of the draw.

    Rows without a value are all kept: nobody knows that they belong together.
    """
    codes, found = pd.factorize(candidates[column])
    crowded = np.r_[np.bincount(codes[codes >= 0], minlength=len(found)) > most, False]
    ranked = np.flatnonzero(crowded[codes])
    if not len(ranked):
        return candidates
    keys = _keys(candidates.iloc[ranked], seed, order)
    rank = _rank_in(codes[ranked], keys)
    kept = np.ones(len(candidates), dtype=bool)
    kept[ranked[rank >= most]] = False
    return candidates[kept].reset_index(drop=True)


def _repeats(
    subjects: pd.Series, open_to: NDArray[np.bool_], keys: Sequence[NDArray[Any]]
) -> NDArray[np.int32]:
    """Return which photograph of its subject each is, (N,) from 0, among those `open_to` be taken.

    Those that are taken in any case come first in `keys`, then the best ones.
    """
    wide, found = pd.factorize(subjects)
    codes = wide.astype(np.int32)
    del wide
    several = np.bincount(codes[open_to], minlength=len(found)) > 1
    rows = np.flatnonzero(open_to & several[codes])
    repeat = np.zeros(len(codes), dtype=np.int32)
    repeat[rows] = _rank_in(codes[rows], [key[rows] for key in keys])
    return repeat


def _keys(candidates: pd.DataFrame, seed: int, order: Order) -> list[NDArray[Any]]:
    """Return what decides between candidates, (N,) each, the weightiest first; less is better."""
    before = candidates.get("before", pd.Series(False, candidates.index))
    keys: list[NDArray[Any]] = [~before.to_numpy(dtype=bool)]
    if order == "best":
        sure = candidates["gender_probability"] * candidates["age_probability"]
        steps = sure.to_numpy(dtype=np.float64) / SURE_STEP
        keys.append(-np.round(steps, out=steps).astype(np.int16))
        if "quality" in candidates:
            quality = candidates["quality"].to_numpy(dtype=np.float32)
            keys.append(-np.where(np.isnan(quality), np.float32(0), quality))
    return [*keys, chances(seed, candidates["sample_id"])]


def chances(seed: int, names: pd.Series) -> NDArray[np.uint64]:
    """Return a uniform 64-bit number for each sample, which follows from it and the seed alone.

    SipHash-2-4 (J.-P. Aumasson and D. J. Bernstein, INDOCRYPT 2012) of the name, under the seed.
    """
    key = hashlib.blake2b(f"draw:{seed}".encode(), digest_size=8).hexdigest()
    found = np.empty(len(names), dtype=np.uint64)
    for start in range(0, len(names), AT_ONCE):  # as Python's texts they take much memory
        values = names.iloc[start : start + AT_ONCE].to_numpy(dtype=object)
        found[start : start + AT_ONCE] = pd.util.hash_array(values, hash_key=key, categorize=False)
    return found


def _rank_in(groups: NDArray[Any], keys: Sequence[NDArray[Any]]) -> NDArray[np.int32]:
    """Return the place, from 0, of each row among those of its group, by the keys."""
    order = np.lexsort([*reversed(keys), groups])
    sorted_groups = groups[order]
    starts = np.flatnonzero(np.r_[True, sorted_groups[1:] != sorted_groups[:-1]])
    place = np.arange(len(groups), dtype=np.int32)
    place -= np.repeat(starts.astype(np.int32), np.diff(starts, append=len(groups)))
    rank = np.empty_like(place)
    rank[order] = place
    return rank
