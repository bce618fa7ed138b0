"""Running the commands as a user does."""

from __future__ import annotations

import subprocess
import sys


def run_curate(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `curate` in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "curation", *arguments], capture_output=True, text=True, check=False
    )
