"""Bring the pictures of recorded posts into the store: fetched, checked, kept as they came."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.orm import Session

from curation.database.models import Image, Label, Media
from curation.database.session import Database
from curation.database.upsert import insert_new
from curation.engines import Engine, available_cores
from curation.identity import content_id
from curation.ingest.check import Checker, Come, CountryOf, Refusal, Stored, Unfit
from curation.settings import IngestSettings
from curation.stages import Rejected, Stage, Subject
from curation.store import Store

if TYPE_CHECKING:
    from curation.ingest.client import Refused

RUNS = 5  # runs after which an address that never answered is given up
FIRST_WAIT = timedelta(minutes=5)  # until the next run may ask again; doubled each time

GPS_RULE = "exif-gps"
GPS_CONFIDENCE = 0.95  # that a photograph's coordinates tell the country of its post

LONGEST_DETAIL = 1_000  # characters of a sentence

# What is ready: everything, only what is to be tried again and due, or that before it is due.
Which = Literal["all", "retry", "retry-now"]


@dataclass(frozen=True)
class Wanted:
    """One picture to fetch: the ids of its rows, where it is, how often it was tried."""

    media_id: str
    post_id: str
    url: str
    attempts: int


@dataclass(frozen=True)
class Later:
    """A picture that could not be had this time, why, and how long it is to rest."""

    reason: str
    detail: str
    wait: timedelta = timedelta(0)
    asked: bool = True  # false: its host is to be left alone, and this was no attempt


class FetchMedia(Stage[Wanted, Stored | Later]):
    """Fetch every picture that waits, check it and put it into the store.

    Pictures are known by the SHA-256 of their bytes as they came: the same bytes in many posts
    are one image. What can never be had, or must not, is rejected with a reason; what may come
    another time (`429`, `5xx`, no answer) is tried again by later runs, `RUNS` times in all.
    `refusal` is asked before anything is stored. Coordinates in a file become the country that
    `country_of` names, as a label of its post, and are kept nowhere.
    """

    name: ClassVar[str] = "fetch"
    unit: ClassVar[str] = "images"
    subject: ClassVar[Subject] = "media"
    batch_size: ClassVar[int] = 64
    parallel: ClassVar[bool] = True

    def __init__(
        self,
        store: Store,
        settings: IngestSettings,
        *,
        which: Which = "all",
        refusal: Refusal | None = None,
        country_of: CountryOf | None = None,
    ) -> None:
        self._store = store
        self._settings = settings
        self._which = which
        self._checker = Checker(
            store,
            max_bytes=settings.max_bytes,
            max_pixels=settings.max_pixels,
            refusal=refusal,
            country_of=country_of,
        )

    def count(self, database: Database) -> int:
        """Return how many pictures wait and are due."""
        with database.session() as session:
            return sum(
                session.execute(select(func.count(Media.id)).where(due)).scalar_one()
                for due in self._due()
            )

    def batches(self, database: Database) -> Iterator[Sequence[Wanted]]:
        """Yield what waits: first what was never tried, then what may be tried again."""
        for due in self._due():
            statement = select(Media.id, Media.post_id, Media.url, Media.attempts).where(due)
            for page in database.read_by_key(statement, Media.id, self.batch_size):
                yield [Wanted(*row) for row in page]

    def key(self, item: Wanted) -> str:
        """Return the id of the media row."""
        return item.media_id

    def engine(self, workers: int, ready: int, stopping: Callable[[], bool]) -> Engine | None:
        """Return an engine that downloads everything in one loop, so that limits hold."""
        if not ready:
            return None
        from curation.ingest.engine import Downloads

        useful = min(workers or available_cores(), -(-ready // self.batch_size))
        return Downloads(
            self._settings, self._store, self._checker, max(1, useful),
            finish=self.outcome, stopping=stopping,
        )  # fmt: skip

    def process(self, items: Sequence[Wanted]) -> Sequence[Stored | Later | Rejected]:
        """Fetch one batch in this process alone; the limits of hosts hold within it."""
        return asyncio.run(self._batch(items))

    async def _batch(self, items: Sequence[Wanted]) -> list[Stored | Later | Rejected]:
        from curation.ingest.client import is_web
        from curation.ingest.download import Downloader

        async with Downloader(self._settings) as downloader:
            with self._store.spool("batch") as spool:

                async def bring(item: Wanted) -> Stored | Unfit | Refused:
                    if not is_web(item.url):
                        come = Come(Path(item.url), ours=False)
                    else:
                        come = Come(spool.new(), ours=True)
                        if (refused := await downloader.fetch(item.url, come.path)) is not None:
                            return refused
                    return self._checker.process([come])[0]

                raw = await asyncio.gather(*(bring(item) for item in items))
        return [self.outcome(*pair) for pair in zip(items, raw, strict=True)]

    def outcome(self, item: Wanted, raw: Stored | Unfit | Refused) -> Stored | Later | Rejected:
        """Return what becomes of an item: stored, rejected, or tried again by a later run."""
        if isinstance(raw, Stored):
            return raw
        if isinstance(raw, Unfit):
            from curation.ingest.addresses import shown

            return Rejected(raw.reason, _clean(f"{shown(item.url)}: {raw.detail}"))
        if raw.passing and (item.attempts + 1 < RUNS or not raw.asked):
            wait = timedelta(seconds=raw.wait or 0.0)
            return Later(raw.reason, _clean(raw.detail), wait, raw.asked)
        return Rejected(raw.reason, _clean(raw.detail))

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
        countries = [
            _country_row(item.post_id, outcome.country)
            for item, outcome in outcomes
            if isinstance(outcome, Stored) and outcome.country
        ]
        insert_new(session, Label, countries)
        postponed = sum(isinstance(outcome, Later) for _, outcome in outcomes)
        return Counter({"images": images, "to retry later": postponed})

    def _due(self) -> Sequence[ColumnElement[bool]]:
        """Return the conditions under which a media row is ready."""
        retry = Media.state == "retry"
        if self._which != "retry-now":
            retry = and_(retry, Media.retry_at <= datetime.now(UTC))
        return (Media.state == "pending", retry) if self._which == "all" else (retry,)


def _clean(sentence: str) -> str:
    """Return what may hold a stranger's words as something that any database and screen takes."""
    shown = "".join(one if one.isprintable() else "�" for one in sentence[:LONGEST_DETAIL])
    return shown + ("…" if len(sentence) > LONGEST_DETAIL else "")


