"""The post: what every source yields; and the mark, which a source that can resume adds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Post:
    """One published item, as its source tells it.

    `external_id` is unique within the source. `media` are absolute paths or http(s) addresses,
    `hashtags` come without `#`, as written, in Unicode NFC. `author` is the source's own id IN
    CLEAR, and `identity`, whom the picture shows, is its name for that person in clear, so a Post
    is never stored as it is: `curation.ingest.record` pseudonymises both.
    `published_at` is aware, in UTC; `country` an ISO 3166-1 alpha-2 code in upper case; `age` in
    years and `gender` ("female" or "male") are set where the source knows them.

    `coordinates` (latitude, longitude in degrees) and `place` (the name of a place) are used to
    tell the country and are never stored. `refusal` says why a post must not be used although the
    source shows it, such as "noindex" or "sensitive": it is counted, and of it nothing but its id
    is kept.
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
    coordinates: tuple[float, float] | None = None
    place: str | None = None
    refusal: str | None = None
    identity: str | None = None


@dataclass(frozen=True)
class Mark:
    """How far a stream of a source was read, once all posts yielded before it are recorded.

    `stream` names one thing that is read on its own, such as a hashtag; `position` is plain JSON
    that the source understands. It is written in the transaction that records the post before
    it, so it never promises more than there is.
    """

    stream: str
    position: dict[str, Any]
