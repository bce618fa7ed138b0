"""The tables. Words as in the documentation: source, post, image, face, label, vote, verdict.

Ids are derived from content (`curation.identity.content_id`; an image's id is its SHA-256), so
writing the same row twice is recognised by its primary key. Partial indexes serve the question
that every stage asks first: which rows are ready for me?
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    MetaData,
    String,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

Id = String(32)
ImageId = String(64)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, kept and returned in UTC on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware datetime into UTC; a naive one is a programming error."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back what SQLite returns naive as UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The base of all tables."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime,
        list[str]: JSON,
        list[float]: JSON,
        dict[str, Any]: JSON,
    }


class Source(Base):
    """Where posts come from: a folder, a manifest, an export, an API."""

    __tablename__ = "source"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str]
    name: Mapped[str] = mapped_column(unique=True)


class Post(Base):
    """One published item. `author` is a keyed hash; captions are never kept, hashtags are."""

    __tablename__ = "post"
    __table_args__ = (UniqueConstraint("source_id", "external_id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("source.id"), index=True)
    external_id: Mapped[str]
    author: Mapped[str | None] = mapped_column(Id, index=True)
    published_at: Mapped[datetime | None]
    url: Mapped[str | None]
    licence: Mapped[str | None]
    hashtags: Mapped[list[str]]


class Media(Base):
    """One picture of a post, before and after its bytes were fetched.

    `state` is `pending`, `stored`, `rejected` (a rejection says why) or `retry` (when: `retry_at`;
    how often it was tried: `attempts`).
    """

    __tablename__ = "media"
    __table_args__ = (
        UniqueConstraint("post_id", "position"),
        CheckConstraint("state IN ('pending', 'stored', 'rejected', 'retry')", name="state"),
        CheckConstraint("(state = 'stored') = (image_id IS NOT NULL)", name="stored_has_image"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    post_id: Mapped[str] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"))
    position: Mapped[int]
    url: Mapped[str]
    state: Mapped[str] = mapped_column(default="pending")
    attempts: Mapped[int] = mapped_column(default=0)
    retry_at: Mapped[datetime | None]
    image_id: Mapped[str | None] = mapped_column(
        ForeignKey("image.id", ondelete="CASCADE"), index=True
    )


class Image(Base):
    """Bytes in the store, known by their SHA-256. Width and height are as seen (EXIF applied).

    `face_count` is NULL until faces were looked for, `phash` (pHash as a signed 64-bit integer)
    NULL until it was hashed, `group_id` NULL until it was compared with all others. A group is
    named by the smallest image id in it; an image without duplicates is a group of its own.
    `kept` marks the one image of its group that goes on.
    """

    __tablename__ = "image"

    id: Mapped[str] = mapped_column(ImageId, primary_key=True)
    store_key: Mapped[str]
    format: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    byte_count: Mapped[int] = mapped_column(BigInteger)
    face_count: Mapped[int | None]
    phash: Mapped[int | None] = mapped_column(BigInteger, index=True)
    group_id: Mapped[str | None] = mapped_column(ImageId, index=True)
    kept: Mapped[bool] = mapped_column(default=False)


class Face(Base):
    """One detected face; pixels of the image as seen. The main face has an aligned crop."""

    __tablename__ = "face"
    __table_args__ = (UniqueConstraint("image_id", "position"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    image_id: Mapped[str] = mapped_column(ForeignKey("image.id", ondelete="CASCADE"))
    position: Mapped[int]  # 0 is the largest
    x1: Mapped[float]
    y1: Mapped[float]
    x2: Mapped[float]
    y2: Mapped[float]
    landmarks: Mapped[list[float]]  # x, y of left eye, right eye, nose, left and right mouth corner
    score: Mapped[float]
    eye_distance: Mapped[float]  # pixels
    crop_key: Mapped[str | None]


class Label(Base):
    """What a post (or, later, a model) says of an attribute: value, origin, rule, evidence."""

    __tablename__ = "label"
    __table_args__ = (
        CheckConstraint("(post_id IS NULL) <> (face_id IS NULL)", name="one_subject"),
        CheckConstraint(
            "attribute IN ('age', 'gender', 'race', 'country', 'relevant')", name="attribute"
        ),
        CheckConstraint("origin IN ('hashtag', 'source', 'moderator', 'model')", name="origin"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    post_id: Mapped[str | None] = mapped_column(
        ForeignKey("post.id", ondelete="CASCADE"), index=True
    )
    face_id: Mapped[str | None] = mapped_column(
        ForeignKey("face.id", ondelete="CASCADE"), index=True
    )
    attribute: Mapped[str]
    value: Mapped[str]  # years for age, "female"/"male", ISO 3166-1 alpha-2 for country
    origin: Mapped[str]
    confidence: Mapped[float]  # 0 to 1
    rule: Mapped[str | None]  # which rule of the hashtag grammar
    evidence: Mapped[str | None]  # the hashtag it was read from


class DuplicatePair(Base):
    """Two images that a second look found to be copies of one photograph; image_a < image_b."""

    __tablename__ = "duplicate_pair"

    image_a: Mapped[str] = mapped_column(
        ForeignKey("image.id", ondelete="CASCADE"), primary_key=True
    )
    image_b: Mapped[str] = mapped_column(
        ForeignKey("image.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    distance: Mapped[int]  # bits of the 64-bit pHash
    correlation: Mapped[float]  # of the second look, -1 to 1


class Claim(Base):
    """What the labels of all copies of a photograph add up to, per attribute, for its main face."""

    __tablename__ = "claim"

    face_id: Mapped[str] = mapped_column(
        ForeignKey("face.id", ondelete="CASCADE"), primary_key=True
    )
    attribute: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
    origin: Mapped[str]
    confidence: Mapped[float]


class Rejection(Base):
    """What a stage set aside, and why. One per stage and thing; the funnel is counted from it."""

    __tablename__ = "rejection"
    __table_args__ = (
        Index(None, "stage", "reason"),
        CheckConstraint(
            " + ".join(
                f"CASE WHEN {column} IS NULL THEN 0 ELSE 1 END"
                for column in ("post_id", "media_id", "image_id", "face_id", "annotation_id")
            )
            + " = 1",
            name="one_subject",
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    stage: Mapped[str]
    reason: Mapped[str]
    detail: Mapped[str] = mapped_column(default="")
    post_id: Mapped[str | None] = mapped_column(
        ForeignKey("post.id", ondelete="CASCADE"), index=True
    )
    media_id: Mapped[str | None] = mapped_column(
        ForeignKey("media.id", ondelete="CASCADE"), index=True
    )
    image_id: Mapped[str | None] = mapped_column(
        ForeignKey("image.id", ondelete="CASCADE"), index=True
    )
    face_id: Mapped[str | None] = mapped_column(
        ForeignKey("face.id", ondelete="CASCADE"), index=True
    )
    annotation_id: Mapped[str | None] = mapped_column(
        ForeignKey("annotation.id", ondelete="CASCADE"), index=True
    )


class Project(Base):
    """One Label Studio project: one version of one question set on one server.

    `server` is `workspace` for the server that `curate label-studio up` runs in the workspace
    (its port may change, it stays the same server), otherwise the server's URL.
    """

    __tablename__ = "project"
    __table_args__ = (UniqueConstraint("server", "questions"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    server: Mapped[str]
    questions: Mapped[str]  # version of the question set
    remote_id: Mapped[int]
    pulled_until: Mapped[datetime | None]


class Task(Base):
    """One face put to the moderators of one project.

    The row is written before the task is sent; `remote_id` is NULL until Label Studio confirmed
    it. `stale` is set when its annotations changed and its verdicts are to be worked out again.
    """

    __tablename__ = "task"
    __table_args__ = (
        UniqueConstraint("project_id", "face_id"),
        UniqueConstraint("project_id", "remote_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"))
    face_id: Mapped[str] = mapped_column(ForeignKey("face.id", ondelete="CASCADE"), index=True)
    claimed_age: Mapped[float]  # years, as shown to the moderators
    remote_id: Mapped[int | None]
    stale: Mapped[bool] = mapped_column(default=False)


class Moderator(Base):
    """A person who votes, known by a keyed hash only."""

    __tablename__ = "moderator"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    status: Mapped[str] = mapped_column(default="active")


class Annotation(Base):
    """One moderator's answer to one task as it stood at `updated_at`.

    `state` is `current`, `superseded` (the moderator changed it later) or `withdrawn` (deleted).
    """

    __tablename__ = "annotation"
    __table_args__ = (
        UniqueConstraint("task_id", "remote_id", "updated_at"),
        CheckConstraint("state IN ('current', 'superseded', 'withdrawn')", name="state"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    task_id: Mapped[str] = mapped_column(ForeignKey("task.id", ondelete="CASCADE"))
    moderator_id: Mapped[str] = mapped_column(ForeignKey("moderator.id"), index=True)
    remote_id: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    lead_time: Mapped[float | None]  # seconds
    state: Mapped[str] = mapped_column(default="current")


class Vote(Base):
    """One value of an annotation."""

    __tablename__ = "vote"

    annotation_id: Mapped[str] = mapped_column(
        ForeignKey("annotation.id", ondelete="CASCADE"), primary_key=True
    )
    attribute: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class Verdict(Base):
    """What the current votes on one face and attribute add up to.

    `value` is NULL while the votes do not decide. For `age_fits` the age meant is the task's
    `claimed_age`, repeated here as `age`.
    """

    __tablename__ = "verdict"

    face_id: Mapped[str] = mapped_column(
        ForeignKey("face.id", ondelete="CASCADE"), primary_key=True
    )
    attribute: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str | None]
    age: Mapped[float | None]
    probability: Mapped[float]
    votes: Mapped[int]
    method: Mapped[str]


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
    """One face in one dataset version: where erasure has to reach."""

    __tablename__ = "sample"

    dataset_id: Mapped[str] = mapped_column(
        ForeignKey("dataset_version.id", ondelete="CASCADE"), primary_key=True
    )
    face_id: Mapped[str] = mapped_column(
        ForeignKey("face.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    split: Mapped[str]
    shard: Mapped[str]


def _ready_index(name: str, column: Any, condition: Any) -> Index:
    """Index the few rows that wait for a stage, and no others."""
    return Index(name, column, sqlite_where=condition, postgresql_where=condition)


_ready_index("ix_media_pending", Media.id, Media.state == "pending")
_ready_index("ix_image_to_detect", Image.id, Image.face_count.is_(None))
_ready_index("ix_image_to_hash", Image.id, Image.phash.is_(None))
_ready_index("ix_image_to_compare", Image.id, Image.group_id.is_(None))
_ready_index("ix_image_kept", Image.id, Image.kept.is_(True))
_ready_index("ix_task_unconfirmed", Task.id, Task.remote_id.is_(None))
_ready_index("ix_task_stale", Task.id, Task.stale.is_(True))
