"""Which samples an epoch shows, and in which order: a pure function of seed and epoch.

Nothing is remembered between epochs, so a run resumes from three numbers: the seed, the epoch and
the position in it. `Sampler.batches(epoch, size)[position:]` is what was still to come.

Each way of sampling is a number of times that each sample is shown per epoch, 1.4 times say, and
an epoch always has as many pictures as there are samples (that may be shown). Which samples get
the one more is decided anew each epoch by systematic sampling (Madow and Madow 1944): so over the
epochs nobody is forgotten, and nobody is shown more than once above or below what it is due.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from curation.errors import InputError, SettingsError
from training.choices import Sampling as Sampling

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]

MAX_REPEATS = 4.0


@dataclass(frozen=True, eq=False)
class Sampler:
    """Draws the rows of an epoch.

    `times` (N,) float64 is how often each row is due per epoch; `groups` (N,) int64 are rows that
    are due together: the draws of a group differ from what it is due by less than 1.
    """

    seed: int
    times: Floats
    groups: Rows

    def rows(self, epoch: int) -> Rows:
        """Return the rows of an epoch (from 0), shuffled: int64, about Σ `times` of them."""
        random = np.random.default_rng([self.seed, epoch])
        mixed = random.permutation(len(self.times))
        mixed = mixed[np.argsort(self.groups[mixed], kind="stable")]
        # A comb of points, one apart, laid over the rows' shares side by side.
        ends = np.floor(np.cumsum(self.times[mixed]) + random.uniform(0.01, 0.99))
        counts = np.diff(ends, prepend=0.0).astype(np.int64)
        drawn: Rows = np.repeat(mixed, counts)
        random.shuffle(drawn)
        return drawn

    def batches(self, epoch: int, batch_size: int) -> list[Rows]:
        """Return the rows of an epoch in batches of at most `batch_size`.

        Batches differ in size by at most one: a last batch of one or two pictures would spoil the
        batch statistics, and dropping it would waste a small dataset.
        """
        rows = self.rows(epoch)
        return np.array_split(rows, max(1, -(-len(rows) // batch_size)))


def make_sampler(
    kind: Sampling,
    seed: int,
    ages: Floats,
    weights: Floats | None = None,
    max_repeats: float = MAX_REPEATS,
) -> Sampler:
    """Return the sampler of one split.

    Args:
        kind: how often each sample is shown.
        seed: of all draws.
        ages: (N,) years, NaN where unknown.
        weights: (N,) from 0, the manifest's; needed by `Sampling.weights`.
        max_repeats: how often a sample of a rare age is shown per epoch at most.

    Raises:
        InputError: no sample has a weight above 0, or none has an age, where these decide.
        SettingsError: `max_repeats` is below 1.
    """
    count = len(ages)
    times: Floats = np.ones(count)
    groups: Rows = np.zeros(count, dtype=np.int64)
    if kind is Sampling.weights:
        total = 0.0 if weights is None else float(weights.sum())
        if weights is None or not total > 0:
            raise InputError(
                "no training sample has a weight above 0, so there is nothing to draw by weight; "
                "take --sampler as-is"
            )
        times = weights * (count / total)
    elif kind is Sampling.uniform_age:
        if not np.isfinite(ages).any():
            raise InputError(
                "no training sample has an age, so none can be drawn by age; take --sampler as-is"
            )
        # Samples without an age keep their share: they are a group of their own, each due once.
        groups = np.where(np.isfinite(ages), np.nan_to_num(ages), -1.0).astype(np.int64)
        times = age_times(groups, max_repeats)
    return Sampler(seed, times, groups)


def age_times(years: Rows, max_repeats: float = MAX_REPEATS) -> Floats:
    """Return how often each sample (N,) is due so that each year of age comes up equally often.

    `years` are whole years, negative where unknown; those are due once. There is one level for
    all years: of years with more samples a part is shown (another one each epoch), samples of
    years with fewer are repeated, up to `max_repeats` times. The level is the one at which the
    epoch keeps its length: Σ over years of min(level, max_repeats · samples) = samples.

    Raises:
        SettingsError: `max_repeats` is below 1.
    """
    if not max_repeats >= 1:
        raise SettingsError("--max-repeats must be 1 or more")
    known = years >= 0
    times: Floats = np.ones(len(years))
    _, place, sizes = np.unique(years[known], return_inverse=True, return_counts=True)
    if len(sizes):
        limits: Floats = sizes.astype(np.float64) * max_repeats
        times[known] = (np.minimum(_level(limits, float(sizes.sum())), limits) / sizes)[place]
    return times


def _level(limits: Floats, total: float) -> float:
    """Return the level with Σ min(level, limit) = total; limits (B,), their sum ≥ total."""
    ordered = np.sort(limits)
    below = np.concatenate([[0.0], np.cumsum(ordered)[:-1]])
    levels = (total - below) / np.arange(len(ordered), 0, -1)
    # The first that its own limit does not cut off; the last, where rounding cuts off all.
    return float(levels[min(int(np.sum(levels > ordered)), len(ordered) - 1)])


def batch_generator(seed: int, epoch: int, batch: int) -> torch.Generator:
    """Return the generator (CPU) of everything random about one batch: its views, its colours.

    It depends on nothing that came before, so a resumed run draws what an undisturbed one would.
    """
    state = np.random.SeedSequence([seed, epoch, batch, 1]).generate_state(1, np.uint64)
    return torch.Generator().manual_seed(int(state[0] >> 1))
