"""The one transaction of an erasure: rows go, tombstones come, and what is left to do is noted."""

from __future__ import annotations

import re
import secrets
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from curation.database.models import (
    Annotation,
    Base,
    Erasure,
    ErasureWork,
    Image,
    Media,
    Moderator,
    Post,
    Project,
    Rejection,
    Sample,
    Source,
    Task,
    Tombstone,
)
from curation.database.upsert import insert_new
from curation.dedup.queries import rows_in
from curation.identity import content_id
from curation.privacy.addresses import is_web
from curation.privacy.targets import Targets, counted
from curation.privacy.tombstones import PICTURE, Kind, erased_value, exact_rows, tombstone_row
from curation.privacy.wishes import Wishes
from curation.workspace import Workspace

TASKS_AT_ONCE = 100
FILES_AT_ONCE = 500
ROWS_AT_ONCE = 5_000

# What could name a thing inside a sentence: an id, an address, a path.
NAMING = re.compile(r"[0-9a-f]{32,64}|https?://\S+|/\S+")


def remove_rows(workspace: Workspace, wishes: Wishes, targets: Targets, request: str | None) -> str:
    """Remove the rows of `targets`, and write the erasure with its tombstones and open work.

    Either all of that is in the database afterwards or nothing is. Returns the erasure's id.
    """
    erasure_id = f"{datetime.now(UTC):%Y%m%d}-{secrets.token_hex(4)}"
    with workspace.database.session() as session:
        rows = counted(session, targets)
        urls = _urls(session, targets) | wishes.urls
        things = _things(workspace.secret, targets)
        session.add(
            Erasure(
                id=erasure_id,
                request=request,
                state="open",
                created_at=datetime.now(UTC),
                asked=wishes.asked(),
                removed={"rows": rows, "things": things},
            )
        )
        session.flush()
        tombstones = _tombstones(workspace.secret, wishes, targets, urls, erasure_id)
        insert_new(session, Tombstone, tombstones)
        insert_new(session, ErasureWork, _work(session, targets, erasure_id))
        _delete(session, targets)
        _forget_in_details(session, {*targets.images, *targets.media, *targets.posts, *urls})
    return erasure_id


def _urls(session: Session, targets: Targets) -> set[str]:
    found = {row.url for row in rows_in(session, select(Post.url), Post.id, targets.posts)}
    found |= {row.url for row in rows_in(session, select(Media.url), Media.id, targets.media)}
    return {url for url in found if url and is_web(url)}


def _things(secret: bytes, targets: Targets) -> dict[str, list[str]]:
    """Return keyed hashes of what goes: who holds the secret can look a thing up in a receipt."""
    named: tuple[tuple[Kind, set[str]], ...] = (
        ("post", targets.posts),
        ("image", targets.images),
        ("face", targets.faces),
        ("moderator", targets.moderators),
    )
    return {
        kind: sorted(erased_value(secret, kind, identity) for identity in ids)
        for kind, ids in named
        if ids
    }


def _tombstones(
    secret: bytes, wishes: Wishes, targets: Targets, urls: set[str], erasure_id: str
) -> list[dict[str, Any]]:
    named: tuple[tuple[Kind, set[str]], ...] = (
        ("author", wishes.authors),
        ("post", wishes.posts | targets.posts),
        ("url", urls),
        ("image", wishes.images | targets.images | targets.file_sha256),
        ("face", wishes.faces | targets.faces),
        ("moderator", wishes.moderators),
    )
    rows = [row for kind, ids in named for row in exact_rows(secret, kind, ids, erasure_id)]
    texts = sorted({one.fingerprints.to_text() for one in targets.pictures})
    return rows + [tombstone_row(PICTURE, text, erasure_id) for text in texts]


def _work(session: Session, targets: Targets, erasure_id: str) -> list[dict[str, Any]]:
    work: list[tuple[str, dict[str, Any]]] = []
    by_version: dict[str, list[str]] = defaultdict(list)
    sampled = select(Sample.dataset_id, Sample.face_id)
    for row in rows_in(session, sampled, Sample.face_id, targets.faces):
        by_version[row.dataset_id].append(row.face_id)
    work += [
        ("version", {"dataset": dataset, "samples": samples})
        for dataset, samples in sorted(by_version.items())
    ]
    work += _label_studio_work(session, targets)
    work += [("file", {"keys": keys}) for keys in _parts(sorted(targets.files), FILES_AT_ONCE)]
    if targets:
        work.append(("database", {}))
    return [
        {
            "id": content_id("erasure work", erasure_id, number),
            "erasure_id": erasure_id,
            "kind": kind,
            "what": what,
            "done": False,
        }
        for number, (kind, what) in enumerate(work)
    ]


