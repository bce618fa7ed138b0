"""One HTTP request: within its limits of time and size, to no address that is not allowed.

The client is aiohttp. On a loopback server that gives out pictures of 200 KB it brings about 3,000
a second on one core where httpx brings 200 (`benchmarks/download.py` serves the same pictures);
uvloop below it makes no difference.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from ipaddress import ip_address
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import aiohttp
from multidict import CIMultiDictProxy
from yarl import URL

from curation.ingest.addresses import ForbiddenAddressError, Resolver, is_public, shown

OK = 200
TOO_LARGE = "too-large"
READ_AHEAD = 256 * 1024  # bytes of one answer that may wait to be read


@dataclass(frozen=True)
class Refused:
    """Something that cannot be had, now or (when `passing`) this time: a word, and a sentence.

    `answered` tells whether the server was there at all; `asked` is false when it was not even
    asked, because it is to be left alone; `wait` is the seconds that it asks for.
    """

    reason: str
    detail: str
    passing: bool = False
    answered: bool = True
    asked: bool = True
    wait: float | None = None


@dataclass(frozen=True)
class Reply:
    """An answer without its body, which went into a sink (when the status is 200)."""

    status: int
    phrase: str
    headers: CIMultiDictProxy[str]


Sink = Callable[[bytes], None]
Judge = Callable[[CIMultiDictProxy[str]], Refused | None]


def user_agent(contact: str) -> str:
    """Return who we say we are: `evenface/0.1.0 (+contact)`."""
    name = f"evenface/{version('evenface')}"
    return f"{name} (+{contact})" if contact else name


class Client:
    """Asks one address at a time; redirects are answers like others. Use inside `async with`."""

    def __init__(
        self, *, timeout: float, min_rate: float, allow_private: bool, contact: str = ""
    ) -> None:
        self._timeout = timeout
        self._min_rate = min_rate
        self._allow_private = allow_private
        self._contact = contact

    async def __aenter__(self) -> Self:
        resolver = Resolver(allow_private=self._allow_private)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0,  # the limits are ours
                use_dns_cache=False,  # the cache is the resolver's
                resolver=resolver,
                socket_factory=resolver.socket_for,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            # Nothing is unpacked: pictures do not shrink, and nothing may blow up.
            auto_decompress=False,
            headers={
                "User-Agent": user_agent(self._contact),
                "Accept-Encoding": "identity",
            },
            read_bufsize=READ_AHEAD,
            timeout=aiohttp.ClientTimeout(total=None, sock_read=self._timeout),
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def get(
        self,
        url: str,
        sink: Sink,
        *,
        max_bytes: int,
        judge: Judge | None = None,
        cut: bool = False,
    ) -> Reply | Refused:
        """Ask for `url`; give the body of a 200 to `sink`, unless `judge` refuses its headers.

        Reading stops as soon as there are more than `max_bytes`, announced or come: such a body
        is refused, or `cut` off.
        """
        if (bad := self.unusable(url)) is not None:
            return bad
        # Signed addresses break when they are written anew; others may need it.
        as_it_stands = url.isascii() and url.isprintable() and " " not in url
        response: aiohttp.ClientResponse | None = None
        try:
            async with asyncio.timeout(self._timeout):
                response = await self._session.get(
                    URL(url, encoded=as_it_stands),
                    allow_redirects=False,
                    headers={"Accept": "*/*" if cut else "image/*"},
                )
            reply = Reply(response.status, response.reason or "", response.headers)
            if reply.status != OK:
                return reply
            if judge and (refused := judge(reply.headers)) is not None:
                return refused
            if (response.content_length or 0) > max_bytes and not cut:
                return too_large(response.content_length or 0, max_bytes)
            refused = await self._read(url, response, sink, max_bytes)
            return reply if refused is None or (cut and refused.reason == TOO_LARGE) else refused
        except TimeoutError:
            what = "stopped sending" if response else "did not answer"
            reason = "stalled" if response else "unreachable"
            detail = f"{shown(url)} {what} for {self._timeout:g} s"
            return Refused(reason, detail, passing=True, answered=False)
        except aiohttp.InvalidURL:
            return Refused("bad-address", f"{shown(url)} is no http(s) address")
        except aiohttp.ClientPayloadError:
            detail = f"{shown(url)} ended before all of it had come"
            return Refused("cut-short", detail, passing=True)
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, ForbiddenAddressError):
                return _private(url, str(error.os_error))
            what = error.os_error.strerror or type(error.os_error).__name__
            return _no_answer(url, f"could not be reached: {what}")
        except aiohttp.ClientResponseError as error:  # its own words name the whole address
            return _no_answer(url, f"did not answer in HTTP: {error.message.splitlines()[0]}")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return _no_answer(url, f"could not be fetched: {type(error).__name__}")
        finally:
            if response is not None:
                response.release() if response.content.at_eof() else response.close()

    async def _read(
        self, url: str, response: aiohttp.ClientResponse, sink: Sink, max_bytes: int
    ) -> Refused | None:
        started = time.monotonic()
        received = 0
        async for chunk in response.content.iter_any():
            sink(chunk[: max_bytes - received])
            received += len(chunk)
            if received > max_bytes:
                return too_large(received, max_bytes)
            elapsed = time.monotonic() - started
            if elapsed > self._timeout and received < elapsed * self._min_rate:
                detail = f"{shown(url)} sent {received / elapsed:,.0f} bytes/s (ingest.min_rate)"
                return Refused("too-slow", detail, passing=True, answered=False)
        return None

    def unusable(self, url: str) -> Refused | None:
        """Refuse what is no http(s) address, and addresses in figures that are not public."""
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname, parts.port
        except ValueError:
            return Refused("bad-address", f"{shown(url)} is no http(s) address")
        if parts.scheme.lower() not in ("http", "https") or not host:
            return Refused("bad-address", f"{shown(url)} is no http(s) address")
        try:
            ip_address(host.partition("%")[0])
        except ValueError:
            return None  # a name: the resolver looks at what it leads to
        if self._allow_private or is_public(host):
            return None
        return _private(url, f"{host} is not on the public internet")


def is_web(url: str) -> bool:
    """Return whether this is an address, and not a path on this machine."""
    return url.lower().startswith(("http://", "https://"))


def too_large(size: int, most: int) -> Refused:
    """Return the refusal of a file with too many bytes."""
    return Refused(TOO_LARGE, f"{size:,} bytes or more, at most {most:,} (ingest.max_bytes)")


def _private(url: str, why: str) -> Refused:
    return Refused(
        "private-address", f"{shown(url)}: {why} (ingest.allow_private_addresses)", answered=False
    )


def _no_answer(url: str, what: str) -> Refused:
    return Refused("unreachable", f"{shown(url)} {what}", passing=True, answered=False)
