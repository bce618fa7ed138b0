"""Servers on loopback that answer, page, limit and fail as the documented APIs do."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, quote, unquote, urlsplit

import pytest

from curation.settings import IngestSettings

JPEG = "image/jpeg"
JSON = "application/json; charset=utf-8"


def allow_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pictures be fetched from loopback, where a setting has to allow that."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    if "allow_private_addresses" in IngestSettings.model_fields:
        monkeypatch.setenv("EVENFACE_INGEST__ALLOW_PRIVATE_ADDRESSES", "true")


@dataclass
class Request:
    """A request as it arrived."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    raw: str

    @property
    def token(self) -> str | None:
        """The bearer token, if one was sent."""
        value = self.headers.get("authorization", "")
        return value.removeprefix("Bearer ") if value.startswith("Bearer ") else None


@dataclass
class Reply:
    """An answer: status, body (JSON unless bytes), headers."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None  # bytes after which the connection is closed
    stall: float = 0.0  # seconds before anything is sent


class ReplayServer:
    """A server in a thread of its own, which fails where `fail` says so."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self._faults: dict[int, Reply] = {}
        self.files: dict[str, bytes] = {}
        self.lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 30

            def handle(self) -> None:
                with suppress(ConnectionError):
                    super().handle()

            def do_GET(self) -> None:
                outer._serve(self)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def running(self) -> Iterator[Self]:
        """Serve while the block runs."""
        thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()

    def asked(self, part: str = "") -> list[Request]:
        """Return the requests to the API whose path holds `part`."""
        return [request for request in self.requests if part in request.path]

    def fail(self, reply: Reply, *, after: int = 0, times: int = 1) -> None:
        """Answer so many requests to the API with `reply`, when so many more have passed."""
        first = len(self.requests) + after + 1
        self._faults |= dict.fromkeys(range(first, first + times), reply)

    def answer(self, request: Request) -> Reply:
        """Answer a request to the API."""
        raise NotImplementedError

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        if parts.path in self.files:
            self._send(handler, Reply(body=self.files[parts.path], headers={"Content-Type": JPEG}))
            return
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        headers = {name.lower(): value for name, value in handler.headers.items()}
        request = Request(unquote(parts.path), query, headers, handler.path)
        with self.lock:
            self.requests.append(request)
            reply = self._faults.pop(len(self.requests), None) or self.answer(request)
        self._send(handler, reply)

    def _send(self, handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        time.sleep(reply.stall)
        handler.send_response(reply.status)
        headers = {"Content-Type": JSON, "Content-Length": str(len(body)), **reply.headers}
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body if reply.cut is None else body[: reply.cut])
        if reply.cut is not None:
            handler.close_connection = True


class Mastodon(ReplayServer):
    """An instance: hashtag timelines, newest first, 40 at most, `Link` and `X-RateLimit-*`."""

    def __init__(self) -> None:
        super().__init__()
        self.statuses: list[dict[str, Any]] = []
        self.members_only: str | None = None  # the token that is asked for
        self.left: int | None = 299
        self.resets_at = datetime.now(UTC) + timedelta(minutes=5)

    def add(self, number: int, *tags: str, **changes: Any) -> dict[str, Any]:
        """Add a status with a picture; its id grows with `number`, its time too."""
        status_id = str(109440153064280358 + number * 1000)
        media = f"/media/{number}.jpg"
        words = " ".join(f'<a href="{self.url}/tags/{t}">#<span>{t}</span></a>' for t in tags)
        status = {
            "id": status_id,
            "created_at": f"{_at(number):%Y-%m-%dT%H:%M:%S}.577Z",
            "sensitive": False,
            "visibility": "public",
            "language": "en",
            "uri": f"{self.url}/users/u{number % 7}/statuses/{status_id}",
            "url": f"{self.url}/@u{number % 7}/{status_id}",
            "content": f"<p>A secret caption {words}</p>",
            "reblog": None,
            "account": account(self.url, number % 7),
            "media_attachments": [
                {"id": str(number), "type": "image", "url": self.url + media, "remote_url": None}
            ],
            "tags": [{"name": t.lower(), "url": f"{self.url}/tags/{quote(t)}"} for t in tags],
        } | changes
        self.statuses.insert(0, status)
        self.statuses.sort(key=lambda status: int(status["id"]), reverse=True)
        return status

    def answer(self, request: Request) -> Reply:
        """Answer `/api/v1/timelines/tag/:hashtag`."""
        if self.members_only and request.token != self.members_only:
            said = "This method requires an authenticated user"
            return Reply(422 if request.token is None else 401, {"error": said})
        prefix = "/api/v1/timelines/tag/"
        if not request.path.startswith(prefix):
            return Reply(404, {"error": "Record not found"})
        tag, query = request.path.removeprefix(prefix), request.query
        found = [s for s in self.statuses if any(t["name"] == tag.lower() for t in s["tags"])]
        if query.get("only_media") == "true":
            found = [s for s in found if s["media_attachments"]]
        limit = min(int(query.get("limit", 20)), 40)
        if "max_id" in query:
            found = [s for s in found if int(s["id"]) < int(query["max_id"])]
        if "min_id" in query:
            found = [s for s in found if int(s["id"]) > int(query["min_id"])][-limit:]
        page = found[:limit]
        headers = {}
        if page:
            base = f"{self.url}{prefix}{quote(tag)}?limit={limit}&only_media=true"
            headers["Link"] = (
                f'<{base}&max_id={page[-1]["id"]}>; rel="next", '
                f'<{base}&min_id={page[0]["id"]}>; rel="prev"'
            )
        if self.left is not None:
            headers |= {
                "X-RateLimit-Limit": "300",
                "X-RateLimit-Remaining": str(self.left),
                "X-RateLimit-Reset": f"{self.resets_at:%Y-%m-%dT%H:%M:%S.%f}Z",
            }
        return Reply(body=page, headers=headers)


