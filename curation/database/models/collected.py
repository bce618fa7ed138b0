"""What was collected: sources, posts, their media, images, faces, and what is said of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from curation.database.models.base import BY_KEY, Base, Id, ImageId, ready_index


class Source(Base):
    """Where posts come from: a folder, a manifest, an export, an API."""

    __tablename__ = "source"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str]
    name: Mapped[str] = mapped_column(unique=True)


class Post(Base):
    """One published item. Captions are never kept, hashtags are.

    `author` (who posted it) and `identity` (whom its source says it shows) are keyed hashes.
    """

    __tablename__ = "post"
    __table_args__ = (UniqueConstraint("source_id", "external_id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("source.id"), index=True)
    external_id: Mapped[str]
    author: Mapped[str | None] = mapped_column(Id, index=True)
    identity: Mapped[str | None] = mapped_column(Id)
    published_at: Mapped[datetime | None]
    url: Mapped[str | None]
    licence: Mapped[str | None]
    hashtags: Mapped[list[str]]


class Media(Base):
    """One picture of a post, before and after its bytes were fetched.

    `state` is `pending`, `stored`, `rejected` (a rejection says why) or `retry` (when: `retry_at`;
    how often it was tried: `attempts`; why it did not come: `retry_reason`, a word, and
    `retry_detail`, a sentence).
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
    retry_reason: Mapped[str | None]
    retry_detail: Mapped[str | None]
    image_id: Mapped[str | None] = mapped_column(
        ForeignKey("image.id", ondelete="CASCADE"), index=True
    )


class Image(Base):
    """A picture in the store, known by the SHA-256 of its bytes as they came.

    `byte_count` is of the stored file, from which GPS coordinates are gone. Width and height are
    as seen (EXIF applied). `taken_at` is what the camera wrote, in ISO 8601: local time, with an
    offset only where the camera gave one. `face_count` is NULL until faces were looked for; `phash`
    (pHash as a signed 64-bit integer) and the other hashes are NULL until it was hashed, `group_id`
    until it was compared with all others. A group is named by the smallest image id in it; an image
    without duplicates is its own group.
    `kept` marks the one image of its group that goes on. A `quarantined` image, which a moderator
    called unsafe or which is a copy of one, is never kept.
    """

    __tablename__ = "image"
    # All that a build asks of every image, in the order of photographs.
    __table_args__ = (Index("ix_image_photograph", "group_id", "id", "kept"),)

    id: Mapped[str] = mapped_column(ImageId, primary_key=True)
    store_key: Mapped[str]
    format: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    byte_count: Mapped[int] = mapped_column(BigInteger)
    taken_at: Mapped[str | None]
    face_count: Mapped[int | None]
    phash: Mapped[int | None] = mapped_column(BigInteger)
    phash_mirrored: Mapped[int | None] = mapped_column(BigInteger)  # of the mirror image
    phash256: Mapped[bytes | None] = mapped_column(LargeBinary)  # 32 bytes
    window_hashes: Mapped[bytes | None] = mapped_column(LargeBinary)  # 8 bytes per window
    group_id: Mapped[str | None] = mapped_column(ImageId)
    kept: Mapped[bool] = mapped_column(default=False)
    quarantined: Mapped[bool] = mapped_column(default=False, server_default=false())


class Face(Base):
    """One detected face; pixels of the image as seen. The main face has an aligned crop.

    What was measured of it is explained in `curation.faces.quality`: angles in degrees, the rest
    0 to 1. It is NULL of faces found by versions that did not measure.
    """

    __tablename__ = "face"
    __table_args__ = (UniqueConstraint("image_id", "position"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    image_id: Mapped[str] = mapped_column(ForeignKey("image.id", ondelete="CASCADE"))
    position: Mapped[int]  # 0 is the main face, the largest if not set otherwise
    x1: Mapped[float]
    y1: Mapped[float]
    x2: Mapped[float]
    y2: Mapped[float]
    landmarks: Mapped[list[float]]  # x, y of left eye, right eye, nose, left and right mouth corner
    score: Mapped[float]
    eye_distance: Mapped[float]  # pixels
    sharpness: Mapped[float | None]
    exposure: Mapped[float | None]
    yaw: Mapped[float | None]
    pitch: Mapped[float | None]
    roll: Mapped[float | None]
    truncation: Mapped[float | None]  # share of the box outside the image
    quality: Mapped[float | None]  # all of it in one number, for choosing among copies
    crop_key: Mapped[str | None]
    phash: Mapped[int | None] = mapped_column(BigInteger)  # of the face in the crop
    phash256: Mapped[bytes | None] = mapped_column(LargeBinary)  # 32 bytes


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
    kind: Mapped[str]  # as in curation.dedup.evidence
    distance: Mapped[int]  # bits of the 64-bit pHash of the whole pictures
    wide_distance: Mapped[int]  # bits of the 256-bit pHash
    face_distance: Mapped[int | None]  # bits of the 64-bit pHash of the faces
    picture_correlation: Mapped[float]  # of the second look, -1 to 1
    correlation: Mapped[float]  # of the fine detail, -1 to 1


class Claim(Base):
    """What the labels of all copies of a photograph add up to, per attribute, for its main face."""

    __tablename__ = "claim"
    __table_args__ = BY_KEY

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


ready_index("ix_media_pending", Media.id, condition=Media.state == "pending")
ready_index("ix_media_retry", Media.retry_at, condition=Media.state == "retry")
ready_index("ix_image_to_detect", Image.id, condition=Image.face_count.is_(None))
ready_index("ix_image_to_hash", Image.id, condition=Image.phash.is_(None))
ready_index("ix_face_to_hash", Face.id, condition=Face.crop_key.is_not(None) & Face.phash.is_(None))
ready_index("ix_image_to_compare", Image.id, condition=Image.group_id.is_(None))
ready_index("ix_image_kept", Image.id, condition=Image.kept.is_(True))
