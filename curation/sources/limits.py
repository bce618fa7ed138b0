"""Limits of APIs: what their headers say is left, and a pace of our own."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


@dataclass(frozen=True)
class Limit:
    """What an API says of its limit: how much of it is used, and when it starts anew."""

    used: float
    allowed: float
    resets_at: datetime | None
    exhausted: bool
    sentence: str

    def seconds_left(self) -> float:
        """Return the seconds until the limit starts anew; a minute where the API does not say."""
        if self.resets_at is None:
            return 60.0
        return max((self.resets_at - datetime.now(UTC)).total_seconds() + 1.0, 0.0)


class Bucket:
    """A token bucket: `rate` requests per second on average, `burst` of them at once."""

    def __init__(
        self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._tokens = burst
        self._last = clock()

    def take(self) -> float:
        """Take one token; return the seconds to wait until it is there."""
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._last) * self._rate) - 1.0
        self._last = now
        return max(-self._tokens / self._rate, 0.0)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of a `Retry-After` header, which holds seconds or a date (RFC 9110)."""
    written = headers.get("retry-after", "").strip()
    if not written:
        return None
    if written.isdecimal():
        return float(written)
    try:
        moment = parsedate_to_datetime(written)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max((moment - datetime.now(UTC)).total_seconds(), 0.0)
