"""Waiting that Ctrl-C ends at once, and times as people write them: 7d, 1h, 2024-05-31."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import FrameType

from curation.errors import InputError
from curation.sources import fields

# Seconds, and why we wait ("" where it is not worth a sentence).
Wait = Callable[[float, str], None]

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])", re.IGNORECASE)


def wait_quietly(seconds: float, sentence: str) -> None:
    """Sleep, and say nothing."""
    with interruptible():
        time.sleep(seconds)


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end what runs inside at once.

    While a stage runs they are otherwise noted, and its batch is finished first; nothing is in
    work while we only wait.
    """

    def end(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    try:
        before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    except ValueError:  # not the main thread: whoever runs there handles signals
        before = {}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def duration(written: str, option: str) -> timedelta:
    """Return the time that `90s`, `30m`, `1h`, `7d` or `2w` means.

    Raises:
        InputError: it means none.
    """
    match = _DURATION.fullmatch(written.strip())
    if match is None or not (seconds := float(match[1]) * UNITS[match[2].lower()]):
        raise InputError(f"{option}: {written!r} is no time, such as 30m, 1h or 7d")
    try:
        return timedelta(seconds=seconds)
    except OverflowError:
        raise InputError(f"{option}: {written!r} is too long") from None


def since(written: str | None, now: datetime | None = None) -> datetime | None:
    """Return the moment that `--since` means: a date or time (ISO 8601), or so long ago (7d).

    Raises:
        InputError: it means none, or one that is still to come.
    """
    if not written:
        return None
    now = now or datetime.now(UTC)
    try:
        moment = now - duration(written, "--since")
    except OverflowError:
        raise InputError(f"--since: {written!r} is beyond the calendar") from None
    except InputError:
        try:
            found = fields.time(written)
        except ValueError:
            found = None
        if found is None:
            raise InputError(
                f"--since: {written!r} is neither a date, such as 2024-05-31, "
                "nor so long ago, such as 7d"
            ) from None
        moment = found
    if moment > now:
        raise InputError(f"--since: {written} is still to come")
    return moment
