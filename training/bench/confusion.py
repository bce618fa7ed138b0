"""Confusion matrices: what is true against what is said, in counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from training.bench.bins import NO_BIN, AgeBins, BinRule
from training.bench.terms import true_bins

if TYPE_CHECKING:
    import pandas as pd

UNANSWERED = "no answer"


@dataclass(frozen=True, eq=False)
class Confusion:
    """Counts (rows: true, columns: said), with the names of both."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: NDArray[np.int64]


def gender_confusion(truth: pd.DataFrame, predictions: pd.DataFrame) -> Confusion | None:
    """Return true by said gender; None where no gender is known or none is said."""
    female = truth["female"].to_numpy()
    known = np.isfinite(female)
    if not known.any() or predictions["gender"].isna().all():
        return None
    said = predictions["gender"].map({"female": 0, "male": 1}).fillna(2).to_numpy(dtype=np.int64)
    genders = ("female", "male")
    return _count(1 - female[known].astype(np.int64), said[known], genders, genders)


def bin_confusion(
    truth: pd.DataFrame, predictions: pd.DataFrame, bins: AgeBins
) -> Confusion | None:
    """Return true by said age bin, nearest bin rule; None where no age is known or said."""
    own = true_bins(truth, bins, BinRule.nearest)
    said = bins.assign(predictions["age"].to_numpy(), BinRule.nearest)
    known = own != NO_BIN
    if not known.any() or (said == NO_BIN).all():
        return None
    said = np.where(said == NO_BIN, len(bins), said)
    return _count(own[known], said[known], bins.labels, bins.labels)


def _count(
    true: NDArray[np.int64],
    said: NDArray[np.int64],
    rows: tuple[str, ...],
    columns: tuple[str, ...],
) -> Confusion:
    counts = np.zeros((len(rows), len(columns) + 1), dtype=np.int64)
    np.add.at(counts, (true, said), 1)
    if not counts[:, -1].any():
        return Confusion(rows, columns, counts[:, :-1])
    return Confusion(rows, (*columns, UNANSWERED), counts)
