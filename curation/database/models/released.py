"""What went into the versions of a dataset, and which of them an erasure replaced."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from curation.database.models.base import BY_KEY, Base, Id


class DatasetVersion(Base):
    """One version of a dataset; `fingerprint` stands for everything that went in.

    A version never changes but by erasure: that takes samples out and makes the next `patch` of it
    (v3, v3.1, v3.2), whose files this row describes. What it was before is a `ReplacedVersion`.
    """

    __tablename__ = "dataset_version"
    __table_args__ = (UniqueConstraint("name", "number"), UniqueConstraint("name", "fingerprint"))

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str]
    number: Mapped[int]
    patch: Mapped[int] = mapped_column(default=0, server_default="0")
    fingerprint: Mapped[str] = mapped_column(Id)
    seed: Mapped[int]
    settings: Mapped[dict[str, Any]]
    candidates: Mapped[int]
    samples: Mapped[int]
    path: Mapped[str]
    manifest_sha256: Mapped[str] = mapped_column(String(64))
    built_at: Mapped[datetime | None]  # in no file: it would differ between two builds
    description: Mapped[dict[str, Any] | None]  # dataset.json; NULL of versions of before


class ReplacedVersion(Base):
    """What a version was before an erasure: its files are gone, its next patch replaced it."""

    __tablename__ = "replaced_version"

    dataset_id: Mapped[str] = mapped_column(
        ForeignKey("dataset_version.id", ondelete="CASCADE"), primary_key=True
    )
    patch: Mapped[int] = mapped_column(primary_key=True)
    samples: Mapped[int]
    manifest_sha256: Mapped[str] = mapped_column(String(64))
    replaced_at: Mapped[datetime]
    erasure_id: Mapped[str] = mapped_column(ForeignKey("erasure.id"), index=True)


class Sample(Base):
    """One face in one dataset version: where erasure has to reach.

    `subject` is the one it was released under; a later version keeps it where it can. With it
    stands what may be another tomorrow (labels, weight, the post whose licence and address it
    has), so that the version can be made again when verdicts and claims have changed. It is NULL
    in versions of before this was kept.
    """

    __tablename__ = "sample"
    __table_args__ = BY_KEY

    dataset_id: Mapped[str] = mapped_column(
        ForeignKey("dataset_version.id", ondelete="CASCADE"), primary_key=True
    )
    face_id: Mapped[str] = mapped_column(
        ForeignKey("face.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    split: Mapped[str]
    shard: Mapped[str]
    subject: Mapped[str | None] = mapped_column(Id)
    age: Mapped[float | None]
    age_probability: Mapped[float | None]
    age_origin: Mapped[str | None]
    gender: Mapped[str | None]
    gender_probability: Mapped[float | None]
    method: Mapped[str | None]
    votes: Mapped[int | None]
    country: Mapped[str | None]
    country_origin: Mapped[str | None]
    race: Mapped[str | None]
    race_origin: Mapped[str | None]
    weight: Mapped[float | None]
    post_id: Mapped[str | None] = mapped_column(Id)


def version_label(number: int, patch: int) -> str:
    """Return how a version is called: "3", or "3.1" after one erasure."""
    return f"{number}.{patch}" if patch else str(number)
