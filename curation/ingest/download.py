"""Bytes over http(s): politely, again after failures that pass, and never past a refusal."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin

from multidict import CIMultiDictProxy

from curation.errors import StoreError
from curation.ingest.addresses import shown
from curation.ingest.client import OK, Client, Judge, Refused, Reply, Sink
from curation.ingest.limits import LONGEST_WAIT, HostDownError, Hosts, backoff, retry_after
from curation.ingest.reservations import Respect, in_headers
from curation.ingest.sites import Sites, host_of, preferred
from curation.settings import IngestSettings

TRIES = 4  # of one run
REDIRECTS = 5
LONGEST_REST = 24 * 3600.0  # seconds; a server that asks for more is asked again after these
MOVED = frozenset({301, 302, 303, 307, 308})

# Of the server's answers those that may be different another time.
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
BUSY = frozenset({429, 503})  # these concern the host, not the one picture


class Downloader:
    """Brings what addresses hold into files. Use inside `async with`, in one event loop.

    `room` is awaited before each picture is asked for: whoever takes the files away can so hold
    the downloads back. `busy` are the tasks that have a request on its way; nothing is tried again
    once `draining` is set.
    """

    def __init__(
        self, settings: IngestSettings, room: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        self._max_bytes = settings.max_bytes
        self._room = room
        self._respect = Respect(
            robots=settings.respect_robots,
            x_robots_tag=settings.respect_x_robots_tag,
            tdm_reservation=settings.respect_tdm_reservation,
            content_usage=settings.respect_content_usage,
        )
        self._client = Client(
            timeout=settings.timeout,
            min_rate=settings.min_rate,
            allow_private=settings.allow_private_addresses,
            contact=settings.contact,
        )
        self._hosts = Hosts(settings.per_host, settings.requests_per_second)
        self._connections = settings.connections
        self._draw = random.Random()
        self.busy: set[asyncio.Task[Any]] = set()
        self.draining = False

    async def __aenter__(self) -> Self:
        self._open = asyncio.Semaphore(self._connections)
        self._sites = Sites(self._small_file, self._respect, self._slow_down)
        self._stack = AsyncExitStack()
        await self._stack.enter_async_context(self._client)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    async def fetch(self, url: str, into: Path) -> Refused | None:
        """Bring what is at `url` into the new file `into`; return why not, if it cannot be had.

        Raises:
            StoreError: the file cannot be written.
        """
        try:
            refused = await self._with_patience(lambda: self._picture(url, into))
        except BaseException:
            into.unlink(missing_ok=True)
            raise
        if refused is not None:
            into.unlink(missing_ok=True)
        return refused

    async def _picture(self, url: str, into: Path) -> Refused | None:
        with _Part(into) as part:
            answer = await self._follow(url, part.write, self._max_bytes, self._object, ask=True)
            if isinstance(answer, Refused):
                return answer
            part.write(b"")  # an answer without a body is an empty file
        return None

    async def _small_file(self, url: str, most: int) -> bytes | Refused:
        """Bring a robots.txt or tdmrep.json, or the first `most` bytes of it."""
        content = bytearray()

        async def once() -> Refused | None:
            content.clear()
            answer = await self._follow(url, content.extend, most, None, ask=False)
            return answer if isinstance(answer, Refused) else None

        refused = await self._with_patience(once)
        return bytes(content) if refused is None else refused

    async def _with_patience(self, once: Callable[[], Awaitable[Refused | None]]) -> Refused | None:
        """Try until it is there or will not come, waiting longer each time, holding nothing."""
        for tries in range(1, TRIES + 1):
            refused = await once()
            if refused is None or not refused.passing or tries == TRIES or self.draining:
                return refused
            if refused.wait is not None and refused.wait > LONGEST_WAIT:
                return refused
            await asyncio.sleep(backoff(tries, self._draw))
        raise AssertionError

    async def _follow(
        self, url: str, sink: Sink, most: int, judge: Judge | None, *, ask: bool
    ) -> Reply | Refused:
        """Go where redirects lead, a few steps; every step is an address like the first."""
        start = url
        for _ in range(REDIRECTS + 1):
            if (bad := self._client.unusable(url)) is not None:
                return bad
            if ask and (objection := await self._sites.objection(url)) is not None:
                return objection
            reply = await self._request(url, sink, most, judge, picture=ask)
            if isinstance(reply, Refused) or reply.status == OK:
                return reply
            if reply.status not in MOVED:
                return _bad_status(url, reply)
            location = reply.headers.get("Location", "")
            try:
                url = urljoin(url, location)
            except ValueError:
                return Refused("bad-address", f"{shown(url)} leads to no http(s) address")
        detail = f"{shown(start)} redirects more than {REDIRECTS} times"
        return Refused("too-many-redirects", detail)

    async def _request(
        self, url: str, sink: Sink, most: int, judge: Judge | None, *, picture: bool
    ) -> Reply | Refused:
        host = self._hosts[host_of(url)]
        try:
            async with host.turn(), self._open:
                if picture and self._room is not None:
                    await self._room()
                task = asyncio.current_task()
                assert task is not None
                self.busy.add(task)
                try:
                    reply = await self._client.get(
                        url, sink, max_bytes=most, judge=judge, cut=not picture
                    )
                finally:
                    self.busy.discard(task)
        except HostDownError as down:
            return _not_asked(url, down)
        refused = reply if isinstance(reply, Refused) else _bad_status(url, reply)
        if not refused.passing:
            host.answered()
            return reply
        host.failed(refused.reason, answered=refused.answered)
        if isinstance(reply, Reply) and reply.status in BUSY:
            host.pause(min(refused.wait or backoff(1, self._draw), LONGEST_REST))
        return reply

    def _object(self, headers: CIMultiDictProxy[str]) -> Refused | None:
        return preferred(in_headers(headers, self._respect))

    def _slow_down(self, origin: str, seconds: float) -> None:
        self._hosts[host_of(origin)].bucket.slow_down(seconds)


class _Part:
    """A file that is being written; opened with the first bytes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file >= 0:
            with suppress(OSError):
                os.close(self._file)

    def write(self, chunk: bytes) -> None:
        try:
            if self._file < 0:
                self._file = os.open(self._path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o644)
            while chunk:
                chunk = chunk[os.write(self._file, chunk) :]
        except OSError as error:
            raise StoreError(
                f"{self._path.parent} cannot be written: {error.strerror or error}; "
                "what was recorded stays, make room and run it again"
            ) from error


def _not_asked(url: str, down: HostDownError) -> Refused:
    if down.seconds is None:
        detail = f"{shown(url)} was not asked: its host fails too often ({down.reason})"
        return Refused(down.reason, detail, passing=True, wait=LONGEST_WAIT + 1)
    detail = f"{shown(url)} was not asked: its host is to be left alone for {down.seconds:.0f} s"
    return Refused(down.reason, detail, passing=True, asked=False, wait=down.seconds)


def _bad_status(url: str, reply: Reply) -> Refused:
    detail = f"{shown(url)} answered {reply.status} {reply.phrase}".rstrip()
    return Refused(
        f"http-{reply.status}",
        detail,
        passing=reply.status in PASSING,
        wait=retry_after(reply.headers.get("Retry-After")),
    )
