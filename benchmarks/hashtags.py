"""How many different hashtags a second the reader reads on one core, nothing remembered.

Run: python benchmarks/hashtags.py [FILE]
FILE holds one hashtag a line; without it, 20,000 made ones are read, a third of which tell an age.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

from curation.hashtags.reader import read_hashtag

ROUNDS = 5


def made(count: int) -> list[str]:
    """Return hashtags that are all different."""
    forms = ("happy{n}thbirthday{w}", "photo{w}of{n}days", "{w}love{w}")
    return [forms[n % 3].format(n=n % 90 + 4, w=f"x{n:x}".translate(LETTERS)) for n in range(count)]


LETTERS = str.maketrans("0123456789", "ghijklmnop")


def main() -> None:
    """Print the median rate of the rounds, and their range."""
    tags = made(20_000)
    if len(sys.argv) > 1:
        tags = sorted(set(Path(sys.argv[1]).read_text(encoding="utf-8").split()))
    read = getattr(read_hashtag, "__wrapped__", read_hashtag)
    rates = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for tag in tags:
            read(tag)
        rates.append(len(tags) / (time.perf_counter() - started))
    sys.stdout.write(
        f"{len(tags):,} hashtags: {statistics.median(rates):,.0f}/s "
        f"({min(rates):,.0f} to {max(rates):,.0f}), {ROUNDS} rounds\n"
    )


if __name__ == "__main__":
    main()
