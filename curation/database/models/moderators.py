"""What is kept about moderators beside their answers: gold questions, and changes of standing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from curation.database.models.base import Base, Id, ready_index
from curation.database.models.moderated import Annotation, Verdict


class Gold(Base):
    """The known answer to one question on one face.

    Answers given after `since` are held against it; the votes from which it grew came before, and
    agree with it by their nature. `state` is `ready` (its task is like any other), `open` (its
    task is handed to every moderator who has not seen it), `spent` (all have) or `retired` (most
    of those who were asked say something else, so it is believed no longer).
    """

    __tablename__ = "gold"
    __table_args__ = (
        CheckConstraint("origin IN ('unanimous', 'file')", name="origin"),
        CheckConstraint("state IN ('ready', 'open', 'spent', 'retired')", name="state"),
    )

    face_id: Mapped[str] = mapped_column(
        ForeignKey("face.id", ondelete="CASCADE"), primary_key=True
    )
    attribute: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
    origin: Mapped[str]
    state: Mapped[str] = mapped_column(default="ready")
    since: Mapped[datetime]


class ModeratorChange(Base):
    """When a moderator was suspended or restored, by whom (`command`, `automatic`), and why."""

    __tablename__ = "moderator_change"
    __table_args__ = (
        CheckConstraint("status IN ('active', 'suspended')", name="status"),
        CheckConstraint("made_by IN ('command', 'automatic')", name="made_by"),
        Index(None, "moderator_id", "at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    moderator_id: Mapped[str] = mapped_column(ForeignKey("moderator.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    status: Mapped[str]
    made_by: Mapped[str]
    reason: Mapped[str]


ready_index("ix_gold_open", Gold.face_id, condition=Gold.state == "open")
# The campaign's view: current answers by task and by time, and verdicts by their outcome.
ready_index(
    "ix_annotation_current",
    Annotation.task_id,
    Annotation.moderator_id,
    Annotation.created_at,
    condition=Annotation.state == "current",
)
ready_index(
    "ix_annotation_time",
    Annotation.created_at,
    Annotation.task_id,
    condition=Annotation.state == "current",
)
Index("ix_verdict_outcome", Verdict.attribute, Verdict.value, Verdict.probability)
