"""What went into the versions of a dataset."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from curation.database.models.base import Base, Id


class DatasetVersion(Base):
    """One immutable version of a dataset; `fingerprint` stands for everything that went in."""

    __tablename__ = "dataset_version"
    __table_args__ = (UniqueConstraint("name", "number"), UniqueConstraint("name", "fingerprint"))

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str]
    number: Mapped[int]
    fingerprint: Mapped[str] = mapped_column(Id)
    seed: Mapped[int]
    settings: Mapped[dict[str, Any]]
    candidates: Mapped[int]
    samples: Mapped[int]
    path: Mapped[str]
    manifest_sha256: Mapped[str] = mapped_column(String(64))


class Sample(Base):
    """One face in one dataset version: where erasure has to reach.

    `subject` is the one it was released under; a later version keeps it where it can.
    """

    __tablename__ = "sample"

    dataset_id: Mapped[str] = mapped_column(
        ForeignKey("dataset_version.id", ondelete="CASCADE"), primary_key=True
    )
    face_id: Mapped[str] = mapped_column(
        ForeignKey("face.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    split: Mapped[str]
    shard: Mapped[str]
    subject: Mapped[str | None] = mapped_column(Id)
