"""What a site says beside its pictures: its robots.txt and its tdmrep.json, asked once a day."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from curation.ingest.client import Refused
from curation.ingest.reservations import (
    Preference,
    Respect,
    in_robots,
    in_tdmrep,
    read_tdmrep,
)
from curation.ingest.robots import MOST_BYTES, Robots

DAY = 24 * 3600.0  # seconds; RFC 9309, 2.4: no copy is used for longer
ASK_AGAIN = 300.0  # seconds after a robots.txt could not be read
SITES_KEPT = 10_000

# Asks an address for a small file: its bytes, or why they cannot be had.
Ask = Callable[[str, int], Awaitable[bytes | Refused]]


@dataclass(frozen=True)
class Site:
    """What was read of one site; `refused` when its robots.txt could not be read."""

    robots: Robots = field(default_factory=Robots)
    tdmrep: list[dict[str, Any]] = field(default_factory=list)
    refused: Refused | None = None


class Sites:
    """Keeps what each site says, and answers whether it objects to an address."""

    def __init__(self, ask: Ask, respect: Respect, slow_down: Callable[[str, float], None]) -> None:
        self._ask = ask
        self._respect = respect
        self._slow_down = slow_down
        self._sites: OrderedDict[str, tuple[float, asyncio.Task[Site]]] = OrderedDict()

    async def objection(self, url: str) -> Refused | None:
        """Return why an address may not be asked for, if its site says so beforehand."""
        respect = self._respect
        if not (respect.robots or respect.tdm_reservation or respect.content_usage):
            return None
        origin = origin_of(url)
        site = await self._site(origin)
        if site.refused is not None:
            return site.refused
        found = in_robots(site.robots, url, respect, f"{origin}/robots.txt")
        if found is None and respect.tdm_reservation:
            found = in_tdmrep(site.tdmrep, url, f"{origin}/.well-known/tdmrep.json")
        return preferred(found)

    async def _site(self, origin: str) -> Site:
        until, reading = self._sites.get(origin, (0.0, None))
        if reading is None or time.monotonic() >= until or reading.cancelled():
            reading = asyncio.ensure_future(self._read(origin))
            self._keep(origin, reading, DAY)
            if (await asyncio.shield(reading)).refused is not None:
                self._keep(origin, reading, ASK_AGAIN)
        return await asyncio.shield(reading)

    def _keep(self, origin: str, reading: asyncio.Task[Site], seconds: float) -> None:
        self._sites[origin] = (time.monotonic() + seconds, reading)
        self._sites.move_to_end(origin)
        if len(self._sites) > SITES_KEPT:
            self._sites.popitem(last=False)

    async def _read(self, origin: str) -> Site:
        robots = Robots()
        if self._respect.robots or self._respect.content_usage:
            answer = await self._ask(f"{origin}/robots.txt", MOST_BYTES)
            if isinstance(answer, bytes):
                robots = Robots(answer.decode("utf-8", errors="replace"))
            elif answer.passing:
                # RFC 9309, 2.3.1.4: a robots.txt that cannot be reached forbids everything.
                reason = "robots-unreachable" if answer.answered else answer.reason
                detail = f"{answer.detail}; until it can be read nothing is fetched from there"
                wait = max(answer.wait or 0.0, ASK_AGAIN)
                return Site(refused=Refused(reason, detail, True, answer.answered, wait=wait))
        if self._respect.robots and robots.crawl_delay > 0:
            self._slow_down(origin, robots.crawl_delay)
        rules: list[dict[str, Any]] = []
        if self._respect.tdm_reservation:
            answer = await self._ask(f"{origin}/.well-known/tdmrep.json", MOST_BYTES)
            rules = read_tdmrep(answer) if isinstance(answer, bytes) else []
        return Site(robots, rules)


def origin_of(url: str) -> str:
    """Return scheme, host and port of an address, without a user or password."""
    parts = urlsplit(url)
    return f"{parts.scheme.lower()}://{parts.netloc.rpartition('@')[2].lower()}"


def host_of(url: str) -> str:
    """Return the name of the host, to which one set of limits belongs."""
    return (urlsplit(url).hostname or "").lower()


def preferred(found: Preference | None) -> Refused | None:
    """Return the refusal that follows from a preference."""
    return None if found is None else Refused(found.kind, str(found))
