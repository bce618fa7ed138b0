"""Flickr: every photograph of a tag, however many there are, and how far was read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from reading import Waits, posts_only, record, stored_ids
from replay import Flickr, Reply, flickr_error
from sqlalchemy import select

from curation.database.models import Label
from curation.errors import InputError, SettingsError, SourceError, SourceUnavailableError
from curation.sources.flickr import KEY, FlickrSource, licence_names
from curation.sources.memory import Memory
from curation.workspace import Workspace

SECRET = "0123456789abcdef"
OPEN = "by,by-sa,cc0,pdm"
NOW = datetime(2024, 6, 1, tzinfo=UTC)
START = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp())


@pytest.fixture
def flickr() -> Iterator[Flickr]:
    with Flickr(SECRET).running() as server:
        yield server


def _source(
    flickr: Flickr, workspace: Workspace | None = None, *tags: str, **options: Any
) -> FlickrSource:
    given: dict[str, Any] = {"key": SECRET, "wait": Waits(), "url": flickr.url, "now": NOW}
    if workspace:
        given["memory"] = Memory(workspace.database)
    return FlickrSource(tags or ("turning7",), **(given | options))


def test_a_photograph_becomes_a_post_with_its_licence_and_place(flickr: Flickr) -> None:
    flickr.add(
        1, START, "turning7", "birthday", license="5", pathalias="anna",
        latitude="6.5244", longitude="3.3792", accuracy="16",
    )  # fmt: skip
    [post] = posts_only(_source(flickr))
    assert post.external_id == "11738172577"
    assert post.hashtags == ("turning7", "birthday")
    assert post.media == (f"{flickr.url}/media/1.jpg",)
    assert post.licence == "CC-BY-SA-2.0"
    assert post.author == "00000001@N00"
    assert post.published_at == datetime(2024, 1, 1, tzinfo=UTC)
    assert post.url == "https://www.flickr.com/photos/anna/11738172577/"
    assert post.coordinates == (6.5244, 3.3792)
    assert "secret title" not in repr(post)


def test_a_photograph_without_a_place_has_none(flickr: Flickr) -> None:
    flickr.add(1, START, "turning7")
    [post] = posts_only(_source(flickr))
    assert post.coordinates is None


def test_the_country_is_told_by_the_coordinates_which_are_not_kept(
    flickr: Flickr, workspace: Workspace
) -> None:
    flickr.add(1, START, "turning7", latitude=6.5244, longitude=3.3792, accuracy=16)
    record(workspace, _source(flickr, workspace))
    with workspace.database.session() as session:
        label = session.scalars(select(Label).where(Label.attribute == "country")).one()
        assert (label.value, label.origin, label.rule) == ("NG", "source", "coordinates")
        assert label.evidence is None


@pytest.mark.parametrize(
    ("licences", "asked"),
    [
        (("open",), "4,5,9,10,11"),
        (("by",), "4,11"),
        (("cc0,pdm",), "9,10"),
        (("cc",), "1,4,5,9,10,11"),
        (("CC-BY-NC-SA", "by-sa"), "1,5"),
    ],
)
def test_only_the_licences_asked_for_come_by_the_numbers_of_flickrs_own_list(
    licences: tuple[str, ...], asked: str, flickr: Flickr
) -> None:
    for number, licence in enumerate(["0", "1", "4", "5", "7", "8", "9", "10", "11"]):
        flickr.add(number, START + number, "turning7", license=licence)
    found = posts_only(_source(flickr, licences=licences))
    assert flickr.requests[1].query["license"] == asked
    assert len(found) == len(asked.split(","))
    assert all(post.licence for post in found)


def test_only_safe_photographs_are_asked_for(flickr: Flickr) -> None:
    posts_only(_source(flickr))
    query = flickr.requests[-1].query
    assert (query["safe_search"], query["media"], query["per_page"]) == ("1", "photos", "500")


@pytest.mark.parametrize("spread", ["even", "bursts"])
def test_no_slice_exceeds_the_results_that_flickr_gives_and_none_is_lost(
    spread: str, flickr: Flickr, sqlite_workspace: Workspace
) -> None:
    random = np.random.default_rng(7)
    count = 4_600 if spread == "even" else 8_200
    if spread == "even":
        times = random.integers(START, START + 8_000_000, count)
    else:  # nearly all within an hour
        times = START + 5_000_000 + random.integers(0, 3600, count)
    for number, moment in enumerate(times):
        flickr.add(number, int(moment), "turning7")
    record(sqlite_workspace, _source(flickr, sqlite_workspace))
    assert stored_ids(sqlite_workspace) == sorted(photo["id"] for photo in flickr.photos)
    pages = [int(request.query.get("page", 1)) for request in flickr.requests]
    assert max(pages) <= 8


def test_more_than_four_thousand_in_one_second_are_named_and_the_first_of_them_taken(
    flickr: Flickr,
) -> None:
    for number in range(4_100):
        flickr.add(number, START, "turning7")
    notices: list[str] = []
    found = posts_only(_source(flickr, since=NOW - timedelta(days=200), notice=notices.append))
    assert len(found) == 4_000
    assert "4,100 photographs tagged turning7 were uploaded in the second" in notices[0]


def test_a_second_run_asks_only_for_later_uploads(flickr: Flickr, workspace: Workspace) -> None:
    for number in range(600):
        flickr.add(number, START + number, "turning7")
    assert record(workspace, _source(flickr, workspace)).processed == 600
    flickr.requests.clear()
    assert record(workspace, _source(flickr, workspace)).processed == 0
    low = {int(r.query["min_upload_date"]) for r in flickr.requests if "page" in r.query}
    assert min(low) > NOW.timestamp() - 3600
    flickr.add(600, int(NOW.timestamp()) + 10, "turning7")
    later = _source(flickr, workspace, now=NOW + timedelta(days=1))
    assert record(workspace, later).processed == 1


def test_an_earlier_since_reads_what_lies_before_and_nothing_twice(
    flickr: Flickr, sqlite_workspace: Workspace
) -> None:
    for number in range(100):
        flickr.add(number, START + number * 86_400, "turning7")

    def read(days: int) -> int:
        since = datetime.fromtimestamp(START, UTC) + timedelta(days=days)
        return record(sqlite_workspace, _source(flickr, sqlite_workspace, since=since)).processed

    assert (read(90), read(95), read(40), read(0)) == (10, 0, 50, 40)


@pytest.mark.parametrize("after", [2, 3])
def test_a_run_that_breaks_off_goes_on_with_the_slice_it_was_in(
    after: int, flickr: Flickr, workspace: Workspace
) -> None:
    for number in range(1_200):
        flickr.add(number, START + number * 1_000, "turning7")
    flickr.fail(flickr_error(116, "Bad URL found"), after=after)
    with pytest.raises(SourceError, match="Bad URL found"):
        record(workspace, _source(flickr, workspace))
    record(workspace, _source(flickr, workspace))
    assert stored_ids(workspace) == sorted(photo["id"] for photo in flickr.photos)


@pytest.mark.parametrize("limit", [1, 499, 500, 501])
def test_a_limit_takes_so_many_and_the_next_run_takes_the_rest(
    limit: int, flickr: Flickr, sqlite_workspace: Workspace
) -> None:
    for number in range(700):
        flickr.add(number, START + number, "turning7")
    record(sqlite_workspace, _source(flickr, sqlite_workspace), limit=limit)
    assert len(stored_ids(sqlite_workspace)) == limit
    record(sqlite_workspace, _source(flickr, sqlite_workspace))
    assert len(stored_ids(sqlite_workspace)) == 700


def test_after_a_break_the_slices_that_were_read_are_not_asked_again(
    flickr: Flickr, sqlite_workspace: Workspace
) -> None:
    for number in range(5_000):
        flickr.add(number, START + number * 1_000, "turning7")
    flickr.fail(flickr_error(116, "Bad URL found"), after=18)
    with pytest.raises(SourceError, match="Bad URL found"):
        record(sqlite_workspace, _source(flickr, sqlite_workspace))
    stream = Memory(sqlite_workspace.database).position("flickr", f"turning7 ({OPEN})")
    flickr.requests.clear()
    record(sqlite_workspace, _source(flickr, sqlite_workspace))
    assert len(stored_ids(sqlite_workspace)) == 5_000
    low = [int(r.query["min_upload_date"]) for r in flickr.requests if "page" in r.query]
    assert min(low) == stream["until"] + 1 - 600


def test_a_photograph_that_comes_on_two_pages_is_one_post(
    flickr: Flickr, sqlite_workspace: Workspace
) -> None:
    photo = flickr.add(1, START, "turning7")
    flickr.photos += [dict(photo) for _ in range(600)]
    assert record(sqlite_workspace, _source(flickr, sqlite_workspace)).processed == 1


@pytest.mark.parametrize("code", [10, 105, 106])
def test_a_service_that_is_away_for_a_moment_is_asked_again(code: int, flickr: Flickr) -> None:
    flickr.add(1, START, "turning7")
    flickr.fail(flickr_error(code, "not currently available"), times=3)
    assert len(posts_only(_source(flickr))) == 1
    flickr.fail(flickr_error(code, "not currently available"), times=9)
    with pytest.raises(SourceUnavailableError, match="not currently available"):
        posts_only(_source(flickr))


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (flickr_error(100, "Invalid API Key"), f"the key in {KEY} is not valid"),
        (flickr_error(3, "Parameterless searches"), r"Parameterless searches \(code 3\)"),
        (Reply(200, b"<html>", {"Content-Type": "text/html"}), "text/html instead of JSON"),
        (Reply(200, {"stat": "ok"}), "something else than a list of photographs|list of licences"),
    ],
)
def test_an_error_is_a_sentence(reply: Reply, sentence: str, flickr: Flickr) -> None:
    flickr.fail(reply, times=9)
    with pytest.raises(SourceError, match=sentence):
        posts_only(_source(flickr))


def test_it_keeps_to_3600_requests_an_hour(flickr: Flickr) -> None:
    waits = Waits()
    tags = [f"turning{number}" for number in range(1, 80)]
    posts_only(_source(flickr, None, *tags, wait=waits))
    assert len(flickr.requests) == 80
    # 60 at once, then one a second: Waits does not sleep, so the debt grows.
    assert 15 <= len(waits.waits) <= 20
    assert max(seconds for seconds, _ in waits.waits) > 15


def test_a_key_is_needed() -> None:
    with pytest.raises(SettingsError, match=f"{KEY} is not set"):
        FlickrSource(["turning7"], key=None)


@pytest.mark.parametrize("written", ["mine", "by-xx", ""])
def test_an_unknown_licence_is_named(written: str) -> None:
    with pytest.raises(InputError, match="--licence"):
        licence_names([written])
