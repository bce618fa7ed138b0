"""Bootstrap resamples clustered by subject, and the sums of every group in each of them.

A resample draws as many subjects as there are, with replacement, and takes all samples of each
drawn subject (A. Davison and D. Hinkley, "Bootstrap methods and their application", 1997, section
3.8). Nothing is copied: how often each subject was drawn weighs its samples' terms. Resamples are
worked on in lanes of 64, side by side in the innermost loops, on one core; the additions are in a
fixed order, so the same seed gives the same bits.
"""

from __future__ import annotations

from collections.abc import Iterator

import numba
import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Indexes = NDArray[np.int64]
Weights = NDArray[np.uint8]  # (S, LANES): how often each subject was drawn, per resample

LANES = 64
BLOCK = 32  # samples that the median looks through at once
MOST_DRAWS = 255
CONFIDENCE = 0.95


def draw_weights(subjects: int, resamples: int, seed: int) -> Iterator[tuple[int, Weights]]:
    """Yield (n, weights): the next n ≤ `LANES` resamples, each column from a seed of its own.

    The first column of all is no resample: every subject once, which gives the figures themselves.
    Columns after the n-th are zero.
    """
    for start in range(0, resamples + 1, LANES):
        count = min(LANES, resamples + 1 - start)
        weights = np.zeros((subjects, LANES), dtype=np.uint8)
        for lane in range(count):
            if start + lane == 0:
                weights[:, 0] = 1
                continue
            random = np.random.default_rng((seed, start + lane))
            drawn = random.integers(0, subjects, subjects, dtype=np.int32)
            times = np.bincount(drawn, minlength=subjects)
            weights[:, lane] = np.minimum(times, MOST_DRAWS)
        yield count, weights


@numba.njit(cache=True)
def group_sums(
    matrix: Numbers,
    subject: Indexes,
    cell_start: Indexes,
    cell_groups: Indexes,
    weights: Weights,
    sums: Numbers,
) -> None:
    """Set `sums` (G, K, LANES) to Σ weight · term over the samples of each group.

    `matrix` (N, K) and `subject` (N,) are in the order of cells; cell c is the samples
    cell_start[c] … cell_start[c + 1] - 1, and belongs to the groups cell_groups[c] (those ≥ 0).
    """
    columns = matrix.shape[1]
    total = np.empty((columns, LANES))
    weight = np.empty(LANES)
    sums[:] = 0.0
    for cell in range(len(cell_start) - 1):
        total[:] = 0.0
        for row in range(cell_start[cell], cell_start[cell + 1]):
            drawn = weights[subject[row]]
            for lane in range(LANES):
                weight[lane] = drawn[lane]
            for column in range(columns):
                term = matrix[row, column]
                if term != 0.0:
                    for lane in range(LANES):
                        total[column, lane] += term * weight[lane]
        for family in range(cell_groups.shape[1]):
            group = cell_groups[cell, family]
            if group >= 0:
                for column in range(columns):
                    for lane in range(LANES):
                        sums[group, column, lane] += total[column, lane]


@numba.njit(cache=True)
def group_medians(
    values: Numbers,
    subject: Indexes,
    start: Indexes,
    weights: Weights,
    total: Numbers,
    medians: Numbers,
) -> None:
    """Set `medians` (G, LANES) to the weighted medians of each group; NaN where nothing was drawn.

    `values` are the groups' samples one group after the other, rising within each; group g is
    start[g] … start[g + 1] - 1, of whom `total` (G, LANES) are drawn. The median of weighted
    values is that of the list in which each stands as often as it was drawn: between the two
    middle ones of an even number, their mean.
    """
    passed = np.empty(LANES, dtype=np.int64)
    before = np.empty(LANES, dtype=np.int64)
    for group in range(len(start) - 1):
        first, last = start[group], start[group + 1]
        passed[:] = 0
        for lane in range(LANES):
            medians[group, lane] = np.nan
        for block in range(first, last, BLOCK):
            end = min(block + BLOCK, last)
            before[:] = passed
            for row in range(block, end):
                drawn = weights[subject[row]]
                for lane in range(LANES):
                    passed[lane] += drawn[lane]
            for lane in range(LANES):
                if 2 * before[lane] < total[group, lane] <= 2 * passed[lane]:
                    seen = before[lane]
                    row = block
                    while True:
                        seen += weights[subject[row], lane]
                        if 2 * seen >= total[group, lane]:
                            break
                        row += 1
                    middle = values[row]
                    if 2 * seen == total[group, lane]:
                        row += 1
                        while weights[subject[row], lane] == 0:
                            row += 1
                        middle = 0.5 * (middle + values[row])
                    medians[group, lane] = middle


