"""The Hamming join at the size of a dataset: seconds, memory, recall, and faiss beside it.

Run: python benchmarks/join.py [--count 3300000] [--check 200000] [--peer PYTHON]
Two kinds of hashes. Uniform: every bit a coin. Skewed: signs of frequencies with a common mean and
falling power, above their median, as portraits have them; among those, millions of pairs lie
near each other by chance, so they are joined as dedup joins them, with the 256-bit hash as filter.
In both, 2,000 pairs are planted at each distance from 0 to 12 bits. `--check` hashes are also
compared all with all. faiss searches a part with IndexBinaryFlat, and the time grows with the
square of the number; its environment:
    python3 -m venv ENV && ENV/bin/pip install faiss-cpu numpy      # then --peer ENV/bin/python
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from pathlib import Path

import numba
import numpy as np
from numpy.typing import NDArray

from curation.dedup.hashes import packed
from curation.dedup.join import hamming_neighbours, hamming_pairs
from curation.engines import available_cores

Hashes = NDArray[np.uint64]
PLANTED = 2_000  # pairs at each distance
DISTANCES = range(13)
WIDE_RADIUS = 72
NEW = 10_000

PEER = """
import sys, time, numpy as np, faiss
count, radius = int(sys.argv[1]), int(sys.argv[2])
faiss.omp_set_num_threads(int(sys.argv[3]))
codes = np.random.default_rng(0).integers(0, 256, (count, 8), dtype=np.uint8)
index = faiss.IndexBinaryFlat(64)
index.add(codes)
started = time.perf_counter()
index.range_search(codes, radius + 1)
print(time.perf_counter() - started)
"""


def uniform(count: int, rng: np.random.Generator) -> Hashes:
    """Return hashes whose bits are coins."""
    return rng.integers(0, 2**64, count, dtype=np.uint64, endpoint=False)


def skewed(count: int, rng: np.random.Generator) -> Hashes:
    """Return hashes as of portraits: 1/f amplitudes around a common mean, against their median."""
    rows, columns = np.mgrid[:8, :8]
    amplitude = (1 / (1 + np.hypot(rows, columns))).ravel().astype(np.float32)
    # Portraits are nearly symmetrical: what they share is in the even columns.
    common = np.random.default_rng(7).normal(0, 0.8, 64) * (columns.ravel() % 2 == 0)
    mean = (common * amplitude).astype(np.float32)
    parts = []
    for start in range(0, count, 100_000):
        number = min(100_000, count - start)
        values = mean + amplitude * rng.standard_normal((number, 64), dtype=np.float32)
        parts.append(packed(values > np.median(values, axis=1, keepdims=True))[:, 0])
    return np.concatenate(parts)


def plant(hashes: Hashes, wide: NDArray[np.uint64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Make some hashes copies of others at each distance; return (pair, 3): one, other, bits."""
    places = rng.permutation(len(hashes))[: 2 * PLANTED * len(DISTANCES)].reshape(-1, 2)
    planted = []
    for distance in DISTANCES:
        for one, other in places[distance * PLANTED : (distance + 1) * PLANTED]:
            hashes[other] = hashes[one]
            wide[other] = wide[one]
            for bit in rng.permutation(64)[:distance]:
                hashes[other] ^= np.uint64(1) << np.uint64(bit)
            planted.append((min(one, other), max(one, other), distance))
    return np.array(planted)


@numba.njit(parallel=True)
def brute_force(hashes: Hashes, radius: int) -> NDArray[np.int64]:
    """Count by comparing all with all how many later hashes lie within the radius of each."""
    counts = np.zeros(len(hashes), np.int64)
    for i in numba.prange(len(hashes)):
        for j in range(i + 1, len(hashes)):
            x = hashes[i] ^ hashes[j]
            x -= (x >> np.uint64(1)) & np.uint64(0x5555555555555555)
            x = (x & np.uint64(0x3333333333333333)) + (
                (x >> np.uint64(2)) & np.uint64(0x3333333333333333)
            )
            x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
            if (x * np.uint64(0x0101010101010101)) >> np.uint64(56) <= np.uint64(radius):
                counts[i] += 1
    return counts


