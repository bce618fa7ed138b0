"""The page that `curate dedup --report` writes: groups of copies, contradictions first.

One HTML file with everything in it: thumbnails as data, groups as JSON, a script that shows a page
of them at a time. It asks for nothing from outside, and its content policy forbids it to.
"""

from __future__ import annotations

import base64
import io
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image as PillowImage
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from curation.database.models import DuplicatePair, Image, Media, Rejection
from curation.database.session import Database
from curation.dedup.claims import StatedLabel, contradiction, merge
from curation.dedup.evidence import KINDS
from curation.dedup.groups import best_copy, why_best
from curation.dedup.hashes import reduction_for
from curation.dedup.queries import rows_in
from curation.dedup.refresh import Member, read_members, rivals
from curation.dedup.report_page import PAGE
from curation.dedup.summary import summarise
from curation.errors import InputError, StoreError
from curation.pictures import BadImageError, decode
from curation.store import Store

MOST_GROUPS = 2_000  # about 25 MB
THUMBNAIL = 168  # pixels
AT_ONCE = 200  # groups read from the database together


@dataclass(frozen=True)
class Written:
    """How many groups the page shows, of how many there are, and how many contradict themselves."""

    shown: int
    groups: int
    contradictory: int


def write_report(
    path: Path,
    database: Database,
    store: Store,
    stage: str,
    age_tolerance: float,
    most: int = MOST_GROUPS,
) -> Written:
    """Write the page for what `stage` has found so far; only the owner can read the file.

    Raises:
        InputError: the file cannot be written.
    """
    with database.session() as session:
        names = _groups(session, stage)
        contradictory = sum(conflict for _, conflict in names)
        shown = [name for name, _ in names[:most]]
        groups = []
        for start in range(0, len(shown), AT_ONCE):
            groups += _read(session, store, shown[start : start + AT_ONCE], age_tolerance)
        summary = summarise(session, stage).in_words()
    data = {
        "summary": summary,
        "cap": f"{len(shown):,} of {len(names):,} groups are shown, contradictions first"
        if len(shown) < len(names)
        else "",
        "kinds": KINDS,
        "groups": groups,
    }
    # A `<` could end the script that holds the data.
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    _write(path, PAGE.replace("__DATA__", text))
    return Written(len(shown), len(names), contradictory)


def _groups(session: Session, stage: str) -> list[tuple[str, bool]]:
    """Return the photographs of several images or posts: contradictory, then large ones first."""
    conflict = func.count(Rejection.id) > 0
    images, posts = func.count(Image.id.distinct()), func.count(Media.id.distinct())
    statement = (
        select(Image.group_id, conflict, images, posts)
        .join(Media, Media.image_id == Image.id)
        .outerjoin(
            Rejection,
            (Rejection.image_id == Image.id)
            & (Rejection.stage == stage)
            & Rejection.reason.startswith("contradictory"),
        )
        .where(Image.group_id.is_not(None))
        .group_by(Image.group_id)
        .having((images > 1) | (posts > 1))
    )
    rows = session.execute(statement).all()
    ordered = sorted(rows, key=lambda row: (not row[1], -row[2], -row[3], row[0]))
    return [(str(row[0]), bool(row[1])) for row in ordered]


def _read(
    session: Session, store: Store, names: Sequence[str], age_tolerance: float
) -> list[dict[str, Any]]:
    places = select(Image.group_id, Image.id, Image.store_key, Image.width, Image.height)
    rows = sorted(rows_in(session, places, Image.group_id, names), key=lambda row: row.id)
    of_group: dict[str, list[Any]] = {name: [] for name in names}
    for row in rows:
        of_group[row.group_id].append(row)
    ids = [row.id for row in rows]
    members = read_members(session, ids)
    pairs = rows_in(session, select(*DuplicatePair.__table__.columns), DuplicatePair.image_a, ids)
    of_image: dict[str, list[Any]] = {}
    for pair in pairs:
        of_image.setdefault(pair.image_a, []).append(pair)
    return [_group(store, of_group[name], members, of_image, age_tolerance) for name in names]


def _group(
    store: Store,
    rows: Sequence[Any],
    members: dict[str, Member],
    pairs_of: dict[str, list[Any]],
    age_tolerance: float,
) -> dict[str, Any]:
    group = [members[row.id] for row in rows]
    usable, labels = rivals(group)
    best = best_copy(usable).image_id if usable else None
    conflict = contradiction(labels, age_tolerance)
    number = {row.id: place for place, row in enumerate(rows, start=1)}
    if best is None:
        fate = "none is kept: no copy shows a usable face"
    elif conflict:
        fate = f"none is kept; of the copies {number[best]} is the best: {why_best(usable)}"
    elif len(usable) == 1:
        fate = f"copy {number[best]} is kept: it is the only one with a usable face"
    else:
        fate = f"copy {number[best]} is kept, because {why_best(usable)}"
    claims = {claim.attribute: claim.value for claim in merge(labels)}
    return {
        "conflict": conflict.detail if conflict else "",
        "fate": fate,
        "claims": "" if conflict else _in_words(claims.items()),
        "copies": [
            _copy(store, row, member, best) for row, member in zip(rows, group, strict=True)
        ],
        "pairs": [
            {
                "a": number[pair.image_a],
                "b": number[pair.image_b],
                "kind": pair.kind,
                "why": f"{pair.distance} of 64 bits, {pair.wide_distance} of 256, "
                f"picture {pair.picture_correlation:.2f}, detail {pair.correlation:.2f}",
            }
            for row in rows
            for pair in sorted(pairs_of.get(row.id, []), key=lambda pair: str(pair.image_b))
            if pair.image_b in number
        ],
    }


def _copy(store: Store, row: Any, member: Member, best: str | None) -> dict[str, Any]:
    by_post: dict[str, list[StatedLabel]] = {}
    for label in member.labels:
        by_post.setdefault(label.post_id, []).append(label)
    return {
        "id": row.id,
        "size": f"{row.width} x {row.height}",
        "best": row.id == best,
        "kept": member.kept,
        "face": member.copy.has_crop,
        "thumb": _thumbnail(store, row.store_key, row.width, row.height),
        "posts": [
            f"post {post[:8]}: "
            + _in_words((label.attribute, f"{label.value} ({label.origin})") for label in stated)
            for post, stated in sorted(by_post.items())
        ],
    }


def _in_words(values: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{attribute} {value}" for attribute, value in sorted(values))


def _thumbnail(store: Store, key: str, width: int, height: int) -> str:
    """Return a small JPEG as base64; nothing where the picture cannot be read any more."""
    try:
        picture = decode(store.read(key), reduction=reduction_for(width, height))
    except (BadImageError, StoreError):
        return ""
    small = PillowImage.fromarray(picture)
    small.thumbnail((THUMBNAIL, THUMBNAIL))
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=75)
    return base64.b64encode(buffer.getvalue()).decode()


def _write(path: Path, text: str) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        handle = os.open(partial, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise InputError(
            f"the report {path} cannot be written: {error.strerror or error}"
        ) from None
