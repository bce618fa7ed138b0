"""Bring groups of copies up to date: their name, the kept copy, claims and rejections."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from curation.database.models import Claim, Face, Image, Label, Media, Rejection, Task
from curation.database.upsert import upsert
from curation.dedup.claims import StatedLabel, contradiction, merge
from curation.dedup.groups import Copy, best_copy
from curation.dedup.queries import rows_in
from curation.stages import Rejected, rejection_row


@dataclass(frozen=True)
class Member:
    """One image of a group with all that is needed to decide; `face_id` of its main face."""

    copy: Copy
    face_id: str | None
    group_id: str | None
    kept: bool
    quarantined: bool
    labels: Sequence[StatedLabel]


def refresh_groups(
    session: Session, groups: Sequence[Sequence[str]], stage: str, age_tolerance: float
) -> None:
    """Write what follows from the groups, given by the ids of their images.

    A group is named by its smallest image id. Of the copies with a usable face the best one goes
    on (`kept`) with the merged claims of all; the others are rejected as `near-duplicate`. Where
    the copies contradict each other none goes on: the best one is rejected with the reason, and
    nothing is claimed. Of a group with a quarantined copy none goes on either, and all of it is
    quarantined. Images without a usable face were set aside by detect and stay so; they
    only belong to the group. What was written for an earlier state of the groups is replaced.
    """
    members = read_members(session, [image_id for group in groups for image_id in group])
    images: list[dict[str, Any]] = []
    claims: list[dict[str, Any]] = []
    rejections: list[dict[str, Any]] = []
    for group in groups:
        usable, labels = rivals([members[image_id] for image_id in group])
        best = best_copy(usable).image_id if usable else None
        conflict = contradiction(labels, age_tolerance) if best else None
        quarantined = any(members[image_id].quarantined for image_id in group)
        for image_id in group:
            kept = image_id == best and not conflict and not quarantined
            member = members[image_id]
            if (member.group_id, member.kept, member.quarantined) != (
                min(group),
                kept,
                quarantined,
            ):
                images.append(
                    {"id": image_id, "group_id": min(group), "kept": kept}
                    | {"quarantined": quarantined}
                )
        for copy in usable:
            if copy.image_id != best:
                fate = "quarantined" if quarantined else "kept"
                why = Rejected("near-duplicate", f"of image {best}, which is {fate}")
                rejections.append(rejection_row(stage, "image", copy.image_id, why))
        if best and conflict:
            rejections.append(rejection_row(stage, "image", best, conflict))
        elif best:
            claims += [
                {
                    "face_id": members[best].face_id,
                    "attribute": claim.attribute,
                    "value": claim.value,
                    "origin": claim.origin,
                    "confidence": claim.confidence,
                }
                for claim in merge(labels)
            ]
    if images:
        session.execute(update(Image), images)
    _replace_claims(session, [m.face_id for m in members.values() if m.face_id], claims)
    _replace_rejections(session, stage, list(members), rejections)


def rivals(group: Sequence[Member]) -> tuple[list[Copy], list[StatedLabel]]:
    """Return the copies of a group that can be kept, and the labels of all its copies."""
    labels = [label for member in group for label in member.labels]
    merged = {(claim.attribute, claim.value) for claim in merge(labels)}
    usable = [
        replace(
            member.copy,
            agreement=len(merged & {(label.attribute, label.value) for label in member.labels}),
        )
        for member in group
        if member.copy.has_crop
    ]
    return usable, labels


def read_members(session: Session, image_ids: Sequence[str]) -> dict[str, Member]:
    """Read what is needed to decide about images."""
    faces = select(Face.id, Face.image_id).where(Face.crop_key.is_not(None))
    face_of = {row.image_id: row.id for row in rows_in(session, faces, Face.image_id, image_ids)}
    asked = {
        row.face_id
        for row in rows_in(session, select(Task.face_id), Task.face_id, face_of.values())
    }
    quality = _face_quality(session, face_of.values())
    labels: dict[str, set[StatedLabel]] = {image_id: set() for image_id in image_ids}
    stated = select(
        Media.image_id, Label.post_id, Label.attribute, Label.value, Label.origin, Label.confidence
    ).join(Label, Label.post_id == Media.post_id)
    for row in rows_in(session, stated, Media.image_id, image_ids):
        image_id, *label = row
        labels[image_id].add(StatedLabel(*label))
    columns = select(
        Image.id,
        Image.width,
        Image.height,
        Image.byte_count,
        Image.group_id,
        Image.kept,
        Image.quarantined,
    )
    members = {}
    for row in rows_in(session, columns, Image.id, image_ids):
        face_id = face_of.get(row.id)
        copy = Copy(
            image_id=row.id,
            has_task=face_id in asked,
            has_crop=face_id is not None,
            pixels=row.width * row.height,
            byte_count=row.byte_count,
            quality=quality.get(face_id or "", 0.0),
        )
        in_order = sorted(labels[row.id], key=repr)
        members[row.id] = Member(copy, face_id, row.group_id, row.kept, row.quarantined, in_order)
    return members


def _face_quality(session: Session, face_ids: Iterable[str]) -> dict[str, float]:
    """Return how good faces are, 0 to 1, as far as detect has told."""
    known = select(Face.id, Face.quality).where(Face.quality.is_not(None))
    return {row[0]: row[1] for row in rows_in(session, known, Face.id, face_ids)}


def _replace_claims(
    session: Session, face_ids: Iterable[str], claims: Sequence[dict[str, Any]]
) -> None:
    wanted = {(claim["face_id"], claim["attribute"]) for claim in claims}
    present = select(Claim.face_id, Claim.attribute)
    for row in list(rows_in(session, present, Claim.face_id, face_ids)):
        if (row.face_id, row.attribute) not in wanted:
            session.execute(
                delete(Claim).where(Claim.face_id == row.face_id, Claim.attribute == row.attribute)
            )
    upsert(session, Claim, claims, update=["value", "origin", "confidence"])


def _replace_rejections(
    session: Session, stage: str, image_ids: Sequence[str], rejections: Sequence[dict[str, Any]]
) -> None:
    wanted = {rejection["id"] for rejection in rejections}
    present = select(Rejection.id).where(Rejection.stage == stage)
    for row in list(rows_in(session, present, Rejection.image_id, image_ids)):
        if row.id not in wanted:
            session.execute(delete(Rejection).where(Rejection.id == row.id))
    upsert(session, Rejection, rejections, update=["reason", "detail"])
