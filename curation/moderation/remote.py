"""Tasks and annotations as Label Studio has them, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class RemoteAnnotation:
    """One annotation as the server has it; `user` is the server's id, None for a deleted user."""

    id: int
    user: int | None
    result: tuple[Any, ...]
    skipped: bool
    created_at: datetime
    updated_at: datetime
    lead_time: float | None  # seconds
    import_id: int | None = None  # what it was called by whoever imported it


@dataclass(frozen=True)
class RemoteTask:
    """One task as the server has it, with the annotations it has now."""

    id: int
    data: Mapping[str, Any]
    annotations: tuple[RemoteAnnotation, ...]


def read_task(task: Mapping[str, Any]) -> RemoteTask:
    """Return a task as the server's list of tasks has it as a plain value."""
    return RemoteTask(
        id=int(task["id"]),
        data=dict(task["data"] or {}),
        annotations=tuple(
            RemoteAnnotation(
                id=int(one["id"]),
                user=one["completed_by"],
                result=tuple(one["result"] or ()),
                skipped=bool(one["was_cancelled"]),
                created_at=read_time(one["created_at"]),
                updated_at=read_time(one["updated_at"]),
                lead_time=one["lead_time"],
                import_id=one.get("import_id"),
            )
            for one in task.get("annotations") or ()
        ),
    )


def read_time(value: datetime | str) -> datetime:
    """Read a time: the SDK gives it as text inside tasks and as a datetime elsewhere."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


@dataclass(frozen=True)
class RemoteProject:
    """A project as the server has it."""

    id: int
    title: str
    description: str
    config: str
    guide: str
    overlap: int  # how many moderators the label stream hands a new task to
    shows_predictions: bool


def read_project(project: Any) -> RemoteProject:
    """Return a project of the SDK as a plain value."""
    return RemoteProject(
        id=int(project.id),
        title=str(project.title or ""),
        description=str(project.description or ""),
        config=str(project.label_config or ""),
        guide=str(project.expert_instruction or ""),
        overlap=int(project.maximum_annotations or 0),
        shows_predictions=bool(project.show_collab_predictions),
    )
