"""Expected chance pairs: the binomial tail, and what the hashes themselves say."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest

from curation.dedup.chance import expected_pairs, in_words, measured_pairs


@pytest.mark.parametrize("radius", [0, 6, 10])
def test_it_is_the_binomial_tail_times_the_number_of_pairs(radius: int) -> None:
    tail = sum(comb(64, bits) for bits in range(radius + 1)) / 2**64
    assert expected_pairs(1000, radius) == pytest.approx(499_500 * tail)


def test_for_three_million_random_hashes_it_is_a_few_hundred_thousand_at_radius_10() -> None:
    assert 50_000 < expected_pairs(3_300_000, 10) < 60_000
    assert expected_pairs(3_300_000, 6) == pytest.approx(24.6, abs=0.1)


def test_hashes_that_hang_together_have_more_near_pairs_and_that_is_measured() -> None:
    rng = np.random.default_rng(3)
    hashes = rng.integers(0, 1 << 16, 5_000, dtype=np.uint64) * np.uint64(0x0001_0001_0001_0001)
    # Four copies of 16 bits: within 8 of 64 bits lies who differs in at most 2 of 16.
    tail = sum(comb(16, bits) for bits in range(1, 3)) / 2**16
    pairs = len(hashes) * (len(hashes) - 1) / 2
    assert measured_pairs(hashes, 8) == pytest.approx(pairs * tail, rel=0.1)
    assert "copies included" in in_words(hashes, 8)


def test_a_single_hash_has_nothing_to_tell() -> None:
    assert in_words(np.array([1], dtype=np.uint64), 10) == ""
