"""How a Hamming join divides the 64 bits, and how far it looks in each part.

The general pigeonhole principle (J. Qin et al., "GPH: similarity search in Hamming space", ICDE
2018): let the bits be divided into parts with thresholds t, the sum of all t + 1 being r + 1. Two
hashes within r bits then differ in at most t bits of at least one part. So it is enough to
compare, part by part, the hashes whose bits there lie within t of each other. Cheap is a plan in
which that concerns few of them: real hashes are far from evenly spread, so the cost of every part
and threshold is counted on the hashes themselves, and thresholds go to where they cost least. A
part may get -1, and is then not looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

from curation.dedup.join_kernels import Hashes, key_counts, rearrange

PARTS = (4, 5, 6, 8)  # numbers of parts that are tried; 16 bits and less in each
WIDEST_LOOK = 3  # bits that may differ in one part
SAMPLE = 100_000  # hashes on which plans are compared
FEW_COMPARISONS = 1 << 22  # so few are quicker made than planned
# What finding a bucket costs, in comparisons of two hashes.
BUCKET_COST = 6.0


@dataclass(frozen=True)
class Part:
    """`width` bits from `shift` on, compared within `threshold` bits."""

    shift: int
    width: int
    threshold: int

    @property
    def mask(self) -> int:
        """The bits of the part in a hash."""
        return ((1 << self.width) - 1) << self.shift

    def flips(self) -> NDArray[np.int64]:
        """Return every change of at most `threshold` bits to the part's value."""
        changes = [
            sum(1 << bit for bit in bits)
            for changed in range(self.threshold + 1)
            for bits in combinations(range(self.width), changed)
        ]
        return np.array(changes, dtype=np.int64)


@dataclass(frozen=True)
class Plan:
    """Where each bit goes (`order`), the parts that are looked at, and what it costs."""

    order: NDArray[np.int64]
    parts: tuple[Part, ...]
    cost: float


def choose_plan(mine: Hashes, theirs: Hashes, radius: int) -> Plan:
    """Return the plan that compares the fewest of `mine` with `theirs`.

    One part without any bits, in which all hashes meet, is among those tried: comparing all.
    """
    everything = Plan(np.arange(64), (Part(0, 0, 0),), float(len(mine)) * len(theirs))
    sampled_mine, sampled_theirs = _sample(mine), _sample(theirs)
    scale = everything.cost / max(1, len(sampled_mine) * len(sampled_theirs))
    if everything.cost <= FEW_COMPARISONS:
        return everything
    plans = [everything]
    plans += [
        _plan(sampled_mine, sampled_theirs, order, number, radius, scale)
        for number in PARTS
        for order in _orders(sampled_theirs, number)
    ]
    return min(plans, key=lambda plan: plan.cost)


def _sample(hashes: Hashes) -> Hashes:
    return hashes[:: -(-len(hashes) // SAMPLE)] if len(hashes) > SAMPLE else hashes


def _orders(hashes: Hashes, parts: int) -> list[NDArray[np.int64]]:
    """Return ways to deal the bits out to the parts: by place, and by how evenly they are set."""
    share = np.array(
        [float(((hashes >> np.uint64(bit)) & np.uint64(1)).mean()) for bit in range(64)]
    )
    by_evenness = np.argsort(share * (1 - share), kind="stable")
    return [np.concatenate([bits[part::parts] for part in range(parts)])
            for bits in (np.arange(64), by_evenness)]  # fmt: skip


def _plan(
    mine: Hashes,
    theirs: Hashes,
    order: NDArray[np.int64],
    number: int,
    radius: int,
    scale: float,
) -> Plan:
    my_bits, their_bits = rearrange(mine, order), rearrange(theirs, order)
    widths = [len(range(part, 64, number)) for part in range(number)]
    shifts = np.concatenate([[0], np.cumsum(widths)[:-1]]).tolist()
    costs = [
        _costs(my_bits, their_bits, shift, width, scale)
        for shift, width in zip(shifts, widths, strict=True)
    ]
    cost, thresholds = cheapest_thresholds(costs, radius)
    parts = [
        Part(shift, width, threshold)
        for shift, width, threshold in zip(shifts, widths, thresholds, strict=True)
        if threshold >= 0
    ]
    return Plan(order, tuple(parts), cost)


def _costs(mine: Hashes, theirs: Hashes, shift: int, width: int, scale: float) -> list[float]:
    """Return the cost of looking within 0, 1, … bits of a part."""
    my_counts = key_counts(mine, shift, width).astype(np.float64)
    their_counts = key_counts(theirs, shift, width).astype(np.float64)
    occupied = float((my_counts > 0).sum())
    compared = np.cumsum(_within(their_counts, width) @ my_counts) * scale
    buckets = np.cumsum([comb(width, changed) for changed in range(len(compared))])
    costs: list[float] = (compared + occupied * buckets * BUCKET_COST).tolist()
    return costs


def _within(counts: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Return for d = 0, 1, … and every key how many hashes have a key that differs in d bits.

    Bit by bit: what differs in d bits of those seen so far either differs in this one or not.
    """
    shells = np.zeros((min(WIDEST_LOOK, width) + 1, len(counts)))
    shells[0] = counts
    for bit in range(width):
        pairs = shells.reshape(len(shells), -1, 2, 1 << bit)
        flipped = pairs[:, :, ::-1].reshape(shells.shape)
        shells[1:] += flipped[:-1]
    return shells


def cheapest_thresholds(costs: Sequence[Sequence[float]], radius: int) -> tuple[float, list[int]]:
    """Return the least total cost, and a threshold for each part, -1 for none.

    `costs[p][t]` is the cost of threshold t in part p. The sum of all t + 1 is radius + 1; where
    the costs given do not reach that far, the total is infinite.
    """
    best: dict[int, tuple[float, list[int]]] = {0: (0.0, [])}
    for part in costs:
        following: dict[int, tuple[float, list[int]]] = {}
        for spent, (total, chosen) in best.items():
            for threshold, cost in enumerate([0.0, *part], start=-1):
                reached = min(spent + threshold + 1, radius + 1)
                candidate = (total + cost, [*chosen, threshold])
                if candidate < following.get(reached, (float("inf"), [])):
                    following[reached] = candidate
        best = following
    return best.get(radius + 1, (float("inf"), [-1] * len(costs)))
