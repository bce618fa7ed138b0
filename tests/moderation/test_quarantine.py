"""One unsafe vote takes a picture out of everything; taking it back lets it in again."""

from __future__ import annotations

import re

import pytest
from moderation.answers import FINE, pull, push, tables, vote
from moderation.commands import curate
from moderation.fixtures import Place
from moderation.test_push import remote_tasks
from sqlalchemy import select, update

from curation.database.models import (
    Annotation,
    Claim,
    Face,
    Image,
    Moderator,
    Rejection,
    Task,
    Vote,
)
from curation.database.upsert import insert_new
from curation.dedup.refresh import refresh_groups
from curation.moderation.label_studio import LabelStudioClient
from curation.moderation.quarantine import settle_quarantine
from curation.moderation.questions import result_of
from curation.workspace import Workspace


def rejections(place: Place) -> list[tuple[str | None, str, str, str]]:
    with place.workspace.database.session() as session:
        rows = session.execute(
            select(Rejection.face_id, Rejection.stage, Rejection.reason, Rejection.detail)
        ).all()
    return [tuple(row) for row in rows]


def images(workspace: Workspace) -> set[tuple[bool, bool]]:
    """Kept and quarantined, of all images."""
    with workspace.database.session() as session:
        return {tuple(row) for row in session.execute(select(Image.kept, Image.quarantined))}


def test_an_unsafe_picture_leaves_every_stage_until_the_vote_is_overruled(
    place: Place, moderators: list[LabelStudioClient]
) -> None:
    tasks = push(place, 2)
    (bad, bad_task), (good, good_task) = tasks.items()
    vote(moderators[0], bad_task)
    vote(moderators[1], bad_task, {"unsafe": "yes"})
    vote(moderators[0], good_task)
    with place.workspace.database.session() as session:  # a copy of it was set aside by dedup
        image = session.scalars(select(Face.image_id).where(Face.id == bad)).one()
        other = session.scalars(select(Face.image_id).where(Face.id == good)).one()
        copy = "c" * 64
        session.add(Image(id=copy, store_key="k", format="JPEG", width=9, height=9, byte_count=1))
        session.flush()
        session.execute(update(Image).where(Image.id == copy).values(group_id=image))

    said = curate("pull")
    assert "quarantined 1" in said.stdout
    assert "tasks hidden 1" in said.stdout
    assert rejections(place) == [(bad, "quarantine", "unsafe", "said by 1 moderator")]
    with place.workspace.database.session() as session:
        state = {row.id: (row.kept, row.quarantined) for row in session.scalars(select(Image))}
    assert state == {image: (False, True), copy: (False, True), other: (True, False)}
    assert [task.id for task in remote_tasks(place)] == [good_task]
    assert "nothing to do" in curate("push").stdout
    assert "quarantine: nothing" not in curate("pull").stdout
    assert re.search(r"quarantine\W+unsafe\W+1", curate("status").stdout)

    # Another copy that comes later is quarantined with its group, and the group keeps none.
    with place.workspace.database.session() as session:
        late = "d" * 64
        session.add(Image(id=late, store_key="k", format="JPEG", width=9, height=9, byte_count=1))
        session.flush()
        refresh_groups(session, [sorted([image, copy, late])], "dedup", 1.0)
        late_row = session.get(Image, late)
        assert late_row is not None
        assert (late_row.kept, late_row.quarantined) == (False, True)
        # These pictures came without posts, so the group says nothing of the age any more.
        claim = {"face_id": bad, "attribute": "age", "value": "7.0"}
        insert_new(session, Claim, [claim | {"origin": "hashtag", "confidence": 0.9}])

    listed = curate("quarantine", "list")
    assert f"{bad}  image {image}  votes 1" in listed.stdout
    assert curate("quarantine", "release", "f" * 32).exit_code == 2
    assert "1 faces are out" in curate("quarantine", "release", bad).stdout
    assert rejections(place) == []
    assert "answers sent back 1" in curate("push").stdout  # the one that says more than unsafe
    assert "quarantined" not in curate("pull").stdout
    assert sorted(str(task.data["face"]) for task in remote_tasks(place)) == sorted(
        row[0] for row in tables(place)["task"]
    )
    with place.workspace.database.session() as session:
        assert sorted(session.scalars(select(Vote.value).where(Vote.attribute == "unsafe"))) == [
            "refuted"
        ]
        assert session.scalars(
            select(Annotation.state).join(Task).where(Task.face_id == bad)
        ).all() == ["current", "current"]


def test_an_unsafe_vote_that_is_taken_back_or_of_a_suspended_moderator_does_not_count(
    sqlite_place: Place, moderators: list[LabelStudioClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    ((_, task),) = push(sqlite_place, 1).items()
    slip = vote(moderators[0], task, {"unsafe": "yes"})
    pull(sqlite_place)
    assert images(sqlite_place.workspace) == {(False, True)}
    moderators[0]._sdk.annotations.update(slip, result=result_of(FINE))
    pull(sqlite_place)
    assert images(sqlite_place.workspace) == {(True, False)}

    vote(moderators[1], task, {"unsafe": "yes"})
    pull(sqlite_place)
    assert images(sqlite_place.workspace) == {(False, True)}
    with sqlite_place.workspace.database.session() as session:
        said = select(Annotation.moderator_id).join(Vote).where(Vote.attribute == "unsafe")
        suspended = session.scalars(said.where(Annotation.state == "current")).one()
        session.execute(
            update(Moderator).where(Moderator.id == suspended).values(status="suspended")
        )
        counts = settle_quarantine(session, session.scalars(select(Task.id)).all())
    assert counts["released"] == 1
    assert images(sqlite_place.workspace) == {(True, False)}
