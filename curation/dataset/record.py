"""What a version's papers tell of the database at the time it was built: funnel and agreement."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from curation.database.models import (
    Annotation,
    Face,
    Image,
    Media,
    Post,
    Rejection,
    Source,
    Task,
    Vote,
)


def read_funnel(session: Session, candidates: int, samples: int) -> dict[str, Any]:
    """Count what came in and what was set aside on the way to the samples.

    `steps` are (name, count) from posts to samples, `set_aside` (stage, reason, count) of what
    left, `sources` the posts of each kind of source, `published` the first and last day (ISO 8601)
    of posts whose day is known.
    """

    def count(*condition: Any) -> int:
        return session.execute(select(func.count()).select_from(*condition)).scalar_one()

    kept = select(Image.id).where(Image.kept.is_(True)).subquery()
    steps = [
        ("posts", count(Post)),
        ("pictures of posts", count(Media)),
        ("images stored", count(Image)),
        ("images that are no copies", count(kept)),
        ("faces found", count(Face)),
        ("confirmed by moderators", candidates),
        ("samples", samples),
    ]
    grouped = session.execute(
        select(Rejection.stage, Rejection.reason, func.count())
        .group_by(Rejection.stage, Rejection.reason)
        .order_by(Rejection.stage, Rejection.reason)
    )
    sources = session.execute(
        select(Source.kind, func.count())
        .join(Post, Post.source_id == Source.id)
        .group_by(Source.kind)
        .order_by(Source.kind)
    )
    times = session.execute(select(func.min(Post.published_at), func.max(Post.published_at))).one()
    return {
        "steps": [list(step) for step in steps],
        "set_aside": [list(row) for row in grouped],
        "sources": {str(row[0]): int(row[1]) for row in sources},
        "published": [str(time)[:10] if time is not None else None for time in times],
    }


def read_agreement(session: Session) -> dict[str, dict[str, Any]]:
    """Return, per attribute, how far the moderators' present votes agree.

    `faces` got `votes` from two moderators or more; `agreement` is the share of pairs of votes on
    one face that are equal; `alpha` is Krippendorff's alpha for nominal data (Krippendorff 2011,
    "Computing Krippendorff's Alpha-Reliability"), None where every vote is the same.
    """
    voted = (
        select(
            Task.face_id.label("face"),
            Vote.attribute.label("attribute"),
            Vote.value.label("value"),
            func.count().label("number"),
        )
        .join(Annotation, Annotation.id == Vote.annotation_id)
        .join(Task, Task.id == Annotation.task_id)
        .where(Annotation.state == "current")
        .group_by(Task.face_id, Vote.attribute, Vote.value)
        .subquery()
    )
    faces = (
        select(
            voted.c.face,
            voted.c.attribute,
            func.sum(voted.c.number).label("votes"),
            func.sum(voted.c.number * voted.c.number).label("squares"),
        )
        .group_by(voted.c.face, voted.c.attribute)
        .having(func.sum(voted.c.number) > 1)
        .subquery()
    )
    pairs = faces.c.votes * faces.c.votes
    differing = session.execute(
        select(
            faces.c.attribute,
            faces.c.votes,
            func.count(),
            func.sum(faces.c.squares),
            func.sum(pairs),
        )
        .group_by(faces.c.attribute, faces.c.votes)
        .order_by(faces.c.attribute, faces.c.votes)
    ).all()
    values = session.execute(
        select(voted.c.attribute, voted.c.value, func.sum(voted.c.number))
        .join(faces, (faces.c.face == voted.c.face) & (faces.c.attribute == voted.c.attribute))
        .group_by(voted.c.attribute, voted.c.value)
        .order_by(voted.c.attribute, voted.c.value)
    ).all()
    found: dict[str, dict[str, Any]] = {}
    for attribute in dict.fromkeys(row[0] for row in differing):
        groups = [
            (int(n), int(k), int(sq), int(pp)) for a, n, k, sq, pp in differing if a == attribute
        ]
        totals = {value: int(number) for a, value, number in values if a == attribute}
        found[attribute] = _agreement(groups, totals)
    return found


def _agreement(groups: list[tuple[int, int, int, int]], totals: dict[str, int]) -> dict[str, Any]:
    """Add up groups of faces with equally many votes: votes each, faces, Σ squares, Σ votes²."""
    votes = sum(each * faces for each, faces, _, _ in groups)
    equal = sum(squares - each * faces for each, faces, squares, _ in groups)
    pairs = sum(each * (each - 1) * faces for each, faces, _, _ in groups)
    observed = sum((whole - squares) / (each - 1) for each, _, squares, whole in groups) / votes
    expected = (votes**2 - sum(number**2 for number in totals.values())) / (votes * (votes - 1))
    return {
        "faces": sum(faces for _, faces, _, _ in groups),
        "votes": votes,
        "agreement": round(equal / pairs, 6),
        "alpha": round(1 - observed / expected, 6) if expected else None,
        "values": totals,
    }
