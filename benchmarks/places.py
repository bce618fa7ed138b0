"""How often the country of a point is told right, and how fast: polygons beside nearest towns.

    python benchmarks/places.py [--peer /path/to/python]

The points are those of tests/sources/points.csv: border towns, exclaves, islands, open sea. The
peer is the Python of an environment with `reverse_geocoder` (python -m venv peer; peer/bin/pip
install reverse_geocoder), which answers with the country of the nearest town.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import statistics
import subprocess
import time
from pathlib import Path

POINTS = Path(__file__).parents[1] / "tests" / "sources" / "points.csv"
COUNT = 50_000
ROUNDS = 3

PEER = """
import json, sys, time
import reverse_geocoder
tricky, many, rounds = json.load(sys.stdin)
tricky, many = [tuple(point) for point in tricky], [tuple(point) for point in many]
found = [answer["cc"] for answer in reverse_geocoder.search(tricky, mode=1, verbose=False)]
seconds = []
for _ in range(rounds):
    started = time.perf_counter()
    reverse_geocoder.search(many, mode=1, verbose=False)
    seconds.append(time.perf_counter() - started)
print(json.dumps([found, seconds]))
"""


def main() -> None:
    """Print one line per library: points told wrong, points per second."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--peer", help="the Python of an environment with reverse_geocoder")
    options = parser.parse_args()
    rows = list(csv.DictReader(POINTS.read_text(encoding="utf-8").splitlines()))
    tricky = [(float(row["latitude"]), float(row["longitude"])) for row in rows]
    draw = random.Random(1)
    many = [(draw.uniform(-60, 75), draw.uniform(-180, 180)) for _ in range(COUNT)]

    from curation.sources.places import country_at

    found = [country_at(*point) or "" for point in tricky]
    seconds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for point in many:
            country_at(*point)
        seconds.append(time.perf_counter() - started)
    _report("evenface (tzfpy's polygons)", rows, found, seconds)
    if options.peer:
        done = subprocess.run(
            [options.peer, "-c", PEER],
            input=json.dumps([tricky, many, ROUNDS]),
            capture_output=True,
            text=True,
            check=True,
        )
        theirs, seconds = json.loads(done.stdout)
        _report("reverse_geocoder (nearest town)", rows, theirs, seconds)


def _report(name: str, rows: list[dict[str, str]], found: list[str], seconds: list[float]) -> None:
    wrong = [row["what"] for row, code in zip(rows, found, strict=True) if code != row["country"]]
    rate = COUNT / statistics.median(seconds)
    print(f"{name}: {len(wrong)} of {len(rows)} wrong, {rate:,.0f} points/s")  # noqa: T201
    print(f"    wrong: {', '.join(wrong)}")  # noqa: T201


if __name__ == "__main__":
    main()