def account(url: str, number: int, **changes: Any) -> dict[str, Any]:
    """Return an account that opted into being found."""
    return {
        "id": str(number),
        "username": f"u{number}",
        "acct": f"u{number}",
        "display_name": "",
        "note": "<p>I walk funny</p>",
        "url": f"{url}/@u{number}",
        "bot": False,
        "discoverable": True,
        "indexable": True,
        "noindex": False,
        "fields": [{"name": "bread", "value": "toasty.", "verified_at": None}],
    } | changes


def _at(number: int) -> datetime:
    return datetime(2022, 12, 1, tzinfo=UTC) + timedelta(hours=number)


class Graph(ReplayServer):
    """The Graph API's hashtag search, which counts 30 hashtags and repeats the token."""

    ACCOUNT = "17841405309211844"

    def __init__(self, token: str) -> None:
        super().__init__()
        self.token = token
        self.hashtags: dict[str, list[dict[str, Any]]] = {}
        self.spent: set[str] = set()
        self.usage: dict[str, str] = {}
        self._position: dict[str, int] = {}

    def add(self, tag: str, number: int, **changes: Any) -> dict[str, Any]:
        """Add a photograph to a hashtag, an hour old."""
        moment = datetime.now(UTC) - timedelta(hours=1, seconds=number)
        media = {
            "id": str(17880997618000000 + number),
            "caption": f"A secret caption #{tag} #Family",
            "media_type": "IMAGE",
            "media_url": f"{self.url}/media/{number}.jpg",
            "permalink": f"https://www.instagram.com/p/C{number}/",
            "timestamp": f"{moment:%Y-%m-%dT%H:%M:%S}+0000",
        } | changes
        self.hashtags.setdefault(tag, []).append(media)
        return media

    def answer(self, request: Request) -> Reply:
        """Answer `/vN/ig_hashtag_search`, `/vN/ID/recent_media` and `/vN/ID/top_media`."""
        query = request.query
        if query.get("access_token") != self.token:
            return graph_error(190, "Error validating access token: Session has expired")
        if query.get("user_id") != self.ACCOUNT:
            return graph_error(100, "Invalid parameter", 33)
        _, version, *rest = request.path.split("/")
        assert version.startswith("v")
        if rest == ["ig_hashtag_search"]:
            tag = query["q"]
            if tag not in self.hashtags:
                return graph_error(24, "The hashtag you entered cannot be found", 2207024)
            if len(self.spent | {tag}) > 30:
                return graph_error(18, "You have queried the maximum of 30 hashtags", 2207034)
            self.spent.add(tag)
            return Reply(body={"data": [{"id": self.number(tag)}]}, headers=self.usage)
        tag = next(tag for tag in self.hashtags if self.number(tag) == rest[0])
        return self._edge(tag, rest[1], query)

    def number(self, tag: str) -> str:
        """Return the id of a hashtag."""
        return str(17843857450040591 + list(self.hashtags).index(tag))

    def _edge(self, tag: str, edge: str, query: dict[str, str]) -> Reply:
        fields = query.get("fields", "id")
        if "username" in fields:
            return graph_error(100, "Tried accessing nonexisting field (username)")
        day_ago = datetime.now(UTC) - timedelta(days=1)
        found = [
            media
            for media in self.hashtags[tag]
            if edge == "top_media" or datetime.fromisoformat(media["timestamp"]) > day_ago
        ]
        limit = min(int(query.get("limit", 25)), 50)
        # The cursor is the same on every page, and still leads to the next one.
        start = self._position.get(tag, 0) if "after" in query else 0
        self._position[tag] = start + limit
        page = [
            {name: value for name, value in media.items() if name in fields}
            for media in found[start : start + limit]
        ]
        body: dict[str, Any] = {"data": page}
        if page:
            body["paging"] = {"cursors": {"after": "QVFIUmx1WTBpMGpZAa2"}}
            if found[start + limit :]:
                body["paging"]["next"] = (
                    f"{self.url}/v1/{self.number(tag)}/{edge}?access_token={self.token}&after=QVFI"
                )
        return Reply(body=body, headers=self.usage)


