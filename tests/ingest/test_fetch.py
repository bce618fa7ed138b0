"""Pictures are fetched from disk and web, checked, and stored once under their SHA-256."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from ingest_parts import (
    WebServer,
    body,
    encoded,
    fetch,
    files,
    ingest,
    jpeg,
    picture,
    png_header_only,
    reasons,
    status,
)
from sqlalchemy import select, update

from curation.database.models import Image, Media, Rejection
from curation.ingest.fetch import RUNS
from curation.workspace import Workspace


def test_a_picture_is_stored_as_it_came_under_its_sha256(
    workspace: Workspace, tmp_path: Path
) -> None:
    content = encoded(picture(1), "PNG")
    (tmp_path / "a.jpg").write_bytes(content)  # the ending lies; the content decides
    ingest(workspace, str(tmp_path / "a.jpg"))
    assert dict(fetch(workspace).added) == {"images": 1}
    digest = hashlib.sha256(content).hexdigest()
    key = f"images/{digest[:2]}/{digest}.png"
    assert files(workspace) == {key: content}
    with workspace.database.session() as session:
        [image] = session.scalars(select(Image))
        assert (image.id, image.store_key, image.format) == (digest, key, "PNG")
        assert (image.width, image.height, image.byte_count) == (64, 48, len(content))
        assert (image.face_count, image.phash, image.group_id, image.kept) == (None,) * 3 + (False,)
        [media] = session.scalars(select(Media))
        assert (media.state, media.image_id, media.attempts) == ("stored", digest, 1)


def test_each_bad_file_is_rejected_with_its_own_reason(
    workspace: Workspace, tmp_path: Path
) -> None:
    whole = jpeg(2)
    contents = {
        "whole.jpg": whole,
        "truncated.jpg": whole[: len(whole) // 2],
        "page.jpg": b"<!DOCTYPE html><html><body>404</body></html>",
        "empty.jpg": b"",
        "bomb.png": png_header_only(30_000, 30_000),
        "pixels.png": encoded(picture(3, (128, 128)), "PNG"),
        "bytes.bmp": encoded(picture(3, (256, 256)), "BMP"),
        "phone.heic": b"\x00\x00\x00\x18ftypheic" + b"\x00" * 100,
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "folder.jpg").mkdir()
    os.mkfifo(tmp_path / "pipe.jpg")
    names = [*contents, "missing.jpg", "folder.jpg", "pipe.jpg"]
    ingest(workspace, *(str(tmp_path / name) for name in names))
    report = fetch(workspace)
    assert (report.processed, report.added["images"]) == (len(names), 1)
    assert reasons(workspace) == {
        "truncated.jpg": "truncated",
        "page.jpg": "not-an-image",
        "empty.jpg": "not-an-image",
        "bomb.png": "too-many-pixels",
        "pixels.png": "too-many-pixels",
        "bytes.bmp": "too-large",
        "phone.heic": "unsupported-format",
        "missing.jpg": "missing-file",
        "folder.jpg": "missing-file",
        "pipe.jpg": "missing-file",
    }
    assert list(files(workspace).values()) == [whole]
    with workspace.database.session() as session:
        details = session.scalars(select(Rejection.detail)).all()
    assert all(details)
    assert not any("0x" in detail for detail in details)  # an address would differ every time


def test_the_same_bytes_in_many_posts_are_one_image(workspace: Workspace, tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        (tmp_path / name).write_bytes(jpeg(4))
    ingest(workspace, *(str(tmp_path / name) for name in ("a.jpg", "b.jpg", "c.jpg")))
    assert fetch(workspace).added["images"] == 1
    assert len(files(workspace)) == 1
    with workspace.database.session() as session:
        assert len(session.scalars(select(Media).where(Media.state == "stored")).all()) == 3


def test_a_known_image_that_gets_a_new_post_is_compared_anew(
    workspace: Workspace, tmp_path: Path
) -> None:
    for name, seed in (("a.jpg", 5), ("b.jpg", 6), ("again.jpg", 5)):
        (tmp_path / name).write_bytes(jpeg(seed))
    ingest(workspace, str(tmp_path / "a.jpg"), str(tmp_path / "b.jpg"))
    fetch(workspace)
    with workspace.database.session() as session:
        session.execute(update(Image).values(group_id=Image.id, kept=True))
    ingest(workspace, str(tmp_path / "again.jpg"), name="second")
    fetch(workspace)
    with workspace.database.session() as session:
        seen = {image.id: (image.group_id, image.kept) for image in session.scalars(select(Image))}
    again, other = (hashlib.sha256(jpeg(seed)).hexdigest() for seed in (5, 6))
    assert seen == {again: (None, False), other: (other, True)}


def test_a_file_left_in_the_store_by_a_killed_run_is_taken_as_it_is(
    sqlite_workspace: Workspace, tmp_path: Path
) -> None:
    content = jpeg(7)
    (tmp_path / "a.jpg").write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    sqlite_workspace.store.put(f"images/{digest[:2]}/{digest}.jpg", content)
    ingest(sqlite_workspace, str(tmp_path / "a.jpg"))
    assert fetch(sqlite_workspace).added["images"] == 1


def test_addresses_end_in_stored_or_in_a_reason(workspace: Workspace, web: WebServer) -> None:
    def forever(request: BaseHTTPRequestHandler) -> None:
        status(302, Location="/forever.jpg")(request)

    def endless(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)  # no length is announced
        request.end_headers()
        request.close_connection = True
        for _ in range(1000):
            request.wfile.write(b"\xff" * 1000)

    web.answers |= {
        "/good.jpg": body(jpeg(8)),
        "/moved.jpg": status(301, Location="/good.jpg"),
        "/page.jpg": body(b"<html>log in</html>"),
        "/announced.jpg": body(b"\xff" * 100_001),
        "/endless.jpg": endless,
        "/gone.jpg": status(410),
        "/forever.jpg": forever,
        "/elsewhere.jpg": status(302, Location="ftp://127.0.0.1/a.jpg"),
    }
    names = [*web.answers, "/missing.jpg"]
    ingest(workspace, *(web.url + name for name in names))
    report = fetch(workspace)
    assert dict(report.added) == {"images": 1}
    assert reasons(workspace) == {
        "page.jpg": "not-an-image",
        "announced.jpg": "too-large",
        "endless.jpg": "too-large",
        "gone.jpg": "http-410",
        "forever.jpg": "too-many-redirects",
        "elsewhere.jpg": "bad-address",
        "missing.jpg": "http-404",
    }
    assert web.requests.count("/missing.jpg") == 1  # what will not change is asked once


def test_a_server_that_stumbles_is_asked_again_at_once(
    sqlite_workspace: Workspace, web: WebServer
) -> None:
    def second_time(request: BaseHTTPRequestHandler) -> None:
        (body(jpeg(9)) if web.requests.count("/a.jpg") > 1 else status(503))(request)

    def cut_short(request: BaseHTTPRequestHandler) -> None:
        if web.requests.count("/b.jpg") > 1:
            return body(jpeg(10))(request)
        request.send_response(200)
        request.send_header("Content-Length", "5000")
        request.end_headers()
        request.wfile.write(jpeg(10)[:100])
        request.close_connection = True

    web.answers |= {"/a.jpg": second_time, "/b.jpg": cut_short}
    ingest(sqlite_workspace, web.url + "/a.jpg", web.url + "/b.jpg")
    assert fetch(sqlite_workspace).added["images"] == 2


def test_what_may_come_another_time_is_tried_by_later_runs_and_given_up_in_the_end(
    workspace: Workspace, web: WebServer
) -> None:
    web.answers["/busy.jpg"] = status(429)
    ingest(workspace, web.url + "/busy.jpg")
    started = datetime.now(UTC)
    assert fetch(workspace).added["to retry later"] == 1
    with workspace.database.session() as session:
        [media] = session.scalars(select(Media))
        assert (media.state, media.attempts) == ("retry", 1)
        assert media.retry_at is not None
        assert media.retry_at - started >= timedelta(minutes=5)
    assert fetch(workspace).processed == 0  # not due yet

    for _ in range(RUNS - 1):
        with workspace.database.session() as session:
            session.execute(update(Media).values(retry_at=started - timedelta(seconds=1)))
        assert fetch(workspace).processed == 1
    assert reasons(workspace) == {"busy.jpg": "http-429"}
    with workspace.database.session() as session:
        [media] = session.scalars(select(Media))
        assert (media.state, media.attempts, media.retry_at) == ("rejected", RUNS, None)


def test_a_picture_that_comes_at_the_second_run_is_stored(
    sqlite_workspace: Workspace, web: WebServer
) -> None:
    web.answers["/a.jpg"] = status(500)
    ingest(sqlite_workspace, web.url + "/a.jpg")
    fetch(sqlite_workspace)
    web.answers["/a.jpg"] = body(jpeg(11))
    with sqlite_workspace.database.session() as session:
        session.execute(update(Media).values(retry_at=datetime(2020, 1, 1, tzinfo=UTC)))
    assert fetch(sqlite_workspace).added["images"] == 1


def test_a_server_that_stalls_or_drips_or_is_not_there_holds_nothing_up(
    sqlite_workspace: Workspace, web: WebServer
) -> None:
    def stall(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "5000")
        request.end_headers()
        request.wfile.write(jpeg(12)[:100])
        web.released.wait(10)

    def drip(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "5000")
        request.end_headers()
        while not web.released.wait(0.1):
            request.wfile.write(b"\xff")

    web.answers |= {"/stall.jpg": stall, "/drip.jpg": drip, "/good.jpg": body(jpeg(12))}
    dead = "http://127.0.0.1:9/a.jpg"  # the discard port: nobody listens
    ingest(sqlite_workspace, *(web.url + name for name in web.answers), dead)
    report = fetch(sqlite_workspace, timeout=0.3)
    assert dict(report.added) == {"images": 1, "to retry later": 3}
    assert report.seconds < 10