@numba.njit(cache=True)
def group_areas(
    scores: Numbers,
    female: NDArray[np.bool_],
    subject: Indexes,
    start: Indexes,
    weights: Weights,
    areas: Numbers,
) -> None:
    """Set `areas` (G, LANES) to the weighted areas under the ROC curve; NaN without both genders.

    Samples as in `group_medians`, rising by score within each group.
    """
    men = np.empty(LANES)
    women = np.empty(LANES)
    tied_men = np.empty(LANES)
    tied_women = np.empty(LANES)
    above = np.empty(LANES)
    for group in range(len(start) - 1):
        row, last = start[group], start[group + 1]
        men[:] = 0.0
        women[:] = 0.0
        above[:] = 0.0
        while row < last:
            end = row + 1
            while end < last and scores[end] == scores[row]:
                end += 1
            if end == row + 1:
                drawn = weights[subject[row]]
                if female[row]:
                    for lane in range(LANES):
                        women[lane] += drawn[lane]
                        above[lane] += drawn[lane] * men[lane]
                else:
                    for lane in range(LANES):
                        men[lane] += drawn[lane]
            else:
                tied_men[:] = 0.0
                tied_women[:] = 0.0
                for tied in range(row, end):
                    drawn = weights[subject[tied]]
                    if female[tied]:
                        for lane in range(LANES):
                            tied_women[lane] += drawn[lane]
                    else:
                        for lane in range(LANES):
                            tied_men[lane] += drawn[lane]
                for lane in range(LANES):
                    above[lane] += tied_women[lane] * (men[lane] + 0.5 * tied_men[lane])
                    men[lane] += tied_men[lane]
                    women[lane] += tied_women[lane]
            row = end
        for lane in range(LANES):
            pairs = women[lane] * men[lane]
            areas[group, lane] = above[lane] / pairs if pairs > 0 else np.nan


@numba.njit(cache=True)
def count_subjects(
    flags: NDArray[np.bool_], group: Indexes, subject: Indexes, counts: Indexes
) -> None:
    """Add to `counts` (G, D) the subjects with a flagged sample, per column of `flags` (N, D).

    `group` and `subject` (N,) are in the order of subjects; the group NO_GROUP is skipped.
    """
    latest = np.full(counts.shape, -1, dtype=np.int64)
    for row in range(len(group)):
        if group[row] >= 0:
            for column in range(flags.shape[1]):
                if flags[row, column] and latest[group[row], column] != subject[row]:
                    latest[group[row], column] = subject[row]
                    counts[group[row], column] += 1


def percentile_bounds(draws: NDArray[np.float32]) -> Numbers:
    """Return the 2.5 and 97.5 percentiles of each row of (G, R), as (G, 2) float64.

    Resamples in which a figure does not exist (NaN) are left out; where they are more than one in
    a hundred, or there is no resample, the ends are NaN.
    """
    ordered = np.sort(draws, axis=1)  # NaN last
    valid = ordered.shape[1] - np.isnan(ordered).sum(axis=1)
    ends = np.full((len(ordered), 2), np.nan)
    rows = np.flatnonzero((valid > 0) & (valid >= 0.99 * ordered.shape[1]))
    for column, share in enumerate(((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2)):
        place = share * (valid[rows] - 1)
        below = np.floor(place).astype(np.int64)
        above = np.ceil(place).astype(np.int64)
        low, high = ordered[rows, below].astype(np.float64), ordered[rows, above]
        ends[rows, column] = low + (place - below) * (high - low)
    return ends