def graph_error(code: int, message: str, subcode: int | None = None, **headers: str) -> Reply:
    """Return an error envelope as the Graph API writes it."""
    error = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A6LJylpZRK"}
    if subcode:
        error |= {"error_subcode": subcode, "error_user_msg": message, "is_transient": False}
    return Reply(400, {"error": error}, headers)


LICENCES = [
    ("0", "All Rights Reserved", "https://www.flickrhelp.com/hc/en-us/articles/10710266545556"),
    ("1", "CC BY-NC-SA 2.0", "https://creativecommons.org/licenses/by-nc-sa/2.0/"),
    ("4", "CC BY 2.0", "https://creativecommons.org/licenses/by/2.0/"),
    ("5", "CC BY-SA 2.0", "https://creativecommons.org/licenses/by-sa/2.0/"),
    ("7", "No known copyright restrictions", "https://www.flickr.com/commons/usage/"),
    ("8", "United States Government Work", "http://www.usa.gov/copyright.shtml"),
    ("9", "CC0 1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
    ("10", "Public Domain Mark", "https://creativecommons.org/publicdomain/mark/1.0/"),
    ("11", "CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"),
]


class Flickr(ReplayServer):
    """Flickr's REST API: search by tag, licence and upload date; 4,000 results and no more."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key
        self.photos: list[dict[str, Any]] = []

    def add(self, number: int, uploaded: int, *tags: str, **changes: Any) -> dict[str, Any]:
        """Add a photograph as `extras` shows it."""
        photo = {
            "id": str(11738172576 + number),
            "owner": f"{number % 9:08d}@N00",
            "secret": "37d0aeb353",
            "server": "3803",
            "farm": 4,
            "title": "A secret title",
            "ispublic": 1,
            "license": "4",
            "dateupload": str(uploaded),
            "tags": " ".join(tags),
            "latitude": 0,
            "longitude": 0,
            "accuracy": 0,
            "media": "photo",
            "pathalias": None,
            "url_l": f"{self.url}/media/{number}.jpg",
        } | changes
        self.photos.append(photo)
        return photo

    def answer(self, request: Request) -> Reply:
        """Answer `/services/rest/`."""
        query = request.query
        if query.get("api_key") != self.key:
            return flickr_error(100, "Invalid API Key (Key has invalid format)")
        assert (query["format"], query["nojsoncallback"]) == ("json", "1")
        if query["method"] == "flickr.photos.licenses.getInfo":
            listed = [{"id": int(i), "name": n, "url": u} for i, n, u in LICENCES]
            return Reply(body={"licenses": {"license": listed}, "stat": "ok"})
        if query["method"] != "flickr.photos.search":
            return flickr_error(112, "Method not found")
        if not query.get("tags"):
            return flickr_error(3, "Parameterless searches have been disabled.")
        low, high = int(query["min_upload_date"]), int(query["max_upload_date"])
        licences = set(query["license"].split(","))
        found = [
            photo
            for photo in self.photos
            if query["tags"] in photo["tags"].split()
            and low <= int(photo["dateupload"]) <= high
            and photo["license"] in licences
        ]
        found.sort(key=lambda photo: int(photo["dateupload"]))
        size, page = min(int(query["per_page"]), 500), int(query["page"])
        # Beyond the first 4,000 results the last page is given again.
        start = min((page - 1) * size, 4000 - size)
        photos = {
            "page": page,
            "pages": -(-len(found) // size),
            "perpage": size,
            "total": str(len(found)) if page % 2 else len(found),  # both were seen
            "photo": found[start : start + size],
        }
        return Reply(body={"photos": photos, "stat": "ok"})


def flickr_error(code: int, message: str) -> Reply:
    """Return a failure as Flickr writes it: with status 200."""
    return Reply(200, {"stat": "fail", "code": code, "message": message})
