"""Pictures whose owners object are not taken, and their words are kept."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler

import pytest
from ingest_parts import Answer, WebServer, body, fetch, files, ingest, jpeg, reasons, status
from sqlalchemy import select

from curation.database.models import Media, Rejection
from curation.workspace import Workspace


def _with_header(name: str, value: str) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        content = jpeg(1)
        request.send_response(200)
        request.send_header(name, value)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    return answer


def _details(workspace: Workspace) -> list[str]:
    with workspace.database.session() as session:
        return list(session.scalars(select(Rejection.detail).order_by(Rejection.reason)))


def _text(content: str, kind: str = "text/plain") -> Answer:
    return body(content.encode(), kind)


HEADERS = {
    "x-robots-tag": ("X-Robots-Tag", "noimageai"),
    "tdm-reservation": ("tdm-reservation", "1"),
    "content-usage": ("Content-Usage", "search=y, train-ai=n"),
}


def test_a_picture_whose_answer_objects_is_set_aside_with_its_words(
    workspace: Workspace, web: WebServer
) -> None:
    for kind, header in HEADERS.items():
        web.answers[f"/{kind}.jpg"] = _with_header(*header)
    web.answers["/free.jpg"] = body(jpeg(2))
    ingest(workspace, *(web.url + path for path in web.answers))
    report = fetch(workspace)
    assert dict(report.rejected) == dict.fromkeys(HEADERS, 1)
    assert list(files(workspace).values()) == [jpeg(2)]
    words = [f"{name}: {value}" for name, value in HEADERS.values()]
    assert sorted(_details(workspace)) == sorted(
        f"the answer's header says: {said}" for said in words
    )


def test_a_site_that_objects_beforehand_is_not_even_asked(
    workspace: Workspace, web: WebServer
) -> None:
    web.answers |= {
        "/robots.txt": _text("User-agent: *\nDisallow: /private/\nContent-Usage: /art train-ai=n"),
        "/.well-known/tdmrep.json": _text('[{"location": "/news/", "tdm-reservation": 1}]'),
    }
    taken = ["/private/1.jpg", "/art/2.jpg", "/news/3.jpg", "/open/4.jpg"]
    web.answers |= {path: body(jpeg(number)) for number, path in enumerate(taken)}
    ingest(workspace, *(web.url + path for path in taken))
    fetch(workspace)
    assert reasons(workspace) == {
        "1.jpg": "robots",
        "2.jpg": "content-usage",
        "3.jpg": "tdm-reservation",
    }
    assert _details(workspace) == [
        f"{web.url}/robots.txt says: Content-Usage: /art train-ai=n",
        f"{web.url}/robots.txt says: Disallow: /private/",
        f"{web.url}/.well-known/tdmrep.json says: "
        + json.dumps({"location": "/news/", "tdm-reservation": 1}),
    ]
    assert set(web.requests) == {"/robots.txt", "/.well-known/tdmrep.json", "/open/4.jpg"}


def test_a_site_is_asked_once_for_what_it_says(sqlite_workspace: Workspace, web: WebServer) -> None:
    web.answers |= {f"/{number}.jpg": body(jpeg(number)) for number in range(30)}
    ingest(sqlite_workspace, *(web.url + path for path in list(web.answers)))
    assert fetch(sqlite_workspace).added["images"] == 30  # no robots.txt (404) forbids nothing
    assert web.requests.count("/robots.txt") == 1
    assert web.requests.count("/.well-known/tdmrep.json") == 1


def test_a_redirect_to_a_site_that_objects_is_not_followed(
    sqlite_workspace: Workspace, web: WebServer
) -> None:
    def robots(request: BaseHTTPRequestHandler) -> None:
        closed = request.headers["Host"].startswith("127.0.0.2:")
        _text("User-agent: *\nDisallow: /" if closed else "")(request)

    web.answers |= {
        "/robots.txt": robots,
        "/a.jpg": status(302, Location=f"{web.host(2)}/b.jpg"),
        "/b.jpg": body(jpeg(1)),
    }
    ingest(sqlite_workspace, web.url + "/a.jpg")
    assert dict(fetch(sqlite_workspace).rejected) == {"robots": 1}
    assert "/b.jpg" not in web.requests


@pytest.mark.parametrize("code", [500, 503, 429])
def test_a_robots_txt_that_fails_forbids_everything_until_it_can_be_read(
    code: int, sqlite_workspace: Workspace, web: WebServer
) -> None:
    web.answers |= {"/robots.txt": status(code)} | {
        f"/{number}.jpg": body(jpeg(number)) for number in range(10)
    }
    ingest(sqlite_workspace, *(f"{web.url}/{number}.jpg" for number in range(10)))
    assert dict(fetch(sqlite_workspace).added) == {"to retry later": 10}
    assert not any(path.endswith(".jpg") for path in web.requests)
    with sqlite_workspace.database.session() as session:
        found = session.execute(select(Media.retry_reason, Media.retry_detail)).all()
    assert {reason for reason, _ in found} == {"robots-unreachable"}
    assert all(f"/robots.txt answered {code}" in str(detail) for _, detail in found)
    web.answers["/robots.txt"] = status(404)
    assert fetch(sqlite_workspace, which="retry-now").added["images"] == 10


def test_a_robots_txt_is_found_behind_redirects_and_counts_for_the_first_host(
    sqlite_workspace: Workspace, web: WebServer
) -> None:
    web.answers |= {
        "/robots.txt": status(301, Location="/real.txt"),
        "/real.txt": _text("User-agent: *\nDisallow: /a.jpg"),
        "/a.jpg": body(jpeg(1)),
    }
    ingest(sqlite_workspace, web.url + "/a.jpg")
    assert dict(fetch(sqlite_workspace).rejected) == {"robots": 1}


def test_of_a_huge_robots_txt_the_first_500_kib_count(
    sqlite_workspace: Workspace, web: WebServer
) -> None:
    padding = "# nothing\n" * 60_000  # 600 kB
    web.answers |= {
        "/robots.txt": _text(f"User-agent: *\nDisallow: /early\n{padding}Disallow: /late\n"),
        "/early.jpg": body(jpeg(1)),
        "/late.jpg": body(jpeg(2)),
    }
    ingest(sqlite_workspace, web.url + "/early.jpg", web.url + "/late.jpg")
    fetch(sqlite_workspace)
    assert reasons(sqlite_workspace) == {"early.jpg": "robots"}


def test_words_that_no_database_takes_are_kept_as_far_as_they_can_be(
    workspace: Workspace, web: WebServer
) -> None:
    rules = b"User-agent: *\nDisallow: /a\x00\xff*\nDisallow: /b" + b"*" * 5000
    web.answers |= {"/robots.txt": body(rules, "text/plain"), "/b.jpg": body(jpeg(1))}
    ingest(workspace, web.url + "/b.jpg", web.url + "/a%00%EF%BF%BD.jpg")
    assert dict(fetch(workspace).rejected) == {"robots": 2}
    details = sorted(_details(workspace))
    assert details[0].endswith("says: Disallow: /a\ufffd\ufffd*")
    assert details[1].endswith("***…")
    assert len(details[1]) < 1100


def test_a_crawl_delay_spaces_the_requests(sqlite_workspace: Workspace, web: WebServer) -> None:
    web.answers |= {"/robots.txt": _text("User-agent: *\nCrawl-delay: 0.2")} | {
        f"/{number}.jpg": body(jpeg(number)) for number in range(4)
    }
    ingest(sqlite_workspace, *(f"{web.url}/{number}.jpg" for number in range(4)))
    report = fetch(sqlite_workspace)
    assert report.added["images"] == 4
    assert report.seconds >= 0.2 * 4  # tdmrep.json is a request like others


def test_each_preference_can_be_left_aside_by_its_setting(
    sqlite_workspace: Workspace, web: WebServer
) -> None:
    for kind, header in HEADERS.items():
        web.answers[f"/{kind}.jpg"] = _with_header(*header)
    web.answers["/closed.jpg"] = body(jpeg(3))
    ingest(sqlite_workspace, *(web.url + path for path in web.answers))
    web.answers["/robots.txt"] = _text("User-agent: *\nDisallow: /closed")
    names = ("robots", "x_robots_tag", "tdm_reservation", "content_usage")
    report = fetch(sqlite_workspace, **{f"respect_{name}": False for name in names})
    assert (report.processed, dict(report.rejected)) == (4, {})
    assert "/robots.txt" not in web.requests
