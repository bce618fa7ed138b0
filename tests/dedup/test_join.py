"""The Hamming join: exactly the pairs within the radius, each once."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from curation.dedup import join
from curation.dedup.join import earlier_neighbours


def clustered(count: int, seed: int) -> np.ndarray:
    """Hashes of which many lie near each other, some equal, some with the sign bit set."""
    rng = np.random.default_rng(seed)
    centres = rng.integers(0, 2**64, 12, dtype=np.uint64, endpoint=False)
    hashes = centres[rng.integers(0, 12, count)]
    for _ in range(7):
        hashes ^= np.uint64(1) << rng.integers(0, 64, count).astype(np.uint64)
    hashes[::9] = hashes[0]
    return hashes


def by_brute_force(hashes: np.ndarray, radius: int) -> set[tuple[int, int, int]]:
    numbers = [int(value) for value in hashes]
    return {
        (first, second, distance)
        for first, second in combinations(range(len(numbers)), 2)
        if (distance := (numbers[first] ^ numbers[second]).bit_count()) <= radius
    }


@pytest.mark.parametrize("radius", [0, 4, 10, 31])
@pytest.mark.parametrize("step", [1, 7, 300])
def test_ranges_together_give_every_pair_exactly_once(
    radius: int, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(join, "BLOCK", 1000)
    hashes = clustered(180, seed=radius)
    found = [
        tuple(row)
        for start in range(0, len(hashes), step)
        for row in earlier_neighbours(
            hashes, start, min(start + step, len(hashes)), radius
        ).tolist()
    ]
    assert len(found) == len(set(found))
    assert set(found) == by_brute_force(hashes, radius)


def test_new_hashes_are_compared_with_old_ones_and_each_other_only() -> None:
    hashes = clustered(120, seed=3)
    found = {tuple(row) for row in earlier_neighbours(hashes, 100, 120, 8).tolist()}
    assert found == {pair for pair in by_brute_force(hashes, 8) if pair[1] >= 100}


def test_nothing_has_no_neighbours() -> None:
    assert earlier_neighbours(np.empty(0, np.uint64), 0, 0, 64).shape == (0, 3)
    assert earlier_neighbours(np.array([5], np.uint64), 0, 1, 64).shape == (0, 3)
