"""Stages that do little, for the Ray engine; its workers import them from here."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from core.test_stages import CountDigits

from curation.errors import EvenfaceError
from curation.stages import Rejected


class CountSlowly(CountDigits):
    """Counts digits; each worker notes in a folder that it opened the stage, and may fail to."""

    def __init__(self, notes: Path, *, slow: float = 0.0, fail_at: str = "", die_at: str = "",
                 closed: str = "") -> None:  # fmt: skip
        super().__init__(fail_at=fail_at, die_at=die_at, slow=slow)
        self.notes = notes
        self.closed = closed

    def open(self) -> None:
        (self.notes / f"opened-{os.getpid()}-{time.monotonic_ns()}").touch()
        if self.closed:
            raise EvenfaceError(self.closed)


class DieOnce(CountSlowly):
    """The first worker that meets `die_at` is killed over it; the next one is not."""

    def process(self, items: Sequence[str]) -> Sequence[int | Rejected]:
        if self.die_at in items and not (self.notes / "died").exists():
            (self.notes / "died").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        dying, self.die_at = self.die_at, ""
        try:
            return super().process(items)
        finally:
            self.die_at = dying


class Faulty(CountSlowly):
    """A stage with a fault in it."""

    def process(self, items: Sequence[str]) -> Sequence[int | Rejected]:
        raise ZeroDivisionError("division by zero")
