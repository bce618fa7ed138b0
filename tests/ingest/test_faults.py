"""Whatever servers and wires do, every address ends in exactly one state."""

from __future__ import annotations

import socket
import struct
import threading
import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from ingest_parts import (
    Answer,
    WebServer,
    body,
    encoded,
    fetch,
    files,
    ingest,
    jpeg,
    picture,
    reasons,
    status,
)
from sqlalchemy import func, select

from curation.database.models import Media, Rejection
from curation.workspace import Workspace


def _raw(*parts: bytes, then: str = "close") -> Answer:
    """Answer with these very bytes, then close the connection or reset it."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        for part in parts:
            request.wfile.write(part)
        request.wfile.flush()
        if then == "reset":
            linger = struct.pack("ii", 1, 0)
            request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        request.close_connection = True

    return answer


def _head(length: int, kind: str = "image/jpeg") -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n".encode()


def _states(workspace: Workspace) -> dict[str, str]:
    with workspace.database.session() as session:
        found = session.execute(select(Media.url, Media.state, Media.retry_reason))
        return {url.rsplit("/", 1)[1]: reason or state for url, state, reason in found}


def _bomb(width: int, height: int) -> bytes:
    """Return a PNG of a few kB that unpacks to width x height zero bytes and more."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes(50_000_000), 9)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def test_whatever_comes_each_address_ends_in_exactly_one_state(
    workspace: Workspace, web: WebServer
) -> None:
    whole = jpeg(1)
    web.answers |= {
        "/whole.jpg": body(whole),
        "/text.jpg": body(jpeg(2), "text/html"),  # the content decides, not what it is called
        "/page.jpg": body(b"<!doctype html><p>Log in", "image/jpeg"),
        "/truncated.jpg": body(whole[: len(whole) // 2]),
        "/pixels.jpg": body(encoded(picture(3, (128, 128)))),
        "/deflate.png": body(_bomb(64, 64), "image/png"),
        "/announced.jpg": _raw(_head(10_000_000), b"\xff" * 1000),
        "/unannounced.jpg": _raw(b"HTTP/1.1 200 OK\r\n\r\n", b"\xff" * 200_000),
        "/says-less.jpg": _raw(_head(len(whole) - 100), whole),
        "/says-more.jpg": _raw(_head(len(whole) + 100), whole),
        "/reset.jpg": _raw(_head(len(whole)), whole[:500], then="reset"),
        "/nothing.jpg": _raw(b""),
        "/garbage.jpg": _raw(b"SSH-2.0-OpenSSH_9.6\r\n"),
        "/empty.jpg": body(b""),
        "/loop.jpg": status(302, Location="/loop.jpg"),
        "/nowhere.jpg": status(302),
        "/odd.jpg": status(302, Location="http://[::/"),
        "/gone.jpg": status(404),
        "/error.jpg": status(500),
        "/packed.jpg": body(zlib.compress(whole)),
        "/strange.jpg": _raw(b"HTTP/1.1 404 \xff\xfe\x01 gone\r\nContent-Length: 0\r\n\r\n"),
    }
    # Each on a host of its own: what one host does wrong is no other's fault.
    ingest(workspace, *(f"{web.host(n)}{path}" for n, path in enumerate(web.answers, 1)))
    report = fetch(workspace)
    states = _states(workspace)
    rejected = reasons(workspace)
    assert {name: rejected.get(name, state) for name, state in states.items()} == {
        "whole.jpg": "stored",
        "text.jpg": "stored",
        "page.jpg": "not-an-image",
        "truncated.jpg": "truncated",
        "pixels.jpg": "too-many-pixels",
        "deflate.png": "stored",  # 64 x 64 pixels are decoded, and no byte of it more
        "announced.jpg": "too-large",
        "unannounced.jpg": "too-large",
        "says-less.jpg": rejected.get("says-less.jpg", states["says-less.jpg"]),
        "says-more.jpg": "cut-short",
        "reset.jpg": rejected.get("reset.jpg", states["reset.jpg"]),
        "nothing.jpg": "unreachable",
        "garbage.jpg": "unreachable",
        "empty.jpg": "not-an-image",
        "loop.jpg": "too-many-redirects",
        "nowhere.jpg": "too-many-redirects",
        "odd.jpg": "bad-address",
        "gone.jpg": "http-404",
        "error.jpg": "http-500",
        "packed.jpg": "not-an-image",
        "strange.jpg": rejected.get("strange.jpg", states["strange.jpg"]),
    }
    # How much of it has come when the wire breaks is up to the wire.
    assert states["reset.jpg"] in ("unreachable", "cut-short")
    assert states["says-less.jpg"] in ("rejected", "cut-short", "unreachable")
    assert report.processed == len(web.answers)
    with workspace.database.session() as session:
        counted = session.execute(select(Media.state, func.count()).group_by(Media.state))
        by_state = {row[0]: row[1] for row in counted}
        assert by_state["rejected"] == session.scalar(select(func.count(Rejection.id)))
        retry = session.execute(
            select(Media.attempts, Media.retry_at, Media.retry_detail).where(Media.state == "retry")
        ).all()
    assert all(attempts == 1 and due and detail for attempts, due, detail in retry)
    assert not [key for key in files(workspace) if key.startswith(".partial")]


@pytest.mark.parametrize(
    "url", ["http://[::/a.jpg", "http://a:99999/a.jpg", "https://", "HTTP:///a"]
)
def test_an_address_that_is_none_is_set_aside(url: str, sqlite_workspace: Workspace) -> None:
    ingest(sqlite_workspace, url)
    assert set(fetch(sqlite_workspace).rejected) <= {"bad-address", "missing-file"}
    with sqlite_workspace.database.session() as session:
        assert session.scalars(select(Media.state)).all() == ["rejected"]


def test_what_comes_again_after_failures_is_stored_as_if_nothing_had_been(
    workspace: Workspace, web: WebServer
) -> None:
    contents = {f"/{number}.jpg": jpeg(number) for number in range(6)}
    faults: list[Answer] = [
        status(500),
        status(503),
        _raw(_head(5000), b"\xff\xd8\xff", then="reset"),
        _raw(b""),
        _raw(_head(5000), contents["/4.jpg"][:300]),
        status(429),
    ]

    def first(fault: Answer, path: str) -> Answer:
        def answer(request: BaseHTTPRequestHandler) -> None:
            (fault if web.requests.count(path) <= 2 else body(contents[path]))(request)

        return answer

    for fault, path in zip(faults, contents, strict=True):
        web.answers[path] = first(fault, path)
    ingest(workspace, *(web.url + path for path in contents))
    assert dict(fetch(workspace).added) == {"images": 6}
    assert sorted(files(workspace).values()) == sorted(contents.values())
    assert set(_states(workspace).values()) == {"stored"}


@pytest.mark.parametrize("as_date", [False, True])
def test_a_server_that_says_when_to_come_back_is_left_alone_until_then(
    as_date: bool, sqlite_workspace: Workspace, web: WebServer
) -> None:
    seen: list[float] = []

    def busy(request: BaseHTTPRequestHandler) -> None:
        seen.append(time.time())
        if len(seen) > 1:
            return body(jpeg(len(seen)))(request)
        # A date has whole seconds: this one is 1 to 2 seconds away.
        when = datetime.now(UTC) + timedelta(seconds=2)
        value = format_datetime(when, usegmt=True) if as_date else "1"
        status(429, **{"Retry-After": value})(request)

    web.answers |= {f"/{number}.jpg": busy for number in range(5)}
    ingest(sqlite_workspace, *(f"{web.url}/{number}.jpg" for number in range(5)))
    report = fetch(sqlite_workspace, per_host=1, respect_tdm_reservation=False)
    assert report.added["images"] == 5
    assert seen[1] - seen[0] >= (0.9 if as_date else 1.0)


def test_a_server_that_wants_a_long_rest_is_left_to_a_later_run(
    sqlite_workspace: Workspace, web: WebServer
) -> None:
    web.answers |= {f"/{n}.jpg": status(429, **{"Retry-After": "7200"}) for n in range(20)}
    ingest(sqlite_workspace, *(f"{web.url}/{number}.jpg" for number in range(20)))
    started = datetime.now(UTC)
    report = fetch(sqlite_workspace, per_host=1)
    assert (report.added["to retry later"], report.seconds < 5) == (20, True)
    assert len([path for path in web.requests if path.endswith(".jpg")]) == 1
    with sqlite_workspace.database.session() as session:
        due = session.scalars(select(Media.retry_at)).all()
        # Those that were not asked for have not used up one of their attempts.
        assert sorted(session.scalars(select(Media.attempts))) == [0] * 19 + [1]
    assert all(when and when - started > timedelta(seconds=7000) for when in due)


def test_only_what_is_due_is_tried_again_and_now_means_now(
    workspace: Workspace, web: WebServer
) -> None:
    web.answers |= {"/a.jpg": status(503), "/b.jpg": body(jpeg(2))}
    ingest(workspace, web.url + "/a.jpg")
    fetch(workspace)
    ingest(workspace, web.url + "/b.jpg", name="second")
    web.answers["/a.jpg"] = body(jpeg(1))
    assert fetch(workspace, which="retry").processed == 0  # not due, and b waits for the first time
    report = fetch(workspace, which="retry-now")
    assert (report.processed, dict(report.added)) == (1, {"images": 1})
    assert fetch(workspace).processed == 1
    with workspace.database.session() as session:
        found = session.execute(select(Media.state, Media.retry_at, Media.retry_reason)).all()
    assert {tuple(row) for row in found} == {("stored", None, None)}


def test_a_dead_host_costs_a_few_tries_and_holds_up_nobody(
    workspace: Workspace, web: WebServer
) -> None:
    dead = [f"http://127.0.0.9:9/{number}.jpg" for number in range(200)]  # nobody listens there
    web.answers |= {f"/{number}.jpg": body(jpeg(number)) for number in range(20)}
    ingest(workspace, *dead, *(web.url + path for path in web.answers))
    report = fetch(workspace, connections=4)
    assert dict(report.added) == {"images": 20, "to retry later": 200}
    assert report.seconds < 10
    with workspace.database.session() as session:
        waiting = select(Media.retry_reason, func.count()).where(Media.state == "retry")
        found = session.execute(waiting.group_by(Media.retry_reason)).all()
    assert [tuple(row) for row in found] == [("unreachable", 200)]


def test_slow_hosts_hold_up_their_own_pictures_only(
    sqlite_workspace: Workspace, web: WebServer
) -> None:
    gate = threading.Event()
    order: list[str] = []

    def slow(request: BaseHTTPRequestHandler) -> None:
        gate.wait(20)
        body(jpeg(1))(request)

    def fast(request: BaseHTTPRequestHandler) -> None:
        order.append(request.path)
        if len(order) == 40:
            gate.set()  # only when all others are through may the slow host go on
        body(jpeg(2))(request)

    for number in range(40):
        web.answers |= {f"/slow{number}.jpg": slow, f"/fast{number}.jpg": fast}
    ingest(
        sqlite_workspace,
        *(f"{web.host(2)}/slow{number}.jpg" for number in range(40)),
        *(f"{web.host(3)}/fast{number}.jpg" for number in range(40)),
    )
    fetch(sqlite_workspace, per_host=2, connections=4, timeout=15.0)
    assert set(_states(sqlite_workspace).values()) == {"stored"}


def test_no_host_is_asked_for_more_at_once_than_is_set(
    sqlite_workspace: Workspace, web: WebServer
) -> None:
    lock, now, most = threading.Lock(), 0, 0

    def count(request: BaseHTTPRequestHandler) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.02)
        with lock:
            now -= 1
        body(jpeg(1))(request)

    web.answers |= {f"/{number}.jpg": count for number in range(30)}
    ingest(sqlite_workspace, *(web.url + path for path in web.answers))
    fetch(sqlite_workspace, per_host=3)
    assert most == 3


def test_a_connection_that_was_closed_between_two_requests_is_opened_anew(
    sqlite_workspace: Workspace, web: WebServer
) -> None:
    def closing(number: int) -> Answer:
        def answer(request: BaseHTTPRequestHandler) -> None:
            body(jpeg(number))(request)
            request.close_connection = True  # which its answer did not say

        return answer

    web.answers |= {f"/{number}.jpg": closing(number) for number in range(20)}
    ingest(sqlite_workspace, *(web.url + path for path in web.answers))
    assert dict(fetch(sqlite_workspace, per_host=2).added) == {"images": 20}


def test_a_server_that_stalls_or_drips_is_given_up_in_time(
    workspace: Workspace, web: WebServer
) -> None:
    def stall(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(_head(5000) + jpeg(1)[:100])
        web.released.wait(10)

    def drip(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(_head(5000))
        while not web.released.wait(0.05):
            request.wfile.write(b"\xff")

    def drip_headers(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not web.released.wait(0.05):
            request.wfile.write(b"X")

    def silent(request: BaseHTTPRequestHandler) -> None:
        web.released.wait(10)

    web.answers |= {"/stall.jpg": stall, "/drip.jpg": drip, "/good.jpg": body(jpeg(2))}
    web.answers |= {"/headers.jpg": drip_headers, "/silent.jpg": silent}
    ingest(workspace, *(f"{web.host(n)}{path}" for n, path in enumerate(web.answers, 1)))
    report = fetch(workspace, timeout=0.3, min_rate=1000.0)
    assert _states(workspace) == {
        "stall.jpg": "stalled",
        "drip.jpg": "too-slow",
        "good.jpg": "stored",
        "headers.jpg": "unreachable",
        "silent.jpg": "unreachable",
    }
    assert report.seconds < 10


def _secret_places(workspace: Workspace) -> Iterator[str]:
    with workspace.database.session() as session:
        yield from session.scalars(select(Rejection.detail))
        yield from (text for text in session.scalars(select(Media.retry_detail)) if text)


def test_no_reason_shows_a_secret(workspace: Workspace, web: WebServer) -> None:
    paths: dict[str, Any] = {
        "/gone.jpg": status(404),
        "/error.jpg": status(500),
        "/page.jpg": body(b"<html>"),
        "/garbage.jpg": _raw(b"SSH-2.0\r\n"),
        "/cut.jpg": _raw(_head(5000), b"\xff"),
        "/loop.jpg": status(302, Location="/loop.jpg?token=SECRET"),
    }
    web.answers |= paths | {f"{path}?sig=SECRET": answer for path, answer in paths.items()}
    web.answers["/loop.jpg?token=SECRET"] = paths["/loop.jpg"]
    with_user = web.url.replace("http://", "http://me:SECRET@")
    ingest(workspace, *(f"{with_user}{path}?sig=SECRET" for path in paths))
    fetch(workspace)
    said = list(_secret_places(workspace))
    assert len(said) == len(paths)
    assert not [detail for detail in said if "SECRET" in detail]
    assert all(path in " ".join(said) for path in paths)
