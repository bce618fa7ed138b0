"""How many different hashtags a second the reader reads on one core, nothing remembered.

Run: python benchmarks/hashtags.py [FILE…]      (one hashtag a line, or a CSV with `hashtag`)
Without a file: the tables of tests/hashtags, where half of the hashtags tell an age, in fourteen
languages. Every distinct hashtag counts once, the cache of readings is passed by, and what the
reader keeps of the sides of numbers is forgotten before every round. A row "unseen" gives the
hashtags of which a fifth each is read after the other four fifths: new ones in a running program.
"Seen" are those read before, without the cache of readings; "repeated" is a stream where few
hashtags make up most, with it. What shapes of words mean is known before the rounds in all rows but
the first pass. Rates are of CPU time, so that other programs on the machine take little from them;
median and best of the rounds.
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
from curation.hashtags.reader import forget, passes_the_gate

ROUNDS = 15
FOLDS = 5
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


def timed(read: Callable[[str], object], tags: Sequence[str]) -> float:
    """Return the seconds of CPU time that reading takes."""
    started = time.process_time()
    for tag in tags:
        read(tag)
    return max(1e-9, time.process_time() - started)


def afresh(read: Callable[[str], object], tags: Sequence[str]) -> float:
    """Return the seconds that reading takes when nothing is kept of any hashtag."""
    forget()
    return timed(read, tags)


def unseen(read: Callable[[str], object], tags: Sequence[str]) -> float:
    """Return the seconds that reading takes when each fifth is read behind the other four."""
    seconds = 0.0
    for part in range(FOLDS):
        forget()
        timed(read, [tag for place, tag in enumerate(tags) if place % FOLDS != part])
        seconds += timed(read, tags[part::FOLDS])
    return seconds


def show(
    name: str,
    read: Callable[[str], object],
    tags: Sequence[str],
    clock: Callable[[Callable[[str], object], Sequence[str]], float] = afresh,
) -> None:
    """Print one row: the median and the best of the rounds, hashtags per second."""
    if not tags:
        return
    rates = [len(tags) / clock(read, tags) for _ in range(ROUNDS)]
    line = f"{name:<34}{len(tags):>8,} {statistics.median(rates):>11,.0f} {max(rates):>11,.0f}"
    sys.stdout.write(line + "\n")


def main(paths: Sequence[Path]) -> None:
    """Print the rates, and which share the cheap gate turns away."""
    tags = distinct(paths or sorted(TABLES.glob("*_table.csv")))
    read = read_hashtag.__wrapped__
    with_number = [tag for tag in tags if any(letter.isdecimal() for letter in tag)]
    without = [tag for tag in tags if not any(letter.isdecimal() for letter in tag)]
    gated = sum(not passes_the_gate(squash(tag.lstrip("#"))) for tag in without)
    first = len(tags) / timed(read, tags)
    ages = sum(read(tag) is not None for tag in tags)
    sys.stdout.write(
        f"{platform.machine()}, Python {platform.python_version()}, {ROUNDS} rounds, "
        f"hashtags/s of CPU time on one core\n"
        f"{len(tags):,} distinct hashtags: {ages / len(tags):.0%} state an age, "
        f"{len(with_number) / len(tags):.0%} hold a digit; of those without, "
        f"{gated / max(1, len(without)):.0%} are turned away by the gate\n"
        f"{'':<34}{'tags':>8} {'median':>11} {'best':>11}\n"
        f"{'first pass, all to be learnt':<34}{len(tags):>8,} {first:>11,.0f}\n"
    )
    show("all, ages", read, tags)
    show("with a digit", read, with_number)
    show("without a digit", read, without)
    show("all, ages, unseen", read, tags, unseen)
    show("all, ages, seen", read, tags, timed)
    show("all, ages and genders", lambda tag: (read(tag), read_gender.__wrapped__(tag)), tags)
    ranks = random.Random(2)
    stream = [tags[min(int(ranks.paretovariate(0.7)), len(tags)) - 1] for _ in range(20_000)]
    show("repeated (Zipf), with cache", read_hashtag, stream, timed)


if __name__ == "__main__":
    main([Path(path) for path in sys.argv[1:]])
