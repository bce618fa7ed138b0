"""A proxy in front of a real server, which breaks connections at chosen points."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import ClassVar, Literal, Self

import httpx

Fault = Literal[
    "hold request",  # it is not passed on, and the connection stays open
    "drop request",  # it is not passed on, and the connection is closed
    "502 before",  # it is not passed on, and answered by the proxy
    "hold answer",  # the server does its work, the connection stays open without an answer
    "drop answer",  # the server does its work, the connection is closed without an answer
    "502 after",  # the server does its work, the proxy answers otherwise
    "deliver late",  # the connection is closed; it is passed on after the next one to this path
]

STATES_LENGTH = {"content-length", "transfer-encoding", "connection", "content-encoding"}


class FaultyProxy:
    """Passes everything on, except where `fault` says otherwise.

    `fault` is called with method and path of each request. `reached` is set when a fault was met.
    """

    def __init__(self, target: str) -> None:
        self.target = target
        self.fault: Callable[[str, str], Fault | None] = lambda method, path: None
        self.reached = threading.Event()
        self.requests: list[tuple[str, str]] = []
        self.ended = threading.Event()
        self.late_path: str | None = None
        self.deliver: Callable[[], object] = lambda: None

        class Handler(_Handler):
            proxy = self

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def once(self, fault: Fault, path: str, *, skip: int = 0) -> None:
        """Meet the first POST whose path ends with `path` with this fault, after `skip` others."""
        left = [skip + 1]
        self.reached.clear()

        def choose(method: str, asked: str) -> Fault | None:
            if method == "POST" and asked.partition("?")[0].rstrip("/").endswith(path):
                left[0] -= 1
                return fault if left[0] == 0 else None
            return None

        self.fault = choose

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    proxy: ClassVar[FaultyProxy]

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _pass_on(self) -> None:
        proxy = self.proxy
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        proxy.requests.append((self.command, self.path))
        fault = proxy.fault(self.command, self.path)
        if fault is None:
            answer = self._ask(body)
            if self.path == proxy.late_path:
                proxy.late_path = None
                proxy.deliver()
            self._answer(answer)
            return
        if fault in ("hold answer", "drop answer", "502 after"):
            self._ask(body)
        if fault == "deliver late":
            proxy.late_path = self.path
            proxy.deliver = lambda: self._ask(body)
        proxy.reached.set()
        if fault in ("hold request", "hold answer"):
            proxy.ended.wait(60)
        if fault in ("502 before", "502 after"):
            self.send_error(502)
        self.close_connection = True

    def _answer(self, answer: httpx.Response) -> None:
        self.send_response(answer.status_code)
        for name, value in answer.headers.items():
            if name.lower() not in STATES_LENGTH:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def _ask(self, body: bytes) -> httpx.Response:
        headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
        with httpx.Client(trust_env=False, timeout=60) as client:
            return client.request(
                self.command, self.proxy.target + self.path, content=body, headers=headers
            )

    do_GET = do_POST = do_PATCH = do_DELETE = _pass_on  # noqa: N815 - the names the base class calls
