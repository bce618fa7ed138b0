"""Answers that do not come from looking: always the same one, or a cycle of them.

Both are tests against what honest moderators would have said to the same faces, so neither a
question to which almost all faces have one answer nor faces that come sorted make anybody a
suspect.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from curation.moderation.quality.table import Codes

HONEST = (0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999, 1.0)  # accuracies of honest moderators
CHANCE = 1e-5  # how rarely an honest moderator may be suspected; there are many looks
EXPECTED = 4.0  # other answers that were due before always the same one is a sign
FEWEST = 20  # answers before a cycle is looked for
REPEATED = 0.95  # of the answers, in a cycle
LAGS = (1, 2, 3, 4)


def always_the_same(value: Codes, probability: NDArray[np.float64]) -> int | None:
    """Return the value that one moderator always gives, where looking does not explain it.

    `value` is a code per vote, `probability` (votes × values) what the others' votes make of each
    face. At most one answer in fifty may differ. The chance that an honest moderator says the
    value to all these faces is Π (a·P_i + (1 - a)·(1 - P_i) / (K - 1)), for the accuracy a that
    speaks best for the moderator.
    """
    if not len(value):
        return None
    values = probability.shape[1]
    counts = np.bincount(value, minlength=values)
    usual = int(counts.argmax())
    others = len(value) - int(counts[usual])
    of_usual = np.sort(probability[:, usual])
    if others > len(value) / 50 or (1 - of_usual).sum() < EXPECTED:
        return None
    # Of the answers that differ, leave out those that were the least likely to be the usual one.
    of_usual = of_usual[others:]
    chance = max(
        float(np.log(a * of_usual + (1 - a) * (1 - of_usual) / (values - 1) + 1e-300).sum())
        for a in HONEST
    )
    return usual if chance < math.log(CHANCE) else None


def cycle(
    value: Codes, probability: NDArray[np.float64], *, lags: tuple[int, ...] = LAGS
) -> int | None:
    """Return after how many answers one moderator's answers repeat, in the order of time.

    For a lag L the answers that equal the one L before are counted. Independent answers with the
    same shares p_v would repeat in Σ p_v² of the cases; to this comes what the faces explain, by
    which the others' likeliest values repeat more often than theirs would. The tail is bounded as
    Chernoff does.
    """
    if len(value) < FEWEST or (value == value[0]).all():
        return None
    by_others = probability.argmax(1)
    for lag in lags:
        seen = _repeats(value, lag)
        by_faces = max(0.0, _repeats(by_others, lag) - _by_chance(by_others))
        expected = _by_chance(value) + by_faces
        if seen >= REPEATED and _tail(seen, expected, len(value) - lag) < CHANCE:
            return lag
    return None


def _repeats(value: Codes, lag: int) -> float:
    return float((value[lag:] == value[:-lag]).mean())


def _by_chance(value: Codes) -> float:
    return float(((np.bincount(value) / len(value)) ** 2).sum())


def _tail(share: float, mean: float, number: int) -> float:
    """Return a bound of P(at least this share of `number` events with this mean chance)."""
    if share <= mean:
        return 1.0
    if share >= 1:
        return mean**number
    divergence = share * math.log(share / mean)
    divergence += (1 - share) * math.log((1 - share) / (1 - mean))
    return math.exp(-number * divergence)
