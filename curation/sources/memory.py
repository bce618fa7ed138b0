"""What sources remember between runs, in the tables: cursors, hashtags asked, limits used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from curation.database.models import ApiUsage, HashtagQuery, SourceCursor
from curation.database.session import Database
from curation.database.upsert import insert_new, upsert
from curation.identity import content_id
from curation.sources.post import Mark


@dataclass(frozen=True)
class Asked:
    """A hashtag that counts against an account's limit, since when, and its id if it is known."""

    hashtag: str
    asked_at: datetime
    remote_id: str | None


@dataclass(frozen=True)
class Usage:
    """How much of an API's limit was used when it last said so."""

    kind: str
    server: str
    used: float
    allowed: float
    unit: str
    noted_at: datetime
    resets_at: datetime | None


class Memory:
    """The memory of all sources of one workspace."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def position(self, source_name: str, stream: str) -> dict[str, Any]:
        """Return how far `stream` was read; empty where it never was."""
        with self._database.session() as session:
            found = session.get(SourceCursor, _cursor_id(source_name, stream))
            return dict(found.position) if found else {}

    def asked(self, account: str, since: datetime) -> list[Asked]:
        """Return the hashtags that `account` first asked about after `since`, oldest first."""
        with self._database.session() as session:
            rows = session.scalars(
                select(HashtagQuery)
                .where(HashtagQuery.account == account, HashtagQuery.asked_at > since)
                .order_by(HashtagQuery.asked_at, HashtagQuery.hashtag)
            )
            return [Asked(row.hashtag, row.asked_at, row.remote_id) for row in rows]

    def accounts(self) -> list[str]:
        """Return the accounts that ever asked about a hashtag."""
        with self._database.session() as session:
            return list(
                session.scalars(select(HashtagQuery.account).distinct().order_by("account"))
            )

    def announce(self, account: str, hashtag: str, now: datetime, window: timedelta) -> None:
        """Write that `account` is about to ask about `hashtag`, unless it counts already."""
        if any(asked.hashtag == hashtag for asked in self.asked(account, now - window)):
            return
        with self._database.session() as session:
            row = {
                "id": content_id("hashtag-query", account, hashtag, now.isoformat()),
                "account": account,
                "hashtag": hashtag,
                "asked_at": now,
            }
            insert_new(session, HashtagQuery, [row])

    def learn_id(self, account: str, hashtag: str, remote_id: str) -> None:
        """Keep the API's id of a hashtag: it never changes."""
        with self._database.session() as session:
            session.execute(
                update(HashtagQuery)
                .where(HashtagQuery.account == account, HashtagQuery.hashtag == hashtag)
                .values(remote_id=remote_id)
            )

    def known_id(self, hashtag: str) -> str | None:
        """Return the API's id of a hashtag, where any account has learnt it."""
        with self._database.session() as session:
            return session.scalar(
                select(HashtagQuery.remote_id)
                .where(HashtagQuery.hashtag == hashtag, HashtagQuery.remote_id.is_not(None))
                .limit(1)
            )

    def note_usage(
        self,
        kind: str,
        server: str,
        *,
        used: float,
        allowed: float,
        unit: str,
        resets_at: datetime | None = None,
    ) -> None:
        """Keep what the API said of its limit."""
        row = {
            "kind": kind,
            "server": server,
            "used": used,
            "allowed": allowed,
            "unit": unit,
            "noted_at": datetime.now(UTC),
            "resets_at": resets_at,
        }
        changing = ["used", "allowed", "unit", "noted_at", "resets_at"]
        with self._database.session() as session:
            upsert(session, ApiUsage, [row], update=changing)

    def usage(self) -> list[Usage]:
        """Return what every API last said."""
        with self._database.session() as session:
            rows = session.scalars(select(ApiUsage).order_by(ApiUsage.kind, ApiUsage.server))
            return [
                Usage(r.kind, r.server, r.used, r.allowed, r.unit, r.noted_at, r.resets_at)
                for r in rows
            ]


def write_marks(session: Session, source_name: str, marks: Sequence[Mark]) -> None:
    """Write how far the streams of a source were read; of each stream the last mark counts."""
    for stream, mark in {mark.stream: mark for mark in marks}.items():
        session.merge(
            SourceCursor(
                id=_cursor_id(source_name, stream),
                source_id=content_id("source", source_name),
                stream=stream,
                position=mark.position,
            )
        )


def _cursor_id(source_name: str, stream: str) -> str:
    return content_id("cursor", content_id("source", source_name), stream)