def _image_row(image: Stored) -> dict[str, Any]:
    return {
        "id": image.image_id,
        "store_key": image.store_key,
        "format": image.facts.format,
        "width": image.facts.width,
        "height": image.facts.height,
        "byte_count": image.byte_count,
        "taken_at": image.taken_at,
        "kept": False,
    }


def _country_row(post_id: str, country: str) -> dict[str, Any]:
    return {
        "id": content_id("label", post_id, "country", country, "source", GPS_RULE),
        "post_id": post_id,
        "attribute": "country",
        "value": country,
        "origin": "source",
        "confidence": GPS_CONFIDENCE,
        "rule": GPS_RULE,
    }


def _media_row(item: Wanted, outcome: Stored | Later | Rejected) -> dict[str, Any]:
    asked = not isinstance(outcome, Later) or outcome.asked
    attempts = item.attempts + asked
    row: dict[str, Any] = {"id": item.media_id, "attempts": attempts}
    row |= {"retry_at": None, "retry_reason": None, "retry_detail": None, "image_id": None}
    if isinstance(outcome, Stored):
        return row | {"state": "stored", "image_id": outcome.image_id}
    if isinstance(outcome, Later):
        wait = max(outcome.wait, FIRST_WAIT * 2 ** max(0, attempts - 1))
        why = {"retry_reason": outcome.reason, "retry_detail": outcome.detail}
        return row | why | {"state": "retry", "retry_at": datetime.now(UTC) + wait}
    return row | {"state": "rejected"}
