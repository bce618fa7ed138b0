"""A cluster of two nodes, as a test sees it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class TwoNodes:
    """The address of a cluster, and the process whose end is the end of its second node."""

    address: str
    second_raylet: int

    def workers_on_second(self) -> list[str]:
        """Return what the workers of the second node are called; `.submit` when they work."""
        children = Path(f"/proc/{self.second_raylet}/task/{self.second_raylet}/children")
        names = []
        for pid in children.read_text().split():
            try:
                names.append(Path(f"/proc/{pid}/cmdline").read_bytes().decode().strip("\0"))
            except OSError:  # it has just ended
                continue
        return names