def _label_studio_work(session: Session, targets: Targets) -> list[tuple[str, dict[str, Any]]]:
    tasks: dict[tuple[str, int], list[tuple[str, int | None]]] = defaultdict(list)
    tokens: set[str] = set()
    asked = select(
        Task.id,
        Task.face_id,
        Task.remote_id.label("task_number"),
        Project.server,
        Project.remote_id,
    ).join(Project, Project.id == Task.project_id)
    for row in rows_in(session, asked, Task.face_id, targets.faces):
        tasks[row.server, row.remote_id].append((row.id, row.task_number))
        tokens.update((row.id, row.face_id))
    answers: dict[str, set[int]] = defaultdict(set)
    given = (
        select(Annotation.remote_id, Annotation.lost, Project.server, Annotation.task_id)
        .join(Task, Task.id == Annotation.task_id)
        .join(Project, Project.id == Task.project_id)
    )
    for row in rows_in(session, given, Annotation.moderator_id, targets.moderators):
        if not row.lost:  # its number may be another answer's by now
            answers[row.server].add(row.remote_id)
    work: list[tuple[str, dict[str, Any]]] = [
        (
            "task",
            {
                "server": server,
                "project": project,
                "tasks": [ours for ours, _ in part],
                "remote": [remote for _, remote in part if remote is not None],
            },
        )
        for (server, project), known in sorted(tasks.items())
        for part in _parts(sorted(known), TASKS_AT_ONCE)
    ]
    work += [
        ("annotation", {"server": server, "annotations": part})
        for server, ids in sorted(answers.items())
        for part in _parts(sorted(ids), TASKS_AT_ONCE)
    ]
    servers = {server for server, _ in tasks} | set(answers)
    if "workspace" in servers:  # its files are on this machine
        work.append(("server", {"tokens": sorted(tokens | targets.images if tasks else tokens)}))
    return work


def _delete(session: Session, targets: Targets) -> None:
    """Delete the rows; what hangs on them goes by cascade."""
    answered = select(Annotation.task_id)
    stale = {
        row[0] for row in rows_in(session, answered, Annotation.moderator_id, targets.moderators)
    }
    for part in _parts(sorted(stale), ROWS_AT_ONCE):
        session.execute(update(Task).where(Task.id.in_(part)).values(stale=True))
    _delete_by(session, Annotation, Annotation.moderator_id, targets.moderators)
    _delete_by(session, Moderator, Moderator.id, targets.moderators)
    _delete_by(session, Image, Image.id, targets.images)
    sources = {row[0] for row in rows_in(session, select(Post.source_id), Post.id, targets.posts)}
    _delete_by(session, Post, Post.id, targets.posts)
    # A source is named by a path or an account: it does not outlive its last post.
    empty = [
        source
        for source in sorted(sources)
        if session.scalars(select(Post.id).where(Post.source_id == source).limit(1)).first() is None
    ]
    _delete_by(session, Source, Source.id, empty)


def _delete_by(
    session: Session, model: type[Base], column: InstrumentedAttribute[str], ids: Iterable[str]
) -> None:
    for part in _parts(sorted(ids), ROWS_AT_ONCE):
        session.execute(delete(model).where(column.in_(part)))


def _forget_in_details(session: Session, named: set[str]) -> None:
    """Empty the sentences of remaining rejections that name something erased."""
    details = select(Rejection.id, Rejection.detail).where(Rejection.detail != "")
    telling = [
        row.id
        for row in session.execute(details.execution_options(yield_per=ROWS_AT_ONCE))
        if not named.isdisjoint(NAMING.findall(row.detail))
    ]
    for part in _parts(telling, ROWS_AT_ONCE):
        session.execute(update(Rejection).where(Rejection.id.in_(part)).values(detail=""))


def _parts(values: Sequence[Any], size: int) -> Iterator[list[Any]]:
    for start in range(0, len(values), size):
        yield list(values[start : start + size])
