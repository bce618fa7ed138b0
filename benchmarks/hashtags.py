"""How many different hashtags a second the reader reads on one core, nothing remembered.

Run: python benchmarks/hashtags.py [FILE…]      (one hashtag a line, or a CSV with `hashtag`)
Without a file: the tables of tests/hashtags, where half of the hashtags tell an age, in fourteen
languages. Every distinct hashtag counts once, and the cache of the reader is passed by; a row
"repeated" shows what it adds on a stream where few hashtags make up most. Rates are of CPU time,
so that other programs on the machine take little from them; median and best of the rounds.
"""

from __future__ import annotations

import csv
import platform
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from curation.hashtags import read_gender, read_hashtag
from curation.hashtags.fold import squash
from curation.hashtags.reader import passes_the_gate

ROUNDS = 15
TABLES = Path(__file__).parents[1] / "tests/hashtags"


def distinct(paths: Sequence[Path]) -> list[str]:
    """Return the distinct hashtags of files, in a fixed random order."""
    tags: set[str] = set()
    for path in paths:
        with path.open(encoding="utf-8", newline="") as file:
            if path.suffix == ".csv":
                rows = csv.DictReader(file)
                tags.update(row.get("hashtag") or row.get("tag") or "" for row in rows)
            else:
                tags.update(file.read().split())
    tags.discard("")
    chosen = sorted(tags)
    random.Random(1).shuffle(chosen)
    return chosen


def rates(read: Callable[[str], object], tags: Sequence[str]) -> list[float]:
    """Return the rates of the rounds, hashtags per second of CPU time; the first is cold."""
    found = []
    for _ in range(ROUNDS):
        started = time.process_time()
        for tag in tags:
            read(tag)
        found.append(len(tags) / max(1e-9, time.process_time() - started))
    return found


def show(name: str, read: Callable[[str], object], tags: Sequence[str]) -> None:
    """Print one row: the first pass, the median and the best of the others."""
    if not tags:
        return
    first, *later = rates(read, tags)
    line = (
        f"{name:<28}{len(tags):>8,} {first:>11,.0f} {statistics.median(later):>11,.0f} "
        f"{max(later):>11,.0f}"
    )
    sys.stdout.write(line + "\n")


def main(paths: Sequence[Path]) -> None:
    """Print the rates, and which share the cheap gate turns away."""
    tags = distinct(paths or sorted(TABLES.glob("*_table.csv")))
    read = read_hashtag.__wrapped__
    with_number = [tag for tag in tags if any(letter.isdecimal() for letter in tag)]
    without = [tag for tag in tags if not any(letter.isdecimal() for letter in tag)]
    gated = sum(not passes_the_gate(squash(tag.lstrip("#"))) for tag in without)
    ages = sum(read(tag) is not None for tag in tags)
    sys.stdout.write(
        f"{platform.machine()}, Python {platform.python_version()}, {ROUNDS} rounds, "
        f"hashtags/s of CPU time on one core\n"
        f"{len(tags):,} distinct hashtags: {ages / len(tags):.0%} state an age, "
        f"{len(with_number) / len(tags):.0%} hold a digit; of those without, "
        f"{gated / max(1, len(without)):.0%} are turned away by the gate\n"
        f"{'':<28}{'tags':>8} {'first pass':>11} {'median':>11} {'best':>11}\n"
    )
    show("all, ages", read, tags)
    show("with a digit", read, with_number)
    show("without a digit", read, without)
    show("all, ages and genders", lambda tag: (read(tag), read_gender.__wrapped__(tag)), tags)
    ranks = random.Random(2)
    stream = [tags[min(int(ranks.paretovariate(0.7)), len(tags)) - 1] for _ in range(20_000)]
    show("repeated (Zipf), with cache", read_hashtag, stream)


if __name__ == "__main__":
    main([Path(path) for path in sys.argv[1:]])
