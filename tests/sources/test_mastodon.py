"""Mastodon: hashtag timelines read whole, politely, once, and never against anybody's will."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from reading import Waits, posts_only, reasons, record, stored_ids
from replay import Mastodon, Reply, account
from sqlalchemy import select

from curation.database.models import Label, Media, Post
from curation.errors import InputError, SourceError, SourceUnavailableError
from curation.sources.mastodon import TOKEN, MastodonSource, instance_url, post_of
from curation.sources.memory import Memory
from curation.workspace import Workspace

SAMPLES = Path(__file__).parents[3] / "shared" / "data" / "api_samples"


@pytest.fixture
def instance() -> Iterator[Mastodon]:
    with Mastodon().running() as server:
        yield server


def _source(
    instance: Mastodon, workspace: Workspace | None = None, *tags: str, **options: Any
) -> MastodonSource:
    memory = Memory(workspace.database) if workspace else None
    options = {"wait": Waits()} | options
    return MastodonSource(instance.url, tags or ("turning7",), memory=memory, **options)


def _ids(instance: Mastodon) -> list[str]:
    return sorted(status["id"] for status in instance.statuses)


def test_a_status_becomes_a_post_without_its_caption(instance: Mastodon) -> None:
    status = instance.add(3, "HappyBirthday", "Turning7")
    status["media_attachments"] += [
        {"id": "8", "type": "gifv", "url": "https://files.example/a.mp4"},
        {"id": "9", "type": "image", "url": None, "remote_url": "https://far.example/b.jpg"},
    ]
    [post] = posts_only(_source(instance))
    assert post.external_id == status["id"]
    assert post.hashtags == ("HappyBirthday", "Turning7")  # as written, not as the API folds them
    assert post.media == (f"{instance.url}/media/3.jpg", "https://far.example/b.jpg")
    assert post.author == f"{instance.url}/@u3"
    assert post.published_at == datetime(2022, 12, 1, 3, 0, 0, 577000, tzinfo=UTC)
    assert post.url == status["url"]
    assert "secret" not in repr(post)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="../shared/data is missing")
def test_the_recorded_status_is_read() -> None:
    [status] = json.loads((SAMPLES / "mastodon_timelines_tag.json").read_text())
    post = post_of(status)
    assert (post.external_id, post.hashtags, post.refusal) == (status["id"], ("hoot",), None)
    assert post.published_at is not None


@pytest.mark.parametrize("count", [0, 1, 39, 40, 41, 100])
def test_every_status_is_recorded_once_however_many_pages_there_are(
    count: int, instance: Mastodon, sqlite_workspace: Workspace
) -> None:
    for number in range(count):
        instance.add(number, "turning7")
    record(sqlite_workspace, _source(instance, sqlite_workspace))
    assert stored_ids(sqlite_workspace) == _ids(instance)
    for request in instance.requests:
        assert request.path == "/api/v1/timelines/tag/turning7"
        assert (request.query["limit"], request.query["only_media"]) == ("40", "true")


def test_a_second_run_asks_only_for_what_is_newer(instance: Mastodon, workspace: Workspace) -> None:
    for number in range(90):
        instance.add(number, "turning7")
    record(workspace, _source(instance, workspace))
    newest = instance.statuses[0]["id"]
    instance.requests.clear()
    assert record(workspace, _source(instance, workspace)).processed == 0
    assert [request.query.get("min_id") for request in instance.requests] == [newest]
    for number in range(90, 190):
        instance.add(number, "turning7")
    assert record(workspace, _source(instance, workspace)).processed == 100
    assert stored_ids(workspace) == _ids(instance)


@pytest.mark.parametrize("pages", [1, 2, 3])
def test_a_run_that_breaks_off_goes_on_below_and_above(
    pages: int, instance: Mastodon, workspace: Workspace
) -> None:
    for number in range(200):
        instance.add(number, "turning7")
    instance.fail(Reply(400, {"error": "broken"}), after=pages)
    with pytest.raises(SourceError, match="broken"):
        record(workspace, _source(instance, workspace))
    assert len(stored_ids(workspace)) == 40 * pages
    for number in range(200, 250):
        instance.add(number, "turning7")
    instance.requests.clear()
    record(workspace, _source(instance, workspace))
    assert stored_ids(workspace) == _ids(instance)
    asked_again = [r for r in instance.requests if not ({"min_id", "max_id"} & set(r.query))]
    assert asked_again == []


@pytest.mark.parametrize("limit", [1, 39, 40, 41, 79])
def test_a_limit_takes_so_many_and_the_next_run_takes_the_rest(
    limit: int, instance: Mastodon, sqlite_workspace: Workspace
) -> None:
    for number in range(100):
        instance.add(number, "turning7")
    record(sqlite_workspace, _source(instance, sqlite_workspace), limit=limit)
    assert len(stored_ids(sqlite_workspace)) == limit
    record(sqlite_workspace, _source(instance, sqlite_workspace))
    assert stored_ids(sqlite_workspace) == _ids(instance)


def test_since_ends_the_reading_and_an_earlier_since_goes_on_below(
    instance: Mastodon, sqlite_workspace: Workspace
) -> None:
    for number in range(120):  # one an hour
        instance.add(number, "turning7")
    start = datetime(2022, 12, 1, tzinfo=UTC)

    def read(hours: int) -> int:
        source = _source(instance, sqlite_workspace, since=start + timedelta(hours=hours))
        return record(sqlite_workspace, source).processed

    assert read(100) == 20
    assert read(110) == 0
    instance.requests.clear()
    assert read(50) == 50
    assert all("max_id" in r.query or "min_id" in r.query for r in instance.requests)
    assert read(0) == 50


def test_the_same_post_under_two_hashtags_is_one_post(
    instance: Mastodon, sqlite_workspace: Workspace
) -> None:
    instance.add(1, "turning7", "birthday")
    source = _source(instance, sqlite_workspace, "Turning7", "#birthday", "turning7")
    assert record(sqlite_workspace, source).processed == 1
    assert {r.path.rpartition("/")[2] for r in instance.requests} == {"turning7", "birthday"}


REFUSED = [
    ("sensitive", {"sensitive": True}),
    ("not-public", {"visibility": "unlisted"}),
    ("noindex", {"account": {"noindex": True}}),
    ("not-indexable", {"account": {"indexable": False}}),
    ("not-discoverable", {"account": {"discoverable": False}}),
    ("nobot", {"account": {"note": "<p>Hello. <a>#<span>NoBot</span></a></p>"}}),
    ("nobot", {"account": {"fields": [{"name": "Crawlers", "value": "#noindex please"}]}}),
    ("nobot", {"account": {"note": "<p>no-scraping</p>"}}),
    ("limited-account", {"account": {"limited": True}}),
]


@pytest.mark.parametrize(("reason", "changes"), REFUSED)
def test_of_a_post_that_must_not_be_used_only_the_id_and_the_reason_are_kept(
    reason: str, changes: dict[str, Any], instance: Mastodon, sqlite_workspace: Workspace
) -> None:
    if "account" in changes:
        changes = {"account": account(instance.url, 1, **changes["account"])}
    status = instance.add(1, "turning7", **changes)
    report = record(sqlite_workspace, _source(instance, sqlite_workspace))
    assert dict(report.rejected) == {reason: 1}
    assert reasons(sqlite_workspace) == {status["id"]: reason}
    with sqlite_workspace.database.session() as session:
        [post] = session.scalars(select(Post))
        assert (post.author, post.url, post.published_at, post.licence) == (None,) * 4
        assert post.hashtags == []
        assert session.scalars(select(Media)).all() == []
        assert session.scalars(select(Label)).all() == []


@pytest.mark.parametrize("note", ["I teach robots", "say no to bots? no: bots are fine", "Nobotta"])
def test_who_only_speaks_of_robots_is_not_taken_to_refuse_them(
    note: str, instance: Mastodon
) -> None:
    instance.add(1, "turning7", account=account(instance.url, 1, note=f"<p>{note}</p>"))
    assert [post.refusal for post in posts_only(_source(instance))] == [None]


def test_accounts_that_never_chose_are_taken_when_asked_for_but_never_those_that_opted_out(
    instance: Mastodon,
) -> None:
    for number, changes in enumerate([{"indexable": False}, {"noindex": True}]):
        instance.add(number, "turning7", account=account(instance.url, number, **changes))
    found = posts_only(_source(instance, also_not_indexable=True))
    assert sorted(str(post.refusal) for post in found) == ["None", "noindex"]


def test_a_boost_is_the_post_that_was_boosted_with_its_own_author_and_wishes(
    instance: Mastodon,
) -> None:
    boosted = instance.add(1, "turning7")
    refused = instance.add(2, "turning7", account=account(instance.url, 2, noindex=True))
    booster = account(instance.url, 6)
    instance.statuses = []
    for number, inner in enumerate([boosted, refused], 10):
        instance.add(
            number, "turning7", reblog=inner, account=booster, media_attachments=[{"type": "image"}]
        )
    posts = {post.external_id: post for post in posts_only(_source(instance))}
    assert posts[boosted["id"]].author == f"{instance.url}/@u1"
    assert posts[refused["id"]].refusal == "noindex"


def test_when_no_request_is_left_it_waits_until_the_limit_starts_anew(instance: Mastodon) -> None:
    for number in range(60):
        instance.add(number, "turning7")
    instance.left = 0
    waits = Waits()
    assert len(posts_only(_source(instance, wait=waits))) == 60
    assert all(250 < seconds <= 302 for seconds, _ in waits.waits)
    assert "all of its 300 requests are used until" in waits.sentences[0]


@pytest.mark.parametrize(
    ("headers", "low", "high"),
    [({"Retry-After": "7"}, 7, 7), ({}, 250, 302)],
)
def test_too_many_requests_are_waited_for_as_long_as_the_instance_says(
    headers: dict[str, str], low: float, high: float, instance: Mastodon
) -> None:
    instance.add(1, "turning7")
    reset = {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "0"}
    reset["X-RateLimit-Reset"] = f"{instance.resets_at:%Y-%m-%dT%H:%M:%S.%f}Z"
    instance.fail(Reply(429, {"error": "Too many requests"}, reset | headers))
    waits = Waits()
    assert len(posts_only(_source(instance, wait=waits))) == 1
    assert low <= waits.waits[0][0] <= high
    assert "asks us to wait (429)" in waits.sentences[0]


def test_an_instance_that_shows_hashtags_to_members_only_gets_the_token(
    instance: Mastodon,
) -> None:
    instance.add(1, "turning7")
    instance.members_only = "right"
    assert len(posts_only(_source(instance, token="right"))) == 1
    with pytest.raises(SourceError, match=f"set {TOKEN} to a token of an account there"):
        posts_only(_source(instance))
    with pytest.raises(SourceError, match=f"the token in {TOKEN} is not accepted"):
        posts_only(_source(instance, token="wrong"))


def test_a_hashtag_that_nobody_ever_used_is_an_empty_one(
    instance: Mastodon, sqlite_workspace: Workspace
) -> None:
    instance.fail(Reply(404, {"error": "Record not found"}))
    assert record(sqlite_workspace, _source(instance, sqlite_workspace)).processed == 0
    instance.add(1, "turning7")
    assert record(sqlite_workspace, _source(instance, sqlite_workspace)).processed == 1


def test_a_status_that_is_not_as_documented_is_named_and_does_not_stop_the_rest(
    instance: Mastodon,
) -> None:
    instance.add(1, "turning7")
    instance.add(2, "turning7", account=None)
    notices: list[str] = []
    assert len(posts_only(_source(instance, notice=notices.append))) == 1
    assert "is not as documented" in notices[0]


def test_a_server_that_stays_away_is_given_up_with_a_sentence(instance: Mastodon) -> None:
    instance.fail(Reply(503, {"error": "maintenance"}), times=9)
    waits = Waits()
    with pytest.raises(SourceUnavailableError, match=r"503 \(maintenance\) \(5 times\)"):
        posts_only(_source(instance, wait=waits))
    assert len(instance.requests) == 5


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("mastodon.social", "https://mastodon.social"),
        ("https://Mastodon.Social/", "https://mastodon.social"),
        ("http://127.0.0.1:3000/explore", "http://127.0.0.1:3000"),
    ],
)
def test_an_instance_is_known_by_its_server(written: str, url: str) -> None:
    assert instance_url(written) == url


@pytest.mark.parametrize(
    "written", ["", "ftp://a.example", "https://", "me@x y", "https://a:b@c.d"]
)
def test_what_is_no_address_is_refused(written: str) -> None:
    with pytest.raises(InputError, match="--instance"):
        instance_url(written)
