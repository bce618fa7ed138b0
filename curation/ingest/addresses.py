"""Which addresses may be asked, and how an address is shown to people.

An http(s) address in a post was written by a stranger. It must not make this machine ask its own
services, its neighbours or a cloud's metadata service (server-side request forgery): every name is
resolved here, what is not on the public internet is dropped, and the connection is made to the
very address that passed. There is no second look-up in between that could answer differently.
"""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections import OrderedDict
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from aiohttp.abc import AbstractResolver, ResolveResult

REMEMBERED = 300.0  # seconds that the answer of a name server is used
FAILURE_REMEMBERED = 30.0  # seconds that a name without an address is not asked again
NAMES_KEPT = 10_000

NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address
GLOBAL_UNICAST = IPv6Network("2000::/3")

# Parameters whose values open something: access tokens, and signatures of signed addresses.
SECRET_NAMES = frozenset(
    {"auth", "jwt", "key", "oe", "oh", "pass", "pwd", "sig", "hmac", "policy", "key-pair-id"}
)
SECRET_PARTS = re.compile(
    "token|secret|signature|passw|credential|api_?key|^x-amz-|^x-goog-", re.IGNORECASE
)
HIDDEN = "hidden"


class ForbiddenAddressError(OSError):
    """A host that is not on the public internet."""


def is_public(address: str) -> bool:
    """Return whether an IP address is one of the public internet's, as far as one can tell.

    An IPv4 address inside an IPv6 one (mapped, 6to4, NAT64) counts as what it leads to; Teredo
    leads anywhere and is refused.
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if found in NAT64:
            inner = IPv4Address(int(found) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(str(inner))
        if found.teredo is not None or found not in GLOBAL_UNICAST:
            return False
    return found.is_global and not (found.is_multicast or found.is_reserved)


def shown(url: str) -> str:
    """Return an address as it may stand in a log: no user and password, secret values hidden."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        pairs = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return url.partition("?")[0].rpartition("@")[2]
    if any(_is_secret(name) for name, _ in pairs):
        pairs = [(name, HIDDEN if _is_secret(name) else value) for name, value in pairs]
        parts = parts._replace(query=urlencode(pairs))
    return urlunsplit(parts._replace(netloc=host, fragment=""))


def _is_secret(name: str) -> bool:
    return name.lower() in SECRET_NAMES or SECRET_PARTS.search(name) is not None


class Resolver(AbstractResolver):
    """Looks names up once, keeps the answers, and gives only addresses that may be asked."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._known: OrderedDict[
            tuple[str, int], tuple[float, asyncio.Future[list[ResolveResult]]]
        ] = OrderedDict()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a host; several who ask at once share one look-up.

        Raises:
            ForbiddenAddressError: it has none on the public internet.
            OSError: it has none at all, or no name server answers.
        """
        now = time.monotonic()
        until, answer = self._known.get((host, port), (0.0, None))
        if answer is None or now >= until:
            answer = asyncio.ensure_future(self._look_up(host, port, family))
            self._keep((host, port), answer, REMEMBERED)
            answer.add_done_callback(lambda done: self._looked_up((host, port), done))
        return await asyncio.shield(answer)

    async def close(self) -> None:
        """Forget everything."""
        self._known.clear()

    def socket_for(self, info: tuple[Any, ...]) -> socket.socket:
        """Open the socket for one address, which is checked here for the last time.

        Raises:
            ForbiddenAddressError: it is none of the public internet's.
        """
        family, kind, protocol, _, where = info
        self._check(str(where[0]))
        return socket.socket(family, kind, protocol)

    async def _look_up(
        self, host: str, port: int, family: socket.AddressFamily
    ) -> list[ResolveResult]:
        found = await asyncio.get_running_loop().getaddrinfo(
            host, port, type=socket.SOCK_STREAM, family=family
        )
        allowed = [
            ResolveResult(
                hostname=host, host=str(where[0]), port=port, family=kind, proto=protocol,
                flags=socket.AI_NUMERICHOST,
            )
            for kind, _, protocol, _, where in found
            if self._allow_private or is_public(str(where[0]))
        ]  # fmt: skip
        if not allowed:
            self._check(str(found[0][4][0]) if found else "")
        return allowed

    def _check(self, address: str) -> None:
        if not self._allow_private and not is_public(address):
            raise ForbiddenAddressError(f"{address} is not on the public internet")

    def _keep(
        self, name: tuple[str, int], answer: asyncio.Future[list[ResolveResult]], seconds: float
    ) -> None:
        self._known[name] = (time.monotonic() + seconds, answer)
        self._known.move_to_end(name)
        while len(self._known) > NAMES_KEPT:
            self._known.popitem(last=False)

    def _looked_up(
        self, name: tuple[str, int], answer: asyncio.Future[list[ResolveResult]]
    ) -> None:
        if answer.cancelled() or answer.exception() is not None:
            self._keep(name, answer, FAILURE_REMEMBERED)
