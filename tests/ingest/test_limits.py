"""One host is asked so often and no more, and left alone when it asks for that."""

from __future__ import annotations

import asyncio
import random
import time
from datetime import UTC, datetime

import pytest

from curation.ingest.limits import (
    FIRST_PAUSE,
    GIVE_UP,
    GIVEN_UP_FOR,
    LONGEST_PAUSE,
    LONGEST_WAIT,
    Host,
    HostDownError,
    Hosts,
    TokenBucket,
    backoff,
    retry_after,
)

NOW = datetime(2026, 5, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Fri, 01 May 2026 12:01:30 GMT", 90.0),
        ("Friday, 01-May-26 12:00:10 GMT", 10.0),
        ("Fri, 01 May 2026 11:00:00 GMT", 0.0),  # past: at once
        ("Fri, 01 May 2026 14:00:05 +0200", 5.0),
        ("soon", None),
        ("", None),
        (None, None),
        ("-5", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(
    value: str | None, seconds: float | None
) -> None:
    assert retry_after(value, NOW) == seconds


def test_waits_double_with_jitter_up_to_a_limit() -> None:
    draw = random.Random(1)
    for tries in range(1, 12):
        whole = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (tries - 1))
        waits = [backoff(tries, draw) for _ in range(200)]
        assert whole / 2 <= min(waits) < max(waits) <= whole
        assert len(set(waits)) == len(waits)


def test_a_bucket_gives_a_burst_and_then_so_many_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    bucket = TokenBucket(per_second=10, burst=5)
    assert [bucket.take() for _ in range(5)] == [0.0] * 5
    assert [round(bucket.take(), 6) for _ in range(3)] == [0.1, 0.2, 0.3]
    clock[0] += 10
    assert [bucket.take() for _ in range(5)] == [0.0] * 5
    assert bucket.take() > 0


def test_no_rate_is_no_limit_until_a_site_asks_for_a_delay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    bucket = TokenBucket(per_second=0)
    assert [bucket.take() for _ in range(100)] == [0.0] * 100
    bucket.slow_down(2.0)
    assert [round(bucket.take(), 6) for _ in range(3)] == [0.0, 2.0, 4.0]


def test_a_delay_that_a_site_asks_for_never_makes_us_faster() -> None:
    bucket = TokenBucket(per_second=1, burst=1)
    bucket.slow_down(0.01)
    bucket.take()
    assert bucket.due_in() > 0.9


def _take_turns(host: Host, number: int, seconds: float) -> int:
    """Return how many were at work at the same moment, of `number` who wanted to be."""
    at_work = most = 0

    async def work() -> None:
        nonlocal at_work, most
        async with host.turn():
            at_work += 1
            most = max(most, at_work)
            await asyncio.sleep(seconds)
            at_work -= 1

    async def all_of_them() -> None:
        await asyncio.gather(*(work() for _ in range(number)))

    asyncio.run(all_of_them())
    return most


def test_no_more_than_so_many_ask_one_host_at_once() -> None:
    assert _take_turns(Host(3, 0), 20, 0.002) == 3


def test_a_pause_holds_for_everybody_who_waits() -> None:
    host = Host(4, 0)
    host.pause(0.1)
    started = time.monotonic()
    _take_turns(host, 8, 0)
    assert time.monotonic() - started >= 0.1


def test_a_pause_that_is_too_long_is_left_to_a_later_run() -> None:
    host = Host(4, 0)
    host.pause(LONGEST_WAIT + 60)
    with pytest.raises(HostDownError) as caught:
        _take_turns(host, 1, 0)
    assert caught.value.seconds is not None
    assert caught.value.seconds > LONGEST_WAIT


def test_a_crawl_delay_is_waited_for_unless_it_is_too_long() -> None:
    host = Host(4, 0)
    host.bucket.slow_down(0.05)
    started = time.monotonic()
    _take_turns(host, 5, 0)
    assert time.monotonic() - started >= 0.2
    host.bucket.slow_down(LONGEST_WAIT + 60)
    with pytest.raises(HostDownError):
        _take_turns(host, 1, 0)


def test_a_host_that_never_answers_is_given_up_soon_and_one_with_errors_later() -> None:
    for answered, most in ((False, 5), (True, GIVE_UP)):
        host = Host(4, 0)
        for _ in range(most - 1):
            host.failed("unreachable", answered=answered)
        _take_turns(host, 1, 0)
        host.failed("unreachable", answered=answered)
        with pytest.raises(HostDownError, match="unreachable"):
            _take_turns(host, 1, 0)


def test_a_host_that_was_given_up_gets_one_more_chance_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    host, clock = Host(4, 0), time.monotonic
    for _ in range(GIVE_UP):
        host.failed("unreachable", answered=True)
    monkeypatch.setattr(time, "monotonic", lambda: clock() + GIVEN_UP_FOR)
    _take_turns(host, 1, 0)
    host.failed("http-500", answered=True)
    with pytest.raises(HostDownError, match="http-500"):
        _take_turns(host, 1, 0)


def test_one_success_makes_up_for_all_failures_before_it() -> None:
    host = Host(4, 0)
    for _ in range(20):
        host.failed("unreachable", answered=False)
        host.answered()
    _take_turns(host, 1, 0)


def test_every_host_has_limits_of_its_own() -> None:
    hosts = Hosts(1, 0)
    assert hosts["a"] is hosts["a"]
    assert hosts["a"] is not hosts["b"]
