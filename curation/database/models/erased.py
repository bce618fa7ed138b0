"""What was erased: tombstones that block its return, and each erasure with its receipt."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from curation.database.models.base import Base, Id, ready_index


class Erasure(Base):
    """One request to erase. `state` is `open` until everything was reached, then `done`.

    `asked` counts what was asked for by kind, and `removed` the rows by table; neither names
    anything. `request` is the requester's reference, if one was given.
    """

    __tablename__ = "erasure"
    __table_args__ = (CheckConstraint("state IN ('open', 'done')", name="state"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    request: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="open")
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    asked: Mapped[dict[str, Any]]
    removed: Mapped[dict[str, Any]]
    receipt: Mapped[dict[str, Any] | None]


class ErasureWork(Base):
    """One thing outside the tables that an erasure still has to reach, or has reached.

    `what` says where it is and is emptied when it is done; `outcome` is what the receipt says of
    it, `problem` why it could not be reached the last time.
    """

    __tablename__ = "erasure_work"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('file', 'task', 'annotation', 'version', 'server', 'database')", name="kind"
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    erasure_id: Mapped[str] = mapped_column(
        ForeignKey("erasure.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str]
    what: Mapped[dict[str, Any]]
    done: Mapped[bool] = mapped_column(default=False)
    outcome: Mapped[dict[str, Any] | None]
    problem: Mapped[str | None]


class Tombstone(Base):
    """What may not return: a keyed hash, or for `picture` perceptual hashes (hexadecimal)."""

    __tablename__ = "tombstone"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('author', 'post', 'url', 'image', 'face', 'moderator', 'picture')",
            name="kind",
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), index=True)
    value: Mapped[str] = mapped_column(Text)
    erasure_id: Mapped[str] = mapped_column(ForeignKey("erasure.id"), index=True)


ready_index("ix_erasure_open", Erasure.id, condition=Erasure.state == "open")
