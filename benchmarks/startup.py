"""How long a command takes to answer `--help`, beside an empty Python and beside heavy imports.

Run: python benchmarks/startup.py [RUNS]
Each round runs every side once, so that a machine whose speed drifts drifts for all alike.
"""

from __future__ import annotations

import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

BIN = Path(sys.executable).parent
SIDES: dict[str, list[str]] = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "python -c 'import torch, pandas, sqlalchemy'": [
        sys.executable,
        "-c",
        "import torch, pandas, sqlalchemy",
    ],
    **{f"{name} --help": [str(BIN / name), "--help"] for name in ("curate", "train", "bench")},
}


def main(rounds: int) -> None:
    """Print the median and the range of each side, in seconds."""
    seconds: dict[str, list[float]] = {side: [] for side in SIDES}
    for _ in range(rounds + 1):
        for side, command in SIDES.items():
            started = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            seconds[side].append(time.perf_counter() - started)
    sys.stdout.write(f"{platform.machine()}, Python {platform.python_version()}, {rounds} rounds\n")
    for side, (_, *counted) in seconds.items():  # the first round warms the disk cache
        median = statistics.median(counted)
        sys.stdout.write(f"{median:6.2f} s  {min(counted):.2f} to {max(counted):.2f}  {side}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 9)
