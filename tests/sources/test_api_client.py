"""The client of all API sources: it waits when it is asked to, and gives up with a sentence."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from reading import Waits
from replay import ReplayServer, Reply, Request

from curation.errors import SettingsError, SourceError, SourceUnavailableError
from curation.sources import api, limits
from curation.sources.api import ApiClient
from curation.sources.limits import Bucket, retry_after


class Plain(ReplayServer):
    """An API that always says the same."""

    def answer(self, request: Request) -> Reply:
        """Answer anything."""
        return Reply(body={"fine": True})


@pytest.fixture
def plain() -> Iterator[Plain]:
    with Plain().running() as server:
        yield server


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def client(plain: Plain, waits: Waits) -> Iterator[ApiClient]:
    made = ApiClient("The API", plain.url, wait=waits)
    yield made
    made.close()


@pytest.mark.parametrize("status", [408, 425, 500, 502, 503, 504])
def test_passing_errors_are_asked_again_with_growing_pauses(
    status: int, plain: Plain, client: ApiClient, waits: Waits
) -> None:
    plain.fail(Reply(status, {}), times=4)
    assert client.get("/a").json == {"fine": True}
    assert len(plain.requests) == 5
    for number, (seconds, sentence) in enumerate(waits.waits, 1):
        assert 0 <= seconds <= 0.5 * 2**number
        assert sentence == ""


def test_pauses_are_drawn_anew_so_that_many_clients_do_not_come_back_together(
    plain: Plain, client: ApiClient, waits: Waits
) -> None:
    plain.fail(Reply(503, {}), times=4)
    client.get("/a")
    plain.fail(Reply(503, {}), times=4)
    client.get("/a")
    assert len({seconds for seconds, _ in waits.waits}) == 8


@pytest.mark.parametrize("written", ["30", "date"])
def test_retry_after_is_honoured_as_seconds_and_as_a_date(
    written: str, plain: Plain, client: ApiClient, waits: Waits
) -> None:
    if written == "date":
        written = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    plain.fail(Reply(429, {}, {"Retry-After": written}))
    client.get("/a")
    assert 28 <= waits.waits[0][0] <= 30
    assert "The API asks us to wait" in waits.waits[0][1]


def test_a_wait_of_more_than_an_hour_ends_the_run_instead(
    plain: Plain, client: ApiClient, waits: Waits
) -> None:
    plain.fail(Reply(429, {}, {"Retry-After": "7200"}))
    with pytest.raises(SourceUnavailableError, match="run this again later"):
        client.get("/a")
    assert waits.waits == []


@pytest.mark.parametrize("url", ["graph.facebook.com", "ftp://a.example", "http://"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="is no address of an API"):
        ApiClient("The API", url)


@pytest.mark.parametrize("status", [400, 404, 410, 501])
def test_a_refusal_is_not_asked_again(status: int, plain: Plain, client: ApiClient) -> None:
    plain.fail(Reply(status, {"error": "no such thing"}))
    with pytest.raises(SourceError, match=rf"answered /a with {status} \(no such thing\)"):
        client.get("/a")
    assert len(plain.requests) == 1


def test_a_body_that_breaks_off_is_asked_again(plain: Plain, client: ApiClient) -> None:
    plain.fail(Reply(200, {"long": "x" * 1000}, cut=100), times=2)
    assert client.get("/a").json == {"fine": True}


def test_a_server_that_sends_nothing_is_given_up(
    plain: Plain, waits: Waits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "TIMEOUT", 0.1)
    monkeypatch.setattr(api, "TRIES", 2)
    client = ApiClient("The API", plain.url, wait=waits)
    plain.fail(Reply(200, {}, stall=1.0), times=2)
    with pytest.raises(SourceUnavailableError, match="The API does not answer: timed out"):
        client.get("/a")


def test_a_server_that_drips_is_given_up(
    plain: Plain, client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "WHOLE_ANSWER", -1.0)
    monkeypatch.setattr(api, "TRIES", 2)
    with pytest.raises(SourceUnavailableError, match="sends too slowly"):
        client.get("/a")


def test_a_server_that_is_not_there_is_given_up(waits: Waits) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(SourceUnavailableError, match="The API does not answer"):
        ApiClient("The API", url, wait=waits).get("/a")


def test_an_answer_without_end_is_cut_off(
    plain: Plain, client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "MAX_BYTES", 1000)
    plain.fail(Reply(200, {"long": "x" * 5000}))
    with pytest.raises(SourceError, match="more than 1,000 bytes"):
        client.get("/a")


def test_a_web_page_instead_of_json_asks_whether_the_address_is_right(
    plain: Plain, client: ApiClient
) -> None:
    plain.fail(Reply(200, b"<html>Welcome</html>", {"Content-Type": "text/html; charset=utf-8"}))
    with pytest.raises(SourceError, match=f"text/html instead of JSON; is {plain.url} the address"):
        client.get("/a")


def test_redirects_within_the_server_are_followed_and_bounded(
    plain: Plain, client: ApiClient
) -> None:
    plain.fail(Reply(302, {}, {"Location": "/b?c=d"}))
    assert client.get("/a").json == {"fine": True}
    assert plain.requests[-1].raw == "/b?c=d"
    plain.fail(Reply(302, {}, {"Location": "/b"}), times=20)
    with pytest.raises(SourceError, match="redirects /a more than 3 times"):
        client.get("/a")


def test_a_bucket_lets_a_burst_through_and_then_keeps_the_pace() -> None:
    now = [0.0]
    bucket = Bucket(rate=2.0, burst=3, clock=lambda: now[0])
    assert [bucket.take() for _ in range(5)] == [0, 0, 0, 0.5, 1.0]
    now[0] = 10.0
    assert [bucket.take() for _ in range(4)] == [0, 0, 0, 0.5]


@pytest.mark.parametrize("written", ["soon", "", "-5", "1.5"])
def test_a_retry_after_that_is_none_is_none(written: str) -> None:
    assert retry_after({"retry-after": written}) is None


def test_a_limit_without_an_end_is_waited_for_a_minute() -> None:
    assert limits.Limit(1, 1, None, True, "").seconds_left() == 60.0


def test_waiting_ends_at_once_on_ctrl_c() -> None:
    import os
    import signal

    from curation.sources.waiting import wait_quietly

    threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    started = time.monotonic()
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        wait_quietly(30.0, "")
    assert time.monotonic() - started < 5
    assert signal.getsignal(signal.SIGINT) is before
