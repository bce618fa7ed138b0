"""Posts become rows: labels with their evidence, pseudonyms, and reasons for what is set aside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import ClassVar

import pytest
from ingest_parts import rows
from sqlalchemy import select

from curation.database.models import Label, Media, Post, Rejection
from curation.ingest.record import RecordPosts
from curation.privacy import pseudonym
from curation.sources import Post as SourcePost
from curation.stages import Report, run
from curation.workspace import Workspace


class Fixed:
    """A source of posts given in the test."""

    kind: ClassVar[str] = "fixed"
    name = "fixed"

    def __init__(self, posts: Sequence[SourcePost]) -> None:
        self._posts = posts

    def posts(self) -> Iterator[SourcePost]:
        yield from self._posts


def _record(workspace: Workspace, *posts: SourcePost, require_age: bool = True) -> Report:
    stage = RecordPosts(Fixed(posts), workspace.secret, require_age=require_age)
    return run(stage, workspace.database)


def _post(external_id: str, *hashtags: str, **more: object) -> SourcePost:
    return SourcePost(external_id, (f"/pictures/{external_id}.jpg",), hashtags, **more)  # type: ignore[arg-type]


def test_a_post_is_recorded_with_its_media_and_every_label(workspace: Workspace) -> None:
    post = SourcePost(
        external_id="17",
        media=("/a.jpg", "https://example.org/b.jpg"),
        hashtags=("Happy7thBirthday", "мояДочь", "sun"),
        author="anna",
        published_at=datetime(2024, 5, 31, 18, 30, tzinfo=UTC),
        url="https://example.org/p/17",
        licence="CC-BY-4.0",
        country="NG",
        age=7.25,
        race="Black",
    )
    report = _record(workspace, post)
    assert (report.processed, dict(report.added)) == (1, {"media": 2, "labels": 5})
    with workspace.database.session() as session:
        [stored] = session.scalars(select(Post))
        assert stored.hashtags == ["Happy7thBirthday", "мояДочь", "sun"]
        assert stored.published_at == post.published_at
        assert (stored.url, stored.licence) == (post.url, post.licence)
        media = session.scalars(select(Media).order_by(Media.position)).all()
        assert [(row.url, row.state) for row in media] == [
            ("/a.jpg", "pending"),
            ("https://example.org/b.jpg", "pending"),
        ]
        labels = {
            (row.attribute, row.value, row.origin, row.rule, row.evidence)
            for row in session.scalars(select(Label))
        }
    assert labels == {
        ("age", "7.25", "source", None, None),
        ("race", "Black", "source", None, None),
        ("country", "NG", "source", "iso", None),
        ("age", "7", "hashtag", "en:ordinal-birthday", "Happy7thBirthday"),
        ("gender", "female", "hashtag", "ru:alone", "мояДочь"),
    }


def test_authors_are_stored_as_keyed_hashes_and_never_in_clear(workspace: Workspace) -> None:
    _record(
        workspace,
        _post("1", "turning7", author="anna.smith"),
        _post("2", "turning8", author="anna.smith"),
        _post("3", "turning9", author="other"),
        _post("4", "turning9"),
    )
    with workspace.database.session() as session:
        authors = session.scalars(select(Post.author).order_by(Post.external_id)).all()
    assert authors[0] == pseudonym(workspace.secret, "author", "fixed:anna.smith")
    assert authors[0] == authors[1] != authors[2]
    assert authors[3] is None
    assert "anna.smith" not in str(rows(workspace))


def test_a_post_without_a_stated_age_is_set_aside_and_its_pictures_are_not_fetched(
    workspace: Workspace,
) -> None:
    report = _record(workspace, _post("1", "love", "30daychallenge"), _post("2", age=30.0))
    assert dict(report.rejected) == {"no-age": 1}
    with workspace.database.session() as session:
        [rejection] = session.scalars(select(Rejection))
        assert (rejection.stage, rejection.reason) == ("ingest", "no-age")
        [media] = session.scalars(select(Media))
        assert media.url == "/pictures/2.jpg"


def test_posts_without_an_age_are_taken_when_the_setting_says_so(
    sqlite_workspace: Workspace,
) -> None:
    report = _record(sqlite_workspace, _post("1", "love"), require_age=False)
    assert dict(report.rejected) == {}
    assert report.added["media"] == 1


def test_hashtags_that_contradict_each_other_set_the_post_aside(workspace: Workspace) -> None:
    report = _record(workspace, _post("1", "turning12", "40thbirthday"))
    assert dict(report.rejected) == {"contradicting-ages": 1}
    with workspace.database.session() as session:
        [rejection] = session.scalars(select(Rejection))
        assert rejection.detail == "#turning12 says 12 years, #40thbirthday says 40"
        assert session.scalars(select(Media)).all() == []


def test_gender_hints_that_contradict_each_other_or_the_source_say_nothing(
    sqlite_workspace: Workspace,
) -> None:
    _record(
        sqlite_workspace,
        _post("1", "turning7", "mydaughter", "mydad"),
        _post("2", "turning7", "birthdaygirl", gender="male"),
        _post("3", "turning7", "birthdaygirl", gender="female"),
    )
    with sqlite_workspace.database.session() as session:
        found = select(Post.external_id, Label.origin, Label.value).join(Label)
        genders = session.execute(found.where(Label.attribute == "gender")).all()
    assert {tuple(row) for row in genders} == {
        ("2", "source", "male"),
        ("3", "source", "female"),
        ("3", "hashtag", "female"),
    }


def test_a_post_without_a_picture_is_set_aside(sqlite_workspace: Workspace) -> None:
    report = _record(sqlite_workspace, SourcePost("1", (), ("turning7",)))
    assert dict(report.rejected) == {"no-media": 1}


def test_recording_twice_changes_nothing(workspace: Workspace) -> None:
    posts = [_post(str(number), f"turning{number}") for number in range(1, 60)]
    _record(workspace, *posts, _post("x"))
    before = rows(workspace)
    assert _record(workspace, *posts, _post("x")).processed == 0
    assert rows(workspace) == before


def test_new_posts_of_a_known_source_are_added_to_it(workspace: Workspace) -> None:
    _record(workspace, _post("1", "turning7"))
    assert _record(workspace, _post("1", "turning7"), _post("2", "turning8")).processed == 1
    assert len(rows(workspace)["source"]) == 1


def test_an_id_that_comes_twice_in_one_batch_is_one_post(workspace: Workspace) -> None:
    assert _record(workspace, _post("1", "turning7"), _post("1", "turning7")).processed == 1


@pytest.mark.parametrize("count", [499, 500, 501, 1001])
def test_no_post_is_lost_between_batches(count: int, sqlite_workspace: Workspace) -> None:
    posts = [_post(str(number), "turning7") for number in range(count)]
    assert _record(sqlite_workspace, *posts).processed == count
    assert len(rows(sqlite_workspace)["post"]) == count
