"""Instagram's official hashtag search: its rules are counted before anything is asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from reading import Waits, posts_only, reasons, record, stored_ids
from replay import Graph, Reply, graph_error
from sqlalchemy import select, update

from curation.database.models import HashtagQuery
from curation.errors import InputError, SettingsError, SourceError, SourceUnavailableError
from curation.sources.instagram import ACCOUNT, FIELDS, TOKEN, InstagramSource, budget
from curation.sources.memory import Memory
from curation.workspace import Workspace

SECRET = "EAAG-secret-token"


@pytest.fixture
def graph() -> Iterator[Graph]:
    with Graph(SECRET).running() as server:
        yield server


def _source(graph: Graph, workspace: Workspace, *tags: str, **options: Any) -> InstagramSource:
    given: dict[str, Any] = {"account": Graph.ACCOUNT, "token": SECRET, "wait": Waits()}
    given |= {"url": graph.url, "memory": Memory(workspace.database)}
    return InstagramSource(tags or ("turning7",), **(given | options))


def _spent(workspace: Workspace) -> list[str]:
    with workspace.database.session() as session:
        return sorted(session.scalars(select(HashtagQuery.hashtag)))


def test_a_photograph_becomes_a_post_without_caption_or_author(
    graph: Graph, sqlite_workspace: Workspace
) -> None:
    media = graph.add("turning7", 1, caption="My son! #Turning7 and #мойсын, #2024 a#b")
    [post] = posts_only(_source(graph, sqlite_workspace))
    assert (post.external_id, post.url) == (media["id"], "https://www.instagram.com/p/C1/")
    assert post.hashtags == ("Turning7", "мойсын")
    assert post.media == (f"{graph.url}/media/1.jpg",)
    assert post.author is None
    assert post.published_at == datetime.fromisoformat(media["timestamp"])
    assert "My son" not in repr(post)


def test_of_a_carousel_every_photograph_is_taken_and_no_video(
    graph: Graph, sqlite_workspace: Workspace
) -> None:
    children = [
        {"id": "1", "media_type": "IMAGE", "media_url": "https://cdn.example/1.jpg"},
        {"id": "2", "media_type": "VIDEO", "media_url": "https://cdn.example/2.mp4"},
        {"id": "3", "media_type": "IMAGE", "media_url": "https://cdn.example/3.jpg"},
        {"id": "4", "media_type": "IMAGE"},  # left out by the API for copyright
    ]
    graph.add("turning7", 1, media_type="CAROUSEL_ALBUM", children={"data": children})
    graph.add("turning7", 2, media_type="VIDEO")
    record(sqlite_workspace, _source(graph, sqlite_workspace))
    album, video = sorted(
        posts_only(_source(graph, sqlite_workspace)), key=lambda post: post.external_id
    )
    assert album.media == ("https://cdn.example/1.jpg", "https://cdn.example/3.jpg")
    assert reasons(sqlite_workspace) == {video.external_id: "no-media"}


@pytest.mark.parametrize("count", [0, 1, 50, 51, 120])
def test_every_page_is_read_though_the_cursor_stays_the_same(
    count: int, graph: Graph, sqlite_workspace: Workspace
) -> None:
    ids = [graph.add("turning7", number)["id"] for number in range(count)]
    graph.hashtags.setdefault("turning7", [])
    record(sqlite_workspace, _source(graph, sqlite_workspace))
    assert stored_ids(sqlite_workspace) == sorted(ids)
    pages = graph.asked("recent_media")
    assert len(pages) == max(-(-count // 50), 1)
    for request in pages:
        assert request.query["fields"] == FIELDS
        assert (request.query["limit"], request.query["user_id"]) == ("50", Graph.ACCOUNT)
        assert request.path.split("/")[1] == "v23.0"


def test_the_last_day_is_what_it_shows_and_the_popular_ones_when_asked_for(
    graph: Graph, sqlite_workspace: Workspace
) -> None:
    graph.add("turning7", 1)
    graph.add("turning7", 2, timestamp="2020-01-01T00:00:00+0000")
    assert len(posts_only(_source(graph, sqlite_workspace))) == 1
    found = {post.external_id for post in posts_only(_source(graph, sqlite_workspace, top=True))}
    assert len(found) == 2


def test_a_second_run_adds_nothing_and_asks_neither_for_the_id_nor_for_a_hashtag(
    graph: Graph, workspace: Workspace
) -> None:
    for number in range(60):
        graph.add("turning7", number)
    assert record(workspace, _source(graph, workspace)).processed == 60
    graph.requests.clear()
    assert record(workspace, _source(graph, workspace)).processed == 0
    assert graph.asked("ig_hashtag_search") == []
    assert _spent(workspace) == ["turning7"]


def test_thirty_hashtags_in_seven_days_are_asked_and_not_one_more(
    graph: Graph, workspace: Workspace
) -> None:
    tags = [f"turning{number}" for number in range(1, 36)]
    for number, tag in enumerate(tags):
        graph.add(tag, number)
    notices: list[str] = []
    report = record(workspace, _source(graph, workspace, *tags, notice=notices.append))
    assert report.processed == 30
    assert len(graph.spent) == 30
    [sentence] = notices
    assert "#turning31, #turning32, #turning33, #turning34, #turning35" in sentence
    frees = budget(Memory(workspace.database), Graph.ACCOUNT).next_frees
    assert frees is not None
    assert f"the next one frees on {frees:%Y-%m-%d}" in sentence
    # What counts already may be asked again, and does not count twice.
    record(workspace, _source(graph, workspace, *tags, notice=notices.append))
    assert len(_spent(workspace)) == 30


def test_a_hashtag_is_free_again_after_seven_days_and_not_before(
    graph: Graph, workspace: Workspace
) -> None:
    for number in range(31):
        graph.add(f"turning{number}", number)
    record(workspace, _source(graph, workspace, *[f"turning{n}" for n in range(30)]))

    def spent_ago(age: timedelta) -> int:
        with workspace.database.session() as session:
            session.execute(update(HashtagQuery).values(asked_at=datetime.now(UTC) - age))
        return budget(Memory(workspace.database), Graph.ACCOUNT).left

    assert spent_ago(timedelta(days=7) - timedelta(minutes=1)) == 0
    assert spent_ago(timedelta(days=7, minutes=1)) == 30


def test_of_a_long_list_every_hashtag_has_its_turn_in_some_weeks(
    graph: Graph, sqlite_workspace: Workspace
) -> None:
    tags = [f"turning{number}" for number in range(1, 71)]
    memory = Memory(sqlite_workspace.database)
    for week in (3, 2, 1):
        allowed = [
            sentence.split("#")[1].split()[0]
            for sentence in _source(graph, sqlite_workspace, *tags).plan()
            if sentence.startswith("Instagram:")
        ]
        assert len(allowed) == 30
        for tag in allowed:
            moment = datetime.now(UTC) - timedelta(days=7 * week + 0.5)
            memory.announce(Graph.ACCOUNT, tag, moment, timedelta(days=7))
    assert set(_spent(sqlite_workspace)) == set(tags)


def test_a_query_counts_before_it_is_asked_so_that_a_lost_answer_counts_too(
    graph: Graph, sqlite_workspace: Workspace
) -> None:
    graph.add("turning7", 1)
    graph.fail(Reply(500, {"error": {"message": "oops", "code": 1}}), times=9)
    with pytest.raises(SourceUnavailableError):
        record(sqlite_workspace, _source(graph, sqlite_workspace))
    assert _spent(sqlite_workspace) == ["turning7"]


def test_another_account_has_hashtags_of_its_own(graph: Graph, sqlite_workspace: Workspace) -> None:
    memory = Memory(sqlite_workspace.database)
    memory.announce("1", "turning7", datetime.now(UTC), timedelta(days=7))
    assert (budget(memory, "1").left, budget(memory, "2").left) == (29, 30)


def test_a_dry_run_says_what_would_be_asked_and_spends_no_hashtag(
    graph: Graph, sqlite_workspace: Workspace
) -> None:
    memory = Memory(sqlite_workspace.database)
    memory.announce(Graph.ACCOUNT, "turning7", datetime.now(UTC), timedelta(days=7))
    plan = list(_source(graph, sqlite_workspace, "turning7", "turning8").plan())
    assert "#turning7 (counts already)" in plan[0]
    assert "#turning8 (one of the 30 hashtags)" in plan[1]
    assert graph.requests == []
    assert _spent(sqlite_workspace) == ["turning7"]


def test_a_hashtag_that_does_not_exist_is_left_out_and_the_others_are_read(
    graph: Graph, sqlite_workspace: Workspace
) -> None:
    graph.add("turning8", 1)
    notices: list[str] = []
    source = _source(graph, sqlite_workspace, "nosuchtag", "turning8", notice=notices.append)
    assert record(sqlite_workspace, source).processed == 1
    assert notices[0].startswith("#nosuchtag is left out: Instagram refuses: The hashtag you")


def test_when_others_have_spent_the_hashtags_the_rest_is_left_for_another_day(
    graph: Graph, sqlite_workspace: Workspace
) -> None:
    graph.spent = {f"elsewhere{number}" for number in range(29)}
    for number, tag in enumerate(["turning7", "turning8"]):
        graph.add(tag, number)
    notices: list[str] = []
    source = _source(graph, sqlite_workspace, "turning7", "turning8", notice=notices.append)
    assert record(sqlite_workspace, source).processed == 1
    assert "#turning8 and what follows it is left for another day" in notices[0]


def test_a_usage_header_near_its_limit_is_waited_for(
    graph: Graph, sqlite_workspace: Workspace
) -> None:
    graph.add("turning7", 1)
    entry = {"type": "instagram", "call_count": 100, "total_cputime": 1, "total_time": 2}
    entry["estimated_time_to_regain_access"] = 4  # minutes
    graph.usage = {"X-Business-Use-Case-Usage": json.dumps({Graph.ACCOUNT: [entry]})}
    waits = Waits()
    assert len(posts_only(_source(graph, sqlite_workspace, wait=waits))) == 1
    assert all(230 < seconds < 245 for seconds, _ in waits.waits)
    assert "100 % of its rate limit is used" in waits.sentences[0]
    graph.usage = {"X-App-Usage": '{"call_count":28,"total_time":25,"total_cputime":25}'}
    waits = Waits()
    posts_only(_source(graph, sqlite_workspace, wait=waits))
    assert waits.waits == []
    [usage] = Memory(sqlite_workspace.database).usage()
    assert (usage.used, usage.unit) == (28, "%")


@pytest.mark.parametrize("code", [4, 17, 32, 613, 80002])
def test_a_rate_limit_error_is_waited_for_and_asked_again(
    code: int, graph: Graph, sqlite_workspace: Workspace
) -> None:
    graph.add("turning7", 1)
    graph.fail(graph_error(code, "Application request limit reached"), times=2)
    waits = Waits()
    assert len(posts_only(_source(graph, sqlite_workspace, wait=waits))) == 1
    assert waits.sentences == [f"Instagram's rate limit is used up (code {code})"] * 2


def test_a_limit_that_stays_used_up_ends_the_run_and_says_so(
    graph: Graph, sqlite_workspace: Workspace
) -> None:
    graph.add("turning7", 1)
    graph.fail(graph_error(4, "Application request limit reached"), times=9)
    with pytest.raises(SourceUnavailableError, match=r"used up .* run this again later"):
        posts_only(_source(graph, sqlite_workspace))


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (graph_error(190, "Session has expired"), f"the token in {TOKEN} has expired"),
        (graph_error(10, "Application does not have permission"), "Public Content Access"),
        (graph_error(200, "Requires instagram_basic"), "permission instagram_basic"),
        (graph_error(100, "Invalid parameter", 33), r"Invalid parameter \(code 100/33\)"),
    ],
)
def test_an_error_says_what_it_means_and_the_way_out(
    reply: Reply, sentence: str, graph: Graph, sqlite_workspace: Workspace
) -> None:
    graph.add("turning7", 1)
    graph.fail(reply)
    with pytest.raises(SourceError, match=sentence):
        posts_only(_source(graph, sqlite_workspace))


def test_passing_errors_are_asked_again(graph: Graph, sqlite_workspace: Workspace) -> None:
    graph.add("turning7", 1)
    graph.fail(graph_error(2, "Service temporarily unavailable"), times=3)
    assert len(posts_only(_source(graph, sqlite_workspace))) == 1


@pytest.mark.parametrize(
    ("options", "error", "sentence"),
    [
        ({"token": None}, SettingsError, f"{TOKEN} is not set"),
        ({"account": None}, SettingsError, f"{ACCOUNT} is not set"),
        ({"account": "me"}, SettingsError, f"{ACCOUNT} is not the number"),
        ({"api_version": "23"}, InputError, "--api-version: '23'"),
    ],
)
def test_what_is_missing_is_named(
    options: dict[str, Any],
    error: type[Exception],
    sentence: str,
    graph: Graph,
    sqlite_workspace: Workspace,
) -> None:
    with pytest.raises(error, match=sentence):
        _source(graph, sqlite_workspace, **options)


@pytest.mark.parametrize("tag", ["two-words", "🎂", "12", "a.b"])
def test_what_cannot_be_a_hashtag_is_not_asked_for(
    tag: str, graph: Graph, sqlite_workspace: Workspace
) -> None:
    with pytest.raises(InputError, match="cannot be a hashtag"):
        _source(graph, sqlite_workspace, tag)