def check(hashes: Hashes, radius: int) -> str:
    """Hold the join against brute force: every pair within the radius, and none else."""
    hashes = np.unique(hashes)
    pairs = hamming_pairs(hashes, radius)
    right = np.bitwise_count(hashes[pairs[:, 0]] ^ hashes[pairs[:, 1]]) == pairs[:, 2]
    wanted = int(brute_force(hashes, radius).sum())
    distinct = len(np.unique(pairs[:, 0] * len(hashes) + pairs[:, 1]))
    good = int((right & (pairs[:, 2] <= radius)).sum())
    return (
        f"{len(hashes):,} distinct: {wanted:,} pairs by brute force, {distinct:,} by the join; "
        f"recall {good / wanted if wanted else 1:.6f}, precision {good / max(1, len(pairs)):.6f}"
    )


def seconds(what: str, function, *arguments, **options):  # type: ignore[no-untyped-def]
    """Time a call in wall and processor seconds, print both, return its result."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = function(*arguments, **options)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    say(f"  {what}: {wall:.1f} s ({cpu:.1f} processor seconds), {len(result):,} pairs")
    return result


def say(line: str) -> None:
    """Print at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=3_300_000)
    parser.add_argument("--check", type=int, default=200_000)
    parser.add_argument("--radius", type=int, nargs="*", default=[6, 10])
    parser.add_argument("--peer", type=Path, help="a Python that has faiss")
    arguments = parser.parse_args()
    rng = np.random.default_rng(1)
    started = time.perf_counter()
    few = uniform(40_000, rng)
    hamming_pairs(few, 6, wide=np.zeros((len(few), 1), np.uint64))
    say(f"compiling, or reading what was compiled: {time.perf_counter() - started:.1f} s")
    for name, make in (("uniform", uniform), ("skewed", skewed)):
        say(f"{name}, {arguments.count:,} hashes, {available_cores()} cores")
        hashes = make(arguments.count, rng)
        wide = rng.integers(0, 2**64, (len(hashes), 4), dtype=np.uint64)
        planted = plant(hashes, wide, rng)
        filters = {"wide": wide, "wide_radius": WIDE_RADIUS} if make is skewed else {}
        for radius in arguments.radius:
            pairs = seconds(f"self-join, radius {radius}", hamming_pairs, hashes, radius, **filters)
            near = planted[(planted[:, 2] <= radius) & (planted[:, 2] > 0)]
            keys = set((pairs[:, 0] * len(hashes) + pairs[:, 1]).tolist())
            hit = sum(int(a) * len(hashes) + int(b) in keys for a, b, _ in near)
            say(f"    planted pairs of 1 to {radius} bits found: {hit:,} of {len(near):,}")
        new = make(NEW, rng)
        old = {"new_wide": wide[:NEW], "old_wide": wide, "wide_radius": WIDE_RADIUS}
        for radius in arguments.radius:
            seconds(
                f"{NEW:,} new, radius {radius}",
                hamming_neighbours,
                new,
                hashes,
                radius,
                **(old if filters else {}),
            )
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
        say(f"  most memory resident so far: {peak:.2f} GiB")
        for radius in arguments.radius if arguments.check else []:
            say(f"  check, radius {radius}: {check(hashes[: arguments.check], radius)}")
    if arguments.peer:
        part = 30_000
        for radius in arguments.radius:
            done = subprocess.run(
                [arguments.peer, "-c", PEER, str(part), str(radius), str(available_cores())],
                capture_output=True,
                text=True,
                check=True,
            )
            took = float(done.stdout)
            whole = took * (arguments.count / part) ** 2
            say(
                f"faiss IndexBinaryFlat, radius {radius}: {part:,} with each other {took:.2f} s; "
                f"at {arguments.count:,}, by the square of the number, {whole / 3600:.2f} h"
            )


if __name__ == "__main__":
    main()
