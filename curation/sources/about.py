"""What is said of a source in `curate sources`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class About:
    """A source in words: what it reads, how lawful access works, what it needs, its limits.

    `access` is "official API", "export" (files that another program wrote) or "own files";
    `needs` and `may_use` are names of environment variables.
    """

    reads: str
    access: str
    needs: tuple[str, ...] = ()
    may_use: tuple[str, ...] = ()
    limits: str = "none"
