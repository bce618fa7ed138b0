"""The page of a campaign, served on this machine only.

It listens on loopback, below an address that cannot be guessed, and answers nobody who came by
another name than loopback's own (a page elsewhere cannot have a browser read it). Pictures are the
crops of this campaign's faces, looked up by the face's id; no path is ever taken from a request.
"""

from __future__ import annotations

import json
import re
import secrets
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from curation.errors import EvenfaceError, StoreError, UsageError
from curation.moderation.campaign import Campaign
from curation.moderation.view.contested import crop_key
from curation.moderation.view.page import page
from curation.moderation.view.state import Cache
from curation.workspace import Workspace

HOST = "127.0.0.1"
RENEW_SECONDS = 3.0
FACE = re.compile(r"crop/([0-9a-f]{32})\.jpg")
POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)


class ViewServer:
    """Serves the view of a workspace's campaign until it is closed. Use it in a `with` block."""

    def __init__(self, workspace: Workspace, port: int = 0) -> None:
        self.workspace = workspace
        self.cache = Cache(workspace)
        self.key = secrets.token_urlsafe(12)
        view = self

        class Handler(_Handler):
            server_view = view

        try:
            self._server = ThreadingHTTPServer((HOST, port), Handler)
        except (OSError, OverflowError) as error:
            raise UsageError(
                f"port {port} of {HOST} cannot be used ({error}); leave --port out to have a free "
                "one"
            ) from error
        self._server.daemon_threads = True
        self._threads: list[threading.Thread] = []
        self._closed = threading.Event()
        self.problem: EvenfaceError | None = None

    @property
    def url(self) -> str:
        """The address of the page."""
        return f"http://{HOST}:{self._server.server_address[1]}/{self.key}/"

    def __enter__(self) -> ViewServer:
        """Work the state out, then serve it and renew it, in threads."""
        self.cache.renew()
        for work in (self._server.serve_forever, self._renew):
            self._threads.append(threading.Thread(target=work, daemon=True))
            self._threads[-1].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        self._server.shutdown()
        self._server.server_close()
        for thread in self._threads:
            thread.join()

    def wait(self) -> None:
        """Wait until somebody interrupts."""
        self._closed.wait()

    def _renew(self) -> None:
        """Renew the state every few seconds; keep what went wrong until it goes right again."""
        while not self._closed.wait(RENEW_SECONDS):
            try:
                self.cache.renew()
                self.problem = None
            except EvenfaceError as error:
                self.problem = error

    def names(self) -> set[str]:
        """Return the names under which a browser on this machine reaches the server."""
        port = self._server.server_address[1]
        return {f"{HOST}:{port}", f"localhost:{port}"}

    def crop(self, face_id: str) -> bytes | None:
        """Return the picture of a face of this campaign; None of any other."""
        campaign = Campaign(self.workspace)
        with self.workspace.database.session() as session:
            key = crop_key(session, campaign.id, face_id)
        if key is None or not key.startswith("crops/") or ".." in key.split("/"):
            return None
        try:
            return self.workspace.store.read(key)
        except StoreError:
            return None


class _Handler(BaseHTTPRequestHandler):
    server_view: ViewServer
    server_version = "Evenface"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        """Answer with the page, its figures, or the crop of a face."""
        view = self.server_view
        path = self.path.partition("?")[0]
        if self.headers.get("Host") not in view.names():
            self._answer(HTTPStatus.FORBIDDEN, b"this server is for this machine only\n")
            return
        if not path.startswith(f"/{view.key}/"):
            self._answer(HTTPStatus.NOT_FOUND, b"nothing here; use the whole address\n")
            return
        rest = path.removeprefix(f"/{view.key}/")
        try:
            if rest == "":
                self._answer(HTTPStatus.OK, page().encode(), "text/html; charset=utf-8")
            elif rest == "state.json" and view.problem is not None:
                raise view.problem
            elif rest == "state.json":
                content = json.dumps(view.cache.state()).encode()
                self._answer(HTTPStatus.OK, content, "application/json")
            elif (face := FACE.fullmatch(rest)) and (picture := view.crop(face[1])):
                self._answer(HTTPStatus.OK, picture, "image/jpeg", keep=3600)
            else:
                self._answer(HTTPStatus.NOT_FOUND, b"there is no such thing\n")
        except EvenfaceError as error:
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, f"{error}\n".encode())

    def _answer(
        self,
        status: HTTPStatus,
        content: bytes,
        kind: str = "text/plain; charset=utf-8",
        keep: int = 0,
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", f"private, max-age={keep}" if keep else "no-store")
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: addresses here hold ids of faces."""
