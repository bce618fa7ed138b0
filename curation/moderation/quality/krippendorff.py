"""Krippendorff's α: how much more moderators agree than chance would have them.

α = 1 - D_o / D_e with the disagreement observed within faces and the one expected of values drawn
at random (Krippendorff, Computing Krippendorff's alpha-reliability, 2011). Any number of votes per
face is allowed; faces with one vote say nothing about agreement and are left out. 1 is perfect, 0
is chance; 0.8 is the customary bar, 0.667 the lowest for cautious conclusions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curation.moderation.quality.table import Codes


def nominal_alpha(face: Codes, value: Codes, faces: int, values: int) -> float | None:
    """Return α for values without an order; None where it is not defined.

    `face` and `value` hold a code for each vote. It is not defined when no face has two votes, or
    all votes are the same.
    """
    counts = np.bincount(face * values + value, minlength=faces * values).reshape(faces, values)
    per_face = counts.sum(1)
    counts, per_face = counts[per_face > 1].astype(float), per_face[per_face > 1].astype(float)
    total = per_face.sum()
    differing = (per_face**2 - (counts**2).sum(1)) / (per_face - 1)
    of_value = counts.sum(0)
    return _alpha(differing.sum(), total**2 - (of_value**2).sum(), total)


def interval_alpha(face: Codes, value: NDArray[np.float64], faces: int) -> float | None:
    """Return α for numbers, whose disagreement is the square of their difference (ages)."""
    per_face = np.bincount(face, minlength=faces).astype(float)
    known = per_face[face] > 1
    face, value = face[known], value[known]
    if not len(value):
        return None
    value = value - value.mean()  # differences stay, rounding errors shrink
    sums = np.bincount(face, value, minlength=faces)
    squares = np.bincount(face, value**2, minlength=faces)
    there = per_face > 1
    per_face, sums, squares = per_face[there], sums[there], squares[there]
    differing = 2 * (per_face * squares - sums**2) / (per_face - 1)
    total = float(len(value))
    expected = 2 * (total * squares.sum() - sums.sum() ** 2)
    return _alpha(differing.sum(), expected, total)


def _alpha(observed: float, expected: float, total: float) -> float | None:
    if total < 2 or expected <= 0:
        return None
    return float(1 - (total - 1) * observed / expected)
