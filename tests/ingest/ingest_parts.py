"""What the tests of ingest share: small pictures, a web server, and snapshots of a workspace."""

from __future__ import annotations

import io
import struct
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from PIL import Image
from sqlalchemy import select

from curation.database.models import Base, Media, Rejection
from curation.ingest.fetch import FetchMedia, Which
from curation.ingest.record import RecordPosts
from curation.settings import IngestSettings
from curation.sources import Post as SourcePost
from curation.stages import Report, run
from curation.workspace import Workspace


class Addresses:
    """A source with one post per picture, each stating an age."""

    kind: ClassVar[str] = "addresses"

    def __init__(self, urls: Sequence[str], name: str = "addresses") -> None:
        self._urls, self.name = urls, name

    def posts(self) -> Iterator[SourcePost]:
        for number, url in enumerate(self._urls):
            yield SourcePost(str(number), (url,), age=7.0)


def ingest(workspace: Workspace, *urls: str, name: str = "addresses") -> None:
    """Record one post per address."""
    record = RecordPosts(Addresses(urls, name), workspace.secret, require_age=True)
    run(record, workspace.database)


def settings(**given: Any) -> IngestSettings:
    """Return settings for small pictures from this machine, in no hurry to slow down."""
    small = {"max_bytes": 100_000, "max_pixels": 10_000, "timeout": 5.0, "requests_per_second": 0}
    return IngestSettings(**{"allow_private_addresses": True, **small, **given})


def fetch(workspace: Workspace, *, which: Which = "all", workers: int = 1, **given: Any) -> Report:
    """Fetch what waits."""
    stage = FetchMedia(workspace.store, settings(**given), which=which)
    return run(stage, workspace.database, workers=workers)


def reasons(workspace: Workspace) -> dict[str, str]:
    """Return the reason per address of what was set aside."""
    with workspace.database.session() as session:
        found = select(Media.url, Rejection.reason).join(Rejection, Rejection.media_id == Media.id)
        return {Path(row[0]).name: row[1] for row in session.execute(found)}


def picture(seed: int, size: tuple[int, int] = (64, 48)) -> Image.Image:
    """Return a picture of its own for each seed, (width, height) pixels."""
    values = np.random.default_rng(seed).integers(0, 256, (size[1] // 8, size[0] // 8, 3))
    return Image.fromarray(values.astype(np.uint8)).resize(size)


def encoded(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    """Return the bytes of a file of this kind."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def jpeg(seed: int) -> bytes:
    """Return the bytes of a JPEG of its own for each seed."""
    return encoded(picture(seed))


def png_header_only(width: int, height: int) -> bytes:
    """Return a PNG that promises width x height pixels in a few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 100)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


Answer = Callable[[BaseHTTPRequestHandler], None]


class WebServer:
    """A web server on loopback: what it answers is given per path, requests are counted.

    All of 127.0.0.0/8 leads to it, so that one server can be many hosts: `url` is the first.
    """

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.requests: list[str] = []  # paths
        self.asked: list[str] = []  # whole addresses
        self.released = threading.Event()  # set when the server stops, so that no thread hangs
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout: ClassVar[float] = 10

            def handle(self) -> None:
                with suppress(ConnectionError):  # clients that give up are part of the tests
                    super().handle()

            def do_GET(self) -> None:
                outer.requests.append(self.path)
                outer.asked.append(f"http://{self.headers['Host']}{self.path}")
                answer = outer.answers.get(self.path, status(404))
                answer(self)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("0.0.0.0", 0), Handler)
        self.url = self.host(1)

    def host(self, number: int) -> str:
        """Return the address of one of its hosts."""
        return f"http://127.0.0.{number}:{self._server.server_port}"

    @contextmanager
    def running(self) -> Iterator[WebServer]:
        """Serve while the block runs."""
        thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield self
        finally:
            self.released.set()
            self._server.shutdown()
            thread.join()
            self._server.server_close()


def body(content: bytes, kind: str = "image/jpeg") -> Answer:
    """Answer 200 with this content."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    return answer


def status(code: int, **headers: str) -> Answer:
    """Answer with a status and nothing else."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(code)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer


def rows(workspace: Workspace) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table, in the order of the keys."""
    with workspace.database.session() as session:
        return {
            table.name: [
                tuple(row) for row in session.execute(select(table).order_by(*table.primary_key))
            ]
            for table in Base.metadata.sorted_tables
        }


def files(workspace: Workspace) -> dict[str, bytes]:
    """Return every file in the store."""
    folder = workspace.store.folder
    assert folder is not None
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def times(workspace: Workspace) -> dict[Path, int]:
    """Return when each file in the store was last written, in nanoseconds."""
    folder = workspace.store.folder
    assert folder is not None
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
