"""Everything in a workspace that a wish reaches: posts, their pictures, and all copies of those."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from curation.database.models import (
    Annotation,
    Claim,
    DatasetVersion,
    DuplicatePair,
    Face,
    Image,
    Label,
    Media,
    Moderator,
    Post,
    Rejection,
    Sample,
    Task,
    Verdict,
    Vote,
)
from curation.database.models.released import version_label
from curation.dedup.queries import rows_in
from curation.errors import StoreError
from curation.identity import content_id
from curation.privacy.copies import Held, Pool, held, read_pixels
from curation.privacy.wishes import Wishes, images_of_faces
from curation.store import Store
from curation.workspace import Workspace

Column = InstrumentedAttribute[str] | InstrumentedAttribute[str | None]


@dataclass
class Targets:
    """Ids of the rows to remove, and what their pictures leave behind as tombstones."""

    posts: set[str] = field(default_factory=set)
    media: set[str] = field(default_factory=set)
    images: set[str] = field(default_factory=set)
    faces: set[str] = field(default_factory=set)
    moderators: set[str] = field(default_factory=set)
    pictures: list[Held] = field(default_factory=list)  # of images and crops
    files: set[str] = field(default_factory=set)  # keys in the store
    file_sha256: set[str] = field(default_factory=set)  # of crops
    unreadable: int = 0  # images whose bytes are gone or damaged: they leave no fingerprint

    def __bool__(self) -> bool:
        return bool(self.posts or self.media or self.images or self.moderators or self.files)


def find_targets(
    workspace: Workspace,
    wishes: Wishes,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Targets:
    """Return what `wishes` reach.

    A photograph goes with all its copies, whoever posted them: those that dedup verified, and those
    that it has not compared yet. A post goes when it is asked for, is by the author, or has no
    picture left. Pictures are read one by one; nothing is written.
    """
    store, database = workspace.store, workspace.database
    targets = Targets(pictures=list(wishes.pictures))
    with database.session() as session:
        by_author = rows_in(session, select(Post.id), Post.author, wishes.authors)
        asked = rows_in(session, select(Post.id), Post.id, wishes.posts)
        targets.posts = {row.id for rows in (by_author, asked) for row in rows}
        carried = select(Media.image_id)
        targets.images = {
            row.image_id
            for row in rows_in(session, carried, Media.post_id, targets.posts)
            if row.image_id
        }
        known = rows_in(session, select(Image.id), Image.id, wishes.images)
        targets.images |= {row.id for row in known} | images_of_faces(session, wishes.faces)
        targets.images |= _groups(session, targets.images)
        exist = rows_in(session, select(Moderator.id), Moderator.id, wishes.moderators)
        targets.moderators = {row.id for row in exist}
    _add_copies(workspace, targets, on_progress)
    with database.session() as session:
        _complete(session, store, targets)
    _add_unrecorded(store, wishes, targets)
    return targets


def counted(session: Session, targets: Targets) -> dict[str, int]:
    """Return how many rows of each table go."""

    def count(column: Column, ids: Iterable[str]) -> int:
        return sum(1 for _ in rows_in(session, select(column), column, ids))

    tasks = {row.id for row in rows_in(session, select(Task.id), Task.face_id, targets.faces)}
    annotations = {
        row.id
        for column, ids in (
            (Annotation.task_id, tasks),
            (Annotation.moderator_id, targets.moderators),
        )
        for row in rows_in(session, select(Annotation.id), column, ids)
    }
    pairs = {
        (row.image_a, row.image_b)
        for column in (DuplicatePair.image_a, DuplicatePair.image_b)
        for row in rows_in(
            session, select(DuplicatePair.image_a, DuplicatePair.image_b), column, targets.images
        )
    }
    by_subject: tuple[tuple[Column, set[str]], ...] = (
        (Rejection.post_id, targets.posts),
        (Rejection.media_id, targets.media),
        (Rejection.image_id, targets.images),
        (Rejection.face_id, targets.faces),
        (Rejection.annotation_id, annotations),
    )
    counts = {
        "post": len(targets.posts),
        "media": len(targets.media),
        "image": len(targets.images),
        "face": len(targets.faces),
        "label": count(Label.post_id, targets.posts) + count(Label.face_id, targets.faces),
        "claim": count(Claim.face_id, targets.faces),
        "duplicate_pair": len(pairs),
        "task": len(tasks),
        "annotation": len(annotations),
        "vote": count(Vote.annotation_id, annotations),
        "verdict": count(Verdict.face_id, targets.faces),
        "moderator": len(targets.moderators),
        "rejection": sum(count(column, ids) for column, ids in by_subject),
        "sample": count(Sample.face_id, targets.faces),
    }
    return {table: number for table, number in counts.items() if number}


def versions_of(session: Session, faces: Iterable[str]) -> dict[str, int]:
    """Return the dataset versions that hold these faces ("faces v3"), and how many of them."""
    counts: dict[str, int] = {}
    named = select(
        DatasetVersion.name, DatasetVersion.number, DatasetVersion.patch, Sample.face_id
    ).join(Sample, Sample.dataset_id == DatasetVersion.id)
    for row in rows_in(session, named, Sample.face_id, faces):
        label = f"{row.name} v{version_label(row.number, row.patch)}"
        counts[label] = counts.get(label, 0) + 1
    return dict(sorted(counts.items()))


def _groups(session: Session, images: Iterable[str]) -> set[str]:
    """Return all images of the groups of copies that these are in."""
    grouped = select(Image.group_id).where(Image.group_id.is_not(None))
    groups = {str(row.group_id) for row in rows_in(session, grouped, Image.id, images)}
    return {row.id for row in rows_in(session, select(Image.id), Image.group_id, groups)}


def _add_copies(
    workspace: Workspace, targets: Targets, on_progress: Callable[[int, int], None]
) -> None:
    """Add copies, copies of copies, and what each leaves as fingerprints."""
    pool: Pool | None = None
    looked_at: set[str] = set()
    remembered = {one.sha256 for one in targets.pictures}
    waiting = list(targets.pictures)
    done = 0
    while True:
        new = sorted(targets.images - looked_at)
        looked_at.update(new)
        with workspace.database.session() as session:
            keys = {
                row.id: row.store_key
                for row in rows_in(session, select(Image.id, Image.store_key), Image.id, new)
            }
        for image_id, key in sorted(keys.items()):
            pixels = read_pixels(workspace.store, key)
            if pixels is None:
                targets.unreadable += 1
            else:
                waiting.append(held(image_id, pixels))
        if not waiting:
            return
        targets.pictures += [one for one in waiting if one.sha256 not in remembered]
        remembered.update(one.sha256 for one in waiting)
        pool = pool or Pool(workspace.database, workspace.store)
        radius = workspace.settings.dedup.radius
        total = done + len(waiting)
        found: set[str] = set()
        for one in waiting:
            found |= pool.copies_of(one, radius)
            done += 1
            on_progress(done, total)
        waiting = []
        with workspace.database.session() as session:
            targets.images |= found | _groups(session, found)


def _complete(session: Session, store: Store, targets: Targets) -> None:
    """Add faces, media, posts that are left without a picture, and files."""
    faces = select(Face.id, Face.crop_key)
    for row in rows_in(session, faces, Face.image_id, targets.images):
        targets.faces.add(row.id)
        if row.crop_key:
            targets.files.add(row.crop_key)
            _remember_crop(store, row.crop_key, targets)
    for row in rows_in(session, select(Image.store_key), Image.id, targets.images):
        targets.files.add(row.store_key)
    # A crop is stored before its face is recorded; so one may be there without a row.
    for image_id in targets.images:
        key = Store.key("crops", content_id("face", image_id, 0), "jpg")
        if store.exists(key):
            targets.files.add(key)
    media = select(Media.id, Media.post_id)
    touched = set()
    for row in rows_in(session, media, Media.image_id, targets.images):
        targets.media.add(row.id)
        touched.add(row.post_id)
    left = {
        row.post_id
        for row in rows_in(session, media, Media.post_id, touched)
        if row.id not in targets.media
    }
    targets.posts |= touched - left
    targets.media |= {row.id for row in rows_in(session, media, Media.post_id, targets.posts)}


def _remember_crop(store: Store, key: str, targets: Targets) -> None:
    try:
        content = store.read(key)
    except StoreError:
        return
    targets.file_sha256.add(hashlib.sha256(content).hexdigest())
    pixels = read_pixels(store, key)
    if pixels is not None:
        targets.pictures.append(held(key, pixels))


def _add_unrecorded(store: Store, wishes: Wishes, targets: Targets) -> None:
    """Add files of asked images that a killed run stored and never recorded."""
    from curation.pictures import EXTENSIONS

    for image_id in wishes.images - targets.images:
        for extension in EXTENSIONS.values():
            key = Store.key("images", image_id, extension)
            if store.exists(key):
                targets.files.add(key)
