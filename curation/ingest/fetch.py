"""Bring the pictures of recorded posts into the store: fetched, checked, kept as they came."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import httpx
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.orm import Session

from curation.database.models import Image, Media
from curation.database.session import Database
from curation.database.upsert import insert_new
from curation.ingest.download import Downloader, Refused
from curation.pictures import EXTENSIONS, BadImageError, Facts, decode, inspect
from curation.stages import Rejected, Stage, Subject
from curation.store import Store

AT_ONCE = 8  # addresses asked at the same time by one process
RUNS = 5  # runs after which an address that never answered is given up
FIRST_WAIT = timedelta(minutes=5)  # until the next run may ask again; doubled each time


@dataclass(frozen=True)
class Wanted:
    """One picture to fetch: the id of its media row, where it is, how often it was tried."""

    media_id: str
    url: str
    attempts: int


@dataclass(frozen=True)
class Stored:
    """A picture that is in the store."""

    image_id: str  # SHA-256 of its bytes
    store_key: str
    byte_count: int
    facts: Facts


@dataclass(frozen=True)
class Later:
    """A picture that could not be had this time."""

    reason: str


class FetchMedia(Stage[Wanted, Stored | Later]):
    """Fetch every picture that waits, check it and put it into the store.

    Bytes are stored as they came, under their SHA-256: the same bytes in many posts are one
    image. What can never be had is rejected with a reason; what may come another time
    (`429`, `5xx`, no answer) is tried again by later runs, `RUNS` times in all.
    """

    name: ClassVar[str] = "fetch"
    unit: ClassVar[str] = "images"
    subject: ClassVar[Subject] = "media"
    batch_size: ClassVar[int] = 16
    parallel: ClassVar[bool] = True

    def __init__(
        self,
        store: Store,
        *,
        max_bytes: int,
        max_pixels: int,
        timeout: float,
        refusal: Callable[[str, NDArray[np.uint8]], Rejected | None] | None = None,
    ) -> None:
        self._store = store
        self._refusal = refusal
        self._max_bytes = max_bytes
        self._max_pixels = max_pixels
        self._timeout = timeout

    def count(self, database: Database) -> int:
        """Return how many pictures wait and are due."""
        with database.session() as session:
            return sum(
                session.execute(select(func.count(Media.id)).where(due)).scalar_one()
                for due in _due()
            )

    def batches(self, database: Database) -> Iterator[Sequence[Wanted]]:
        """Yield what waits: first what was never tried, then what may be tried again."""
        for due in _due():
            statement = select(Media.id, Media.url, Media.attempts).where(due)
            for page in database.read_by_key(statement, Media.id, self.batch_size):
                yield [Wanted(*row) for row in page]

    def key(self, item: Wanted) -> str:
        """Return the id of the media row."""
        return item.media_id

    def open(self) -> None:
        """Load the certificates that this process trusts."""
        self._certificates = httpx.create_ssl_context()

    def process(self, items: Sequence[Wanted]) -> Sequence[Stored | Later | Rejected]:
        """Fetch a batch, several at once; check and store what came."""
        downloader = Downloader(self._max_bytes, self._timeout, self._certificates)
        with downloader, ThreadPoolExecutor(min(AT_ONCE, len(items))) as threads:
            contents = threads.map(downloader.get, [item.url for item in items])
            return [self._take(*pair) for pair in zip(items, contents, strict=True)]

    def record(
        self, session: Session, outcomes: Sequence[tuple[Wanted, Stored | Later | Rejected]]
    ) -> Counter[str]:
        """Write images and the new state of each media row."""
        stored = {o.image_id: o for _, o in outcomes if isinstance(o, Stored)}
        # A new post of a known image may bring a new claim: its group is looked at again.
        session.execute(
            update(Image)
            .where(Image.id.in_(stored), Image.group_id.is_not(None))
            .values(group_id=None, kept=False)
        )
        images = insert_new(session, Image, [_image_row(image) for image in stored.values()])
        session.execute(update(Media), [_media_row(item, outcome) for item, outcome in outcomes])
        postponed = sum(isinstance(outcome, Later) for _, outcome in outcomes)
        return Counter({"images": images, "to retry later": postponed})

    def _take(self, item: Wanted, content: bytes | Refused) -> Stored | Later | Rejected:
        if isinstance(content, Refused):
            if content.passing and item.attempts + 1 < RUNS:
                return Later(content.reason)
            return Rejected(content.reason, content.detail)
        try:
            facts = inspect(content, self._max_pixels)
        except BadImageError as error:
            return Rejected(error.reason, f"{item.url}: {error}")
        digest = hashlib.sha256(content).hexdigest()
        # Asked before a byte is stored: what was erased may not return.
        if self._refusal and (why := self._refusal(digest, decode(content, self._max_pixels))):
            return why
        key = self._store.key("images", digest, EXTENSIONS[facts.format])
        self._store.put(key, content)
        return Stored(digest, key, len(content), facts)


def _due() -> Sequence[ColumnElement[bool]]:
    """Return the two conditions under which a media row is ready."""
    now = datetime.now(UTC)
    return Media.state == "pending", and_(Media.state == "retry", Media.retry_at <= now)


def _image_row(image: Stored) -> dict[str, Any]:
    return {
        "id": image.image_id,
        "store_key": image.store_key,
        "format": image.facts.format,
        "width": image.facts.width,
        "height": image.facts.height,
        "byte_count": image.byte_count,
        "kept": False,
    }


def _media_row(item: Wanted, outcome: Stored | Later | Rejected) -> dict[str, Any]:
    attempts = item.attempts + 1
    row: dict[str, Any] = {"id": item.media_id, "attempts": attempts}
    row |= {"retry_at": None, "image_id": None}
    if isinstance(outcome, Stored):
        return row | {"state": "stored", "image_id": outcome.image_id}
    if isinstance(outcome, Later):
        wait = FIRST_WAIT * 2 ** (attempts - 1)
        return row | {"state": "retry", "retry_at": datetime.now(UTC) + wait}
    return row | {"state": "rejected"}
