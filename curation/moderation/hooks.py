"""Be told by Label Studio that an answer came, so that a watching pull need not wait.

An event is a hint and nothing more: the server sends it once, within a second, and does not try
again. So an event only wakes the pull, which asks what changed as it always does. One that is lost,
forged or sent twice changes nothing but when that happens.

The receiver listens on loopback, so only a server on this machine can reach it. Label Studio must
be allowed to (`label_studio.hooks`; by itself it refuses to call addresses of its own machine).
"""

from __future__ import annotations

import hmac
import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import ClassVar, Self

from curation.moderation.label_studio import LabelStudioClient

HEADER = "X-Evenface-Token"
PATH = "/answers"
HOST = "127.0.0.1"
MOST_BYTES = 1_000_000  # of an event; what is longer is not read


class HookReceiver:
    """Listens for events of one project; `woken` is set by each. Use it in a `with` statement.

    Hooks that a killed receiver left on the server are removed when the next one begins.
    """

    def __init__(self, client: LabelStudioClient, project: int) -> None:
        self.client = client
        self.project = project
        self.woken = threading.Event()
        self.token = secrets.token_hex(16)

        class Handler(_Handler):
            receiver = self

        self._server = ThreadingHTTPServer((HOST, 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._hook: int | None = None

    @property
    def url(self) -> str:
        """The address that the server is asked to call."""
        return f"http://{HOST}:{self._server.server_port}{PATH}"

    def __enter__(self) -> Self:
        """Listen, then ask to be told.

        Raises:
            LabelStudioError: the server cannot be reached, or refuses.
        """
        self._thread.start()
        try:
            for hook, url in self.client.hooks(self.project).items():
                if url.startswith(f"http://{HOST}:") and url.endswith(PATH):
                    self.client.remove_hook(hook)
            self._hook = self.client.add_hook(self.project, self.url, {HEADER: self.token})
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if self._hook is not None:
                self.client.remove_hook(self._hook)
        finally:
            self._close()

    def _close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    receiver: ClassVar[HookReceiver]
    timeout = 5.0

    def do_POST(self) -> None:
        """Take an event: whoever does not know the token is refused."""
        length = min(int(self.headers.get("content-length") or 0), MOST_BYTES)
        self.rfile.read(length)
        given = self.headers.get(HEADER) or ""
        known = hmac.compare_digest(given.encode(), self.receiver.token.encode())
        if known and self.path == PATH:
            self.receiver.woken.set()
        self.send_response(204 if known else 403)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
