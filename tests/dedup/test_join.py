"""The Hamming join: exactly the pairs within the radius, each once."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from curation.dedup import join_plan
from curation.dedup.join import hamming_neighbours, hamming_pairs
from curation.dedup.join_plan import cheapest_thresholds, choose_plan

Hashes = NDArray[np.uint64]


def clustered(count: int, seed: int) -> Hashes:
    """Hashes of which many lie near each other, some with the sign bit set, none equal."""
    rng = np.random.default_rng(seed)
    centres = rng.integers(0, 2**64, count // 15, dtype=np.uint64, endpoint=False)
    hashes = centres[rng.integers(0, len(centres), count)]
    for flip in range(8):
        flips = np.uint64(1) << rng.integers(0, 64, count).astype(np.uint64)
        hashes = np.where(rng.integers(0, 8, count) > flip, hashes ^ flips, hashes)
    return np.unique(hashes)[rng.permutation(len(np.unique(hashes)))]


def by_brute_force(hashes: Hashes, radius: int) -> set[tuple[int, int, int]]:
    numbers = [int(value) for value in hashes]
    return {
        (first, second, distance)
        for first, second in combinations(range(len(numbers)), 2)
        if (distance := (numbers[first] ^ numbers[second]).bit_count()) <= radius
    }


def rows(pairs: NDArray[np.int64]) -> list[tuple[int, int, int]]:
    return [(int(a), int(b), int(bits)) for a, b, bits in pairs]


@pytest.fixture
def no_brute_force(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few hashes are otherwise simply compared all with all."""
    monkeypatch.setattr(join_plan, "FEW_COMPARISONS", 0)
    monkeypatch.setattr(join_plan, "BUCKET_COST", 0.0)


@pytest.mark.parametrize("radius", [0, 1, 4, 6, 7, 10, 13])
@pytest.mark.usefixtures("no_brute_force")
def test_it_finds_what_brute_force_finds_and_nothing_twice(radius: int) -> None:
    hashes = clustered(600, seed=radius)
    assert choose_plan(hashes, hashes, radius).parts[0].width > 0
    found = rows(hamming_pairs(hashes, radius))
    assert len(found) == len(set(found))
    assert set(found) == by_brute_force(hashes, radius)
    assert len(found) > 100 or radius < 6


@pytest.mark.parametrize("radius", [0, 10, 31, 63])
def test_few_hashes_and_wide_radii_are_compared_all_with_all(radius: int) -> None:
    hashes = clustered(200, seed=radius)
    assert set(rows(hamming_pairs(hashes, radius))) == by_brute_force(hashes, radius)


@pytest.mark.usefixtures("no_brute_force")
def test_hashes_that_share_most_of_their_bits_are_joined_as_exactly() -> None:
    rng = np.random.default_rng(5)
    hashes = np.unique(rng.integers(0, 1 << 18, 500, dtype=np.uint64) << np.uint64(23))
    assert set(rows(hamming_pairs(hashes, 5))) == by_brute_force(hashes, 5)


@pytest.mark.parametrize("radius", [0, 6, 10])
@pytest.mark.usefixtures("no_brute_force")
def test_new_hashes_are_compared_with_old_ones_only(radius: int) -> None:
    hashes = clustered(400, seed=3)
    found = rows(hamming_neighbours(hashes[300:], hashes[:300], radius))
    expected = {
        (old, new - 300, bits)
        for old, new, bits in by_brute_force(hashes, radius)
        if old < 300 <= new
    }
    assert len(found) == len(set(found))
    assert set(found) == expected


def test_pairs_come_in_the_order_of_the_later_then_of_the_earlier() -> None:
    found = rows(hamming_pairs(clustered(300, seed=9), 12))
    assert found == sorted(found, key=lambda pair: (pair[1], pair[0]))
    assert all(earlier < later for earlier, later, _ in found)


def test_equal_hashes_are_paired_with_the_first_of_them_only() -> None:
    avatar, near, far = (np.uint64(number) for number in (0xFF00, 0xFF01, 0xFFFFFFFF00000000))
    hashes = np.array([far, avatar, near, avatar, avatar, near], dtype=np.uint64)
    assert rows(hamming_pairs(hashes, 3)) == [(1, 2, 1), (1, 3, 0), (1, 4, 0), (2, 5, 0)]
    assert rows(hamming_neighbours(hashes[4:], hashes[:4], 0)) == [(1, 0, 0), (2, 1, 0)]


def test_a_hundred_thousand_equal_hashes_are_no_five_billion_pairs() -> None:
    hashes = np.full(100_000, 7, dtype=np.uint64)
    assert len(hamming_pairs(hashes, 10)) == len(hashes) - 1


@pytest.mark.usefixtures("no_brute_force")
def test_wide_hashes_filter_the_pairs_as_they_are_found() -> None:
    hashes = clustered(400, seed=4)
    rng = np.random.default_rng(4)
    wide = np.repeat(rng.integers(0, 2**64, (1, 4), dtype=np.uint64), len(hashes), axis=0)
    wide[:, 2] ^= rng.integers(0, 256, len(hashes), dtype=np.uint64)
    far = {
        (one, two): sum((int(a) ^ int(b)).bit_count() for a, b in zip(wide[one], wide[two]))  # noqa: B905
        for one, two in combinations(range(len(hashes)), 2)
    }
    expected = {pair for pair in by_brute_force(hashes, 10) if far[pair[:2]] <= 3}
    assert 20 < len(expected) < len(by_brute_force(hashes, 10))
    assert set(rows(hamming_pairs(hashes, 10, wide=wide, wide_radius=3))) == expected
    across = hamming_neighbours(
        hashes[250:], hashes[:250], 10, new_wide=wide[250:], old_wide=wide[:250], wide_radius=3
    )
    assert set(rows(across)) == {(a, b - 250, d) for a, b, d in expected if a < 250 <= b}


def test_hashes_equal_in_64_bits_but_not_in_256_are_not_collapsed() -> None:
    hashes = np.full(3, 5, dtype=np.uint64)
    wide = np.zeros((3, 4), dtype=np.uint64)
    wide[1, 3] = 1
    assert rows(hamming_pairs(hashes, 0, wide=wide)) == [(0, 1, 0), (0, 2, 0)]
    wide[1] = ~wide[1]
    assert rows(hamming_pairs(hashes, 0, wide=wide, wide_radius=10)) == [(0, 2, 0)]


def test_nothing_has_no_neighbours() -> None:
    nothing = np.empty(0, np.uint64)
    assert hamming_pairs(nothing, 63).shape == (0, 3)
    assert hamming_pairs(np.array([5], np.uint64), 63).shape == (0, 3)
    assert hamming_neighbours(nothing, np.array([5], np.uint64), 6).shape == (0, 3)
    assert hamming_neighbours(np.array([5], np.uint64), nothing, 6).shape == (0, 3)


def test_thresholds_go_to_where_they_cost_least_and_sum_as_the_pigeonhole_principle_wants() -> None:
    cheap, dear = [1.0, 2.0, 4.0, 8.0], [10.0, 100.0, 1000.0, 10000.0]
    assert cheapest_thresholds([cheap, dear], 3) == (8.0, [3, -1])
    assert cheapest_thresholds([cheap, dear], 4) == (18.0, [3, 0])
    cost, thresholds = cheapest_thresholds([cheap, cheap, cheap], 6)
    assert sum(each + 1 for each in thresholds) == 7
    assert cost == 4.0 + 2.0 + 2.0
    assert cheapest_thresholds([cheap], 9)[0] == float("inf")
