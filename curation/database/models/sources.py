"""What is remembered of sources between runs: how far they were read, what was asked of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from curation.database.models.base import Base, Id


class SourceCursor(Base):
    """How far one stream of a source (a hashtag, mostly) was read; `position` is the source's."""

    __tablename__ = "source_cursor"
    __table_args__ = (UniqueConstraint("source_id", "stream"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"))
    stream: Mapped[str]
    position: Mapped[dict[str, Any]]


class HashtagQuery(Base):
    """A hashtag that an account asked an API about, which counts for some days from `asked_at`.

    Written before the API is asked: what was asked and never answered counts too.
    """

    __tablename__ = "hashtag_query"
    __table_args__ = (UniqueConstraint("account", "hashtag", "asked_at"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account: Mapped[str]
    hashtag: Mapped[str]
    asked_at: Mapped[datetime]
    remote_id: Mapped[str | None]  # the API's id of the hashtag, once it told


class ApiUsage(Base):
    """What an API last said of how much of its limit is used, by kind of source and server."""

    __tablename__ = "api_usage"

    kind: Mapped[str] = mapped_column(primary_key=True)
    server: Mapped[str] = mapped_column(primary_key=True)
    used: Mapped[float]
    allowed: Mapped[float]
    unit: Mapped[str]
    noted_at: Mapped[datetime]
    resets_at: Mapped[datetime | None]
