"""How politely one host is asked: so many at once, so many a second, and when to stop asking."""

from __future__ import annotations

import asyncio
import random
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

FIRST_PAUSE = 0.5  # seconds before the second try; doubled for each one after
LONGEST_PAUSE = 30.0
LONGEST_WAIT = 120.0  # seconds: who is to wait longer is left to a later run
HOSTS_KEPT = 10_000

# A host is given up for a while after so many tries in a row without a picture: one that does not
# answer at all sooner than one that answers with errors. Then it gets one more chance.
GIVE_UP = 40
NO_ANSWER, AN_ERROR = 8, 1
GIVEN_UP_FOR = 600.0  # seconds


class HostDownError(Exception):
    """A host that is not to be asked now; `seconds` until it may be, if that is known."""

    def __init__(self, reason: str, seconds: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.seconds = seconds


def backoff(tries: int, draw: random.Random) -> float:
    """Return the seconds to wait after `tries` failures: exponential, with full jitter above half.

    Equal waits would bring everybody back at the same moment ("Exponential Backoff And Jitter",
    AWS Architecture Blog, 2015).
    """
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (tries - 1))
    return pause * draw.uniform(0.5, 1.0)


def retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """Return the seconds that a `Retry-After` header asks for: a number, or a date (RFC 9110)."""
    text = (value or "").strip()
    if text.isdecimal():
        return float(text)
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    when = when.replace(tzinfo=UTC) if when.tzinfo is None else when
    return max(0.0, (when - (now or datetime.now(UTC))).total_seconds())


class TokenBucket:
    """So many a second on average, and `burst` at once after a rest; 0 a second is no limit."""

    def __init__(self, per_second: float, burst: float | None = None) -> None:
        self._rate = per_second
        self._burst = max(1.0, per_second if burst is None else burst)
        self._tokens = self._burst
        self._at = time.monotonic()

    def slow_down(self, seconds_between: float) -> None:
        """Leave at least so many seconds between two (a `Crawl-delay`)."""
        slower = 1.0 / seconds_between
        if self._rate == 0 or slower < self._rate:
            self._rate, self._burst, self._tokens = slower, 1.0, min(1.0, self._tokens)

    @property
    def interval(self) -> float:
        """The seconds from one to the next, on average."""
        return 1.0 / self._rate if self._rate else 0.0

    def due_in(self) -> float:
        """Return the seconds until the next one may be taken."""
        self._refill()
        return 0.0 if self._rate == 0 else max(0.0, 1.0 - self._tokens) / self._rate

    def take(self) -> float:
        """Take one now, in debt if need be; return the seconds to wait before using it."""
        wait = self.due_in()
        if self._rate:
            self._tokens -= 1.0
        return wait

    def _refill(self) -> None:
        now = time.monotonic()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now


class Host:
    """The limits of one host, and how it has been answering."""

    def __init__(self, at_once: int, per_second: float) -> None:
        self.bucket = TokenBucket(per_second)
        self._slots = asyncio.Semaphore(at_once)
        self._resume_at = 0.0  # on the monotonic clock
        self._trouble = 0
        self._last_reason = ""
        self._given_up_until = 0.0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn to ask this host.

        Raises:
            HostDownError: it was given up until later, or the wait would be too long.
        """
        self._may_go_on()
        async with self._slots:
            # A pause that others earned meanwhile holds for all who wait.
            while (pause := self._resume_at - time.monotonic()) > 0:
                self._may_go_on()
                await asyncio.sleep(pause)
            self._may_go_on()
            if (wait := self.bucket.take()) > 0:
                await asyncio.sleep(wait)
            yield

    def pause(self, seconds: float) -> None:
        """Ask nothing for so many seconds."""
        self._resume_at = max(self._resume_at, time.monotonic() + seconds)

    def answered(self) -> None:
        """Note that it serves."""
        self._trouble = 0

    def failed(self, reason: str, *, answered: bool) -> None:
        """Note a failure that may pass."""
        self._trouble += AN_ERROR if answered else NO_ANSWER
        self._last_reason = reason
        if self._trouble >= GIVE_UP:
            self._given_up_until = time.monotonic() + GIVEN_UP_FOR
            self._trouble = GIVE_UP - 1

    def _may_go_on(self) -> None:
        if time.monotonic() < self._given_up_until:
            raise HostDownError(self._last_reason)
        wait = self._resume_at - time.monotonic()
        if self.bucket.interval > LONGEST_WAIT:
            wait = max(wait, self.bucket.due_in())
        if wait > LONGEST_WAIT:
            raise HostDownError(self._last_reason or "crawl-delay", wait)


class Hosts:
    """The limits of every host, made as they are met; those long unused are forgotten."""

    def __init__(self, at_once: int, per_second: float) -> None:
        self._at_once = at_once
        self._per_second = per_second
        self._hosts: OrderedDict[str, Host] = OrderedDict()

    def __getitem__(self, name: str) -> Host:
        host = self._hosts.get(name)
        if host is None:
            host = self._hosts[name] = Host(self._at_once, self._per_second)
            if len(self._hosts) > HOSTS_KEPT:
                self._hosts.popitem(last=False)
        self._hosts.move_to_end(name)
        return host
