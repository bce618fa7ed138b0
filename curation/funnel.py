"""The funnel: how many posts, images and faces there are, and what left at which stage and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from curation.database.models import (
    Annotation,
    Base,
    DatasetVersion,
    Erasure,
    Face,
    Image,
    Media,
    Post,
    Rejection,
    Task,
    Tombstone,
    UtcDateTime,
    Verdict,
)

# In the order of the line; a stage that is not named here comes last.
STAGE_ORDER = (
    "ingest",
    "fetch",
    "detect",
    "hash",
    "dedup",
    "push",
    "pull",
    "quarantine",
    "verdict",
    "ask",
)


@dataclass(frozen=True)
class Funnel:
    """Counts of what there is, and of what was set aside: (stage, reason) to number."""

    present: dict[str, int]
    set_aside: dict[tuple[str, str], int]
    to_retry: list[tuple[str, int, datetime]]  # reason, media, when the first of them is due
    datasets: list[tuple[str, int, int, int, int]]  # name, number, patch, candidates, samples
    erasures: dict[str, int]  # by state, and how many tombstones refuse a return


def read_funnel(session: Session) -> Funnel:
    """Count everything; what was set aside comes from one GROUP BY."""

    def count(table: type[Base], *conditions: ColumnElement[bool]) -> int:
        counted = select(func.count()).select_from(table).where(*conditions)
        return session.execute(counted).scalar_one()

    def different(column: InstrumentedAttribute[str], *conditions: ColumnElement[bool]) -> int:
        counted = select(func.count(column.distinct())).where(*conditions)
        return session.execute(counted).scalar_one()

    present = {
        "posts": count(Post),
        "media": count(Media),
        "media waiting to be fetched": count(Media, Media.state.in_(["pending", "retry"])),
        "images stored": count(Image),
        "images with an aligned face": different(Face.image_id, Face.crop_key.is_not(None)),
        "images kept after dedup": count(Image, Image.kept.is_(True)),
        "faces put to moderators": different(Task.face_id, Task.remote_id.is_not(None)),
        "annotations": count(Annotation, Annotation.state == "current"),
        "faces with a decided gender": count(
            Verdict, Verdict.attribute == "gender", Verdict.value.is_not(None)
        ),
        "faces with a confirmed age": count(
            Verdict, Verdict.attribute == "age_fits", Verdict.value == "yes"
        ),
    }
    grouped = session.execute(
        select(Rejection.stage, Rejection.reason, func.count()).group_by(
            Rejection.stage, Rejection.reason
        )
    )
    set_aside = {(stage, reason): number for stage, reason, number in grouped}
    versions = session.execute(
        select(
            DatasetVersion.name,
            DatasetVersion.number,
            DatasetVersion.patch,
            DatasetVersion.candidates,
            DatasetVersion.samples,
        ).order_by(DatasetVersion.name, DatasetVersion.number)
    )
    waiting = session.execute(
        select(Media.retry_reason, func.count(), func.min(Media.retry_at, type_=UtcDateTime()))
        .where(Media.state == "retry")
        .group_by(Media.retry_reason)
    )
    return Funnel(
        present=present,
        set_aside=dict(sorted(set_aside.items(), key=_by_stage)),
        to_retry=sorted((reason or "", number, due) for reason, number, due in waiting if due),
        datasets=[
            (name, number, patch, pool, taken) for name, number, patch, pool, taken in versions
        ],
        erasures={
            "done": count(Erasure, Erasure.state == "done"),
            "open": count(Erasure, Erasure.state == "open"),
            "tombstones": count(Tombstone),
        },
    )


def _by_stage(entry: tuple[tuple[str, str], int]) -> tuple[int, str, int, str]:
    (stage, reason), number = entry
    place = STAGE_ORDER.index(stage) if stage in STAGE_ORDER else len(STAGE_ORDER)
    return place, stage, -number, reason
