"""How many pairs of different photographs come near each other by chance alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SAMPLE = 8_000  # hashes that are compared with each other to see how they are spread
TELLING = 1_000  # fewer hashes do not tell how they are spread


def expected_pairs(count: int, radius: int) -> float:
    """Return how many of `count` random hashes' pairs differ in at most `radius` of 64 bits.

    The bits are taken as fair, independent coins: the lower tail of the binomial distribution.
    """
    from scipy.stats import binom

    return count * (count - 1) / 2 * float(binom.cdf(radius, 64, 0.5))


def measured_pairs(hashes: NDArray[np.uint64], radius: int) -> float:
    """Return how many pairs within `radius` there are among `hashes`, counted on a sample.

    Real hashes are no coins: portraits are alike in their coarsest shapes, and far more of them
    come near each other than the binomial distribution says.
    """
    from curation.dedup.join import hamming_pairs

    distinct = np.unique(hashes)
    sample = np.random.default_rng(0).permutation(distinct)[:SAMPLE]
    possible = len(sample) * (len(sample) - 1) / 2
    found = len(hamming_pairs(sample, radius)) / possible if possible else 0.0
    return found * len(hashes) * (len(hashes) - 1) / 2


def in_words(hashes: NDArray[np.uint64], radius: int) -> str:
    """Return both figures as one line, for people who choose a radius; nothing of no hashes."""
    if len(hashes) < 2:
        return ""
    line = (
        f"of {len(hashes):,} hashes, {_rounded(expected_pairs(len(hashes), radius))} pairs would "
        f"lie within {radius} bits by chance if bits were coins"
    )
    if len(hashes) >= TELLING:
        near = _rounded(measured_pairs(hashes, radius))
        line += f"; as these are spread, about {near} do, copies included"
    return line


def _rounded(number: float) -> str:
    return f"{number:,.0f}" if number >= 10 else f"{number:.2g}"
