"""The post: what every source yields, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Post:
    """One published item, as its source tells it.

    `external_id` is unique within the source. `media` are absolute paths or http(s) addresses,
    `hashtags` come without `#`, as written, in Unicode NFC. `author` is the source's own id IN
    CLEAR, and `identity`, whom the picture shows, is its name for that person in clear, so a Post
    is never stored as it is: `curation.ingest.record` pseudonymises both.
    `published_at` is aware, in UTC; `country` an ISO 3166-1 alpha-2 code in upper case; `age` in
    years and `gender` ("female" or "male") are set where the source knows them.
    """

    external_id: str
    media: tuple[str, ...]
    hashtags: tuple[str, ...] = ()
    author: str | None = None
    published_at: datetime | None = None
    url: str | None = None
    licence: str | None = None
    country: str | None = None
    age: float | None = None
    gender: str | None = None
    race: str | None = None
    identity: str | None = None
