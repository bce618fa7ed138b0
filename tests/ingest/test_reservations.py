"""What owners say about the use of their pictures is understood in each of the ways to say it."""

from __future__ import annotations

import json

import pytest
from multidict import CIMultiDict

from curation.ingest.reservations import (
    Respect,
    in_headers,
    in_robots,
    in_tdmrep,
    read_tdmrep,
    usage_forbids,
)
from curation.ingest.robots import Robots

URL = "https://example.org/photos/2024/a.jpg"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("noai", "x-robots-tag"),
        ("noimageai", "x-robots-tag"),
        ("noindex", "x-robots-tag"),
        ("noimageindex, nofollow", "x-robots-tag"),
        ("nofollow, NOAI", "x-robots-tag"),
        ("none", "x-robots-tag"),
        ("evenface: noai", "x-robots-tag"),
        ("otherbot: noai", None),
        ("otherbot: nofollow, noai", None),
        ("otherbot: noindex, evenface: noai", "x-robots-tag"),
        ("all", None),
        ("nofollow, noarchive", None),
        ("unavailable_after: 25 Jun 2030 15:00:00 PST", None),
        ("max-image-preview: none", None),
        ("max-snippet: 10, noai", "x-robots-tag"),
    ],
)
def test_x_robots_tag(value: str, kind: str | None) -> None:
    found = in_headers(CIMultiDict({"x-robots-tag": value}), Respect())
    assert (found.kind if found else None) == kind
    if found:
        assert str(found) == f"the answer's header says: X-Robots-Tag: {value}"


def test_one_of_several_headers_is_enough() -> None:
    headers = CIMultiDict([("X-Robots-Tag", "all"), ("X-Robots-Tag", "noai")])
    assert in_headers(headers, Respect()) is not None


@pytest.mark.parametrize(("value", "reserved"), [("1", True), ("0", False), (" 1 ", True)])
def test_the_header_of_tdmrep(value: str, reserved: bool) -> None:
    headers = CIMultiDict({"TDM-Reservation": value, "tdm-policy": "https://example.org/policy"})
    assert (in_headers(headers, Respect()) is not None) == reserved


@pytest.mark.parametrize(
    ("rules", "reserved"),
    [
        ([{"location": "/", "tdm-reservation": 1}], True),
        ([{"location": "/", "tdm-reservation": 0}], False),
        ([{"location": "/videos/", "tdm-reservation": 1}], False),
        ([{"location": "/photos/*.jpg", "tdm-reservation": 1}], True),
        ([{"location": "/photos/*.png$", "tdm-reservation": 1}], False),
        # The most specific location counts, wherever it stands.
        (
            [
                {"location": "/", "tdm-reservation": 1},
                {"location": "/photos/2024/", "tdm-reservation": 0},
            ],
            False,
        ),
        (
            [
                {"location": "/photos/", "tdm-reservation": 1},
                {"location": "/", "tdm-reservation": 0},
            ],
            True,
        ),
        ({"tdm-reservation": 1}, True),  # one rule, not in a list
        ([{"location": "/", "tdm-reservation": "1"}], True),
        ([{"location": 5, "tdm-reservation": 1}, "?"], False),
        ([], False),
    ],
)
def test_the_file_of_tdmrep(rules: object, reserved: bool) -> None:
    read = read_tdmrep(json.dumps(rules).encode())
    found = in_tdmrep(read, URL, "https://example.org/.well-known/tdmrep.json")
    assert (found is not None) == reserved
    if found:
        assert '"tdm-reservation":' in found.words


@pytest.mark.parametrize("content", [b"", b"<html>", b"\xff\xfe", b"[" * 100_000, b"null"])
def test_a_file_that_is_no_tdmrep_reserves_nothing(content: bytes) -> None:
    assert in_tdmrep(read_tdmrep(content), URL, "") is None


@pytest.mark.parametrize(
    ("values", "forbids"),
    [
        (["train-ai=n"], True),
        (["train-ai=y"], False),
        (["search=n"], False),  # about something else
        (["search=y, train-ai=n"], True),
        (["train-ai=n;ext=1"], True),
        (["train-ai=y", "train-ai=n"], True),  # the most restrictive of several
        (["bots=n, train-ai=y"], False),  # the narrower category counts
        (["bots=n"], True),
        (["all=n"], True),
        (["train-ai"], False),
        (["train-ai=n, train-ai=y"], False),  # in one dictionary the last counts (RFC 9651)
        ([""], False),
    ],
)
def test_the_header_of_aipref(values: list[str], forbids: bool) -> None:
    assert usage_forbids(values) == forbids
    headers = CIMultiDict([("Content-Usage", value) for value in values])
    assert (in_headers(headers, Respect()) is not None) == forbids


def test_robots_txt_says_who_may_come_and_for_what() -> None:
    robots = Robots("User-agent: *\nDisallow: /x\nContent-Usage: /photos train-ai=n\n")
    place = "https://example.org/robots.txt"
    found = in_robots(robots, URL, Respect(), place)
    assert found is not None
    assert found.kind == "content-usage"
    assert str(found) == f"{place} says: Content-Usage: /photos train-ai=n"
    forbidden = in_robots(robots, "https://example.org/x", Respect(), place)
    assert forbidden is not None
    assert forbidden.kind == "robots"


def test_each_of_them_can_be_left_aside() -> None:
    headers = CIMultiDict(
        {"X-Robots-Tag": "noai", "TDM-Reservation": "1", "Content-Usage": "train-ai=n"}
    )
    robots = Robots("User-agent: *\nDisallow: /\n")
    nothing = Respect(False, False, False, False)
    assert in_headers(headers, nothing) is None
    assert in_robots(robots, URL, nothing, "") is None
    only_tdm = in_headers(headers, Respect(x_robots_tag=False))
    assert only_tdm is not None
    assert only_tdm.kind == "tdm-reservation"
