"""What dedup found so far, in figures."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from curation.database.models import Image, Media, Rejection


@dataclass(frozen=True)
class Summary:
    """Counts over the whole workspace."""

    kept: int  # images that go on
    identical: int  # pictures of posts whose very bytes were there already
    near: int  # images set aside as near-duplicates
    groups: int  # groups of two or more images
    contradictory: int  # photographs whose copies' labels cannot all be right

    def in_words(self) -> str:
        """Return the figures as one line."""
        return (
            f"{self.kept:,} photographs are kept · {self.identical:,} byte-identical copies merged"
            f" · {self.near:,} near-duplicates set aside ({self.groups:,} groups)"
            f" · {self.contradictory:,} photographs set aside for contradictory labels"
        )


def summarise(session: Session, stage: str) -> Summary:
    """Count what `stage`, the name of the dedup stage, has found so far."""
    stored = select(func.count(Media.id), func.count(Media.image_id.distinct()))
    media, images = session.execute(stored.where(Media.image_id.is_not(None))).one()
    grouped = select(Image.group_id).where(Image.group_id.is_not(None)).group_by(Image.group_id)
    several = grouped.having(func.count(Image.id) > 1).subquery()
    reasons = {
        row.reason: row.number
        for row in session.execute(
            select(Rejection.reason, func.count(Rejection.id).label("number"))
            .where(Rejection.stage == stage)
            .group_by(Rejection.reason)
        )
    }
    near = reasons.pop("near-duplicate", 0)
    return Summary(
        kept=session.scalars(select(func.count(Image.id)).where(Image.kept.is_(True))).one(),
        identical=media - images,
        near=near,
        groups=session.scalars(select(func.count()).select_from(several)).one(),
        contradictory=sum(reasons.values()),
    )
