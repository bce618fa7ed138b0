"""Pull again and again until told to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable

from curation.errors import DatabaseError, LabelStudioError

SETTLE_SECONDS = 1.0  # answers come in bursts: one pull for all that follow an event closely


def watch(
    pull: Callable[[], None],
    every: float,
    *,
    woken: threading.Event | None = None,
    tell: Callable[[str], None] = lambda sentence: None,
    stopped: threading.Event | None = None,
) -> None:
    """Call `pull` now, then `every` so many seconds, and soon after `woken` is set.

    A server that is away or a database that is locked does not end it: the reason is told once, and
    the next pull catches up. Ctrl-C or `stopped` ends it.
    """
    woken, stopped = woken or threading.Event(), stopped or threading.Event()
    said = ""
    while not stopped.is_set():
        woken.clear()
        try:
            pull()
            said = ""
        except (LabelStudioError, DatabaseError) as error:
            if str(error) != said:
                said = str(error)
                tell(f"{said}; trying again every {every:g} s")
        if woken.wait(every):
            stopped.wait(SETTLE_SECONDS)
