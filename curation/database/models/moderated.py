"""What moderators were asked and answered, and what that adds up to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from curation.database.models.base import BY_KEY, Base, Comparable, Id, ready_index


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
    `wanted` is how many moderators shall see it, as its votes have it, and `overlap` the number
    that Label Studio confirmed; NULL stands for the project's own number.
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
    wanted: Mapped[int | None]
    overlap: Mapped[int | None]


class Moderator(Base):
    """A person who votes, known by a keyed hash only."""

    __tablename__ = "moderator"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    status: Mapped[str] = mapped_column(default="active")


class Annotation(Base):
    """One moderator's answer to one task as it stood at `updated_at`.

    `state` is `current`, `superseded` (the moderator changed it later) or `withdrawn` (deleted).
    `lost` says that the server has it no longer because its task, its project or the whole server
    is gone: then it counts as it stood, and `remote_id` means nothing.
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
    lost: Mapped[bool] = mapped_column(default=False, server_default=false())
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

    `value` is NULL while the votes do not decide; `posterior` has the probability (0 to 1) of every
    value. `state` is `sure`, `open` (more votes are asked for), `contested` (as many as may be
    asked for are in, and it is not sure) or `moot` (another verdict rules the face out). For
    `age_fits` the age meant is the task's `claimed_age`, repeated here as `age`. The verdict on
    `age` is that on the claim (`accepted`, `corrected`, `rejected`) with the `age` that stands
    and the interval (`low`, `high`, years) of what free guesses say.
    """

    __tablename__ = "verdict"
    __table_args__ = BY_KEY

    face_id: Mapped[str] = mapped_column(
        ForeignKey("face.id", ondelete="CASCADE"), primary_key=True
    )
    attribute: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str | None]
    age: Mapped[float | None]
    probability: Mapped[float]
    votes: Mapped[int]
    method: Mapped[str]
    state: Mapped[str] = mapped_column(default="open", server_default="open")
    posterior: Mapped[dict[str, Any] | None] = mapped_column(Comparable)
    low: Mapped[float | None]
    high: Mapped[float | None]


ready_index("ix_task_unconfirmed", Task.project_id, Task.id, condition=Task.remote_id.is_(None))
ready_index("ix_task_stale", Task.project_id, Task.id, condition=Task.stale.is_(True))
ready_index(
    "ix_task_to_ask",
    Task.project_id,
    Task.id,
    condition=Task.wanted.is_not(None) & Task.wanted.is_distinct_from(Task.overlap),
)
