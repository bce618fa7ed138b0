"""robots.txt is read as RFC 9309 says, and its Content-Usage rules as AIPREF's draft says."""

from __future__ import annotations

import pytest

from curation.ingest.robots import Robots

SITE = "https://example.org"


def _allowed(text: str, path: str) -> bool:
    return Robots(text).forbids(SITE + path) is None


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        # The example of RFC 9309, 5.1, read as `foobot` does: `*` is not meant for it.
        ("/example/page.html", True),
        ("/example/allowed.gif", True),
        ("/example/disallowed.gif", False),
        ("/publications/", True),
    ],
)
def test_the_simple_example_of_the_rfc(path: str, allowed: bool) -> None:
    text = """
User-Agent: *
Disallow: *.gif$
Disallow: /example/
Allow: /publications/

User-Agent: evenface
Disallow:/
Allow:/example/page.html
Allow:/example/allowed.gif
Allow: /publications/
"""
    assert _allowed(text, path) == allowed


@pytest.mark.parametrize(
    ("rules", "path", "allowed"),
    [
        # RFC 9309, 5.2: the longest match, in octets, is the one that counts.
        ("Allow: /example/page/\nDisallow: /example/page/disallowed.gif", "/example/page/a", True),
        (
            "Allow: /example/page/\nDisallow: /example/page/disallowed.gif",
            "/example/page/disallowed.gif",
            False,
        ),
        ("Allow: /p\nDisallow: /", "/page", True),
        ("Allow: /folder\nDisallow: /folder", "/folder/page", True),  # as long: allow
        ("Allow: /page\nDisallow: /*.htm", "/page.htm", False),
        ("Disallow: /fish", "/fish.html", False),
        ("Disallow: /fish", "/catfish", True),
        ("Disallow: /fish", "/Fish", True),  # paths are case-sensitive
        ("Disallow: /fish*", "/fishheads/yummy.html", False),
        ("Disallow: /*.php", "/folder/any.php.file.html", False),
        ("Disallow: /*.php$", "/filename.php?parameters", True),
        ("Disallow: /*.php$", "/a.php.php", False),
        ("Disallow: /fish*.php", "/fishheads/catfish.php?id=2", False),
        ("Disallow: /a$", "/a", False),
        ("Disallow: /a$", "/ab", True),
        ("Disallow: /*?", "/a?b", False),
        ("Disallow: ", "/anything", True),
        ("Disallow: /a%3cd.html", "/a%3Cd.html", False),
        ("Disallow: /a/%7Ejoe", "/a/~joe", False),
        ("Disallow: /ツ", "/%E3%83%84", False),
        ("disallow : /x # private", "/x", False),
    ],
)
def test_which_rule_counts(rules: str, path: str, allowed: bool) -> None:
    assert _allowed(f"User-agent: *\n{rules}\n", path) == allowed


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("", True),
        ("User-agent: otherbot\nDisallow: /", True),
        ("User-agent: EVENFACE\nDisallow: /", False),
        ("User-agent: evenface/1.0\nDisallow: /", False),
        ("User-agent: evenfacebot\nDisallow: /", True),
        ("User-agent: otherbot\nUser-agent: evenface\nDisallow: /", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: evenface\nAllow: /", True),
        ("User-agent: evenface\nAllow: /b\nUser-agent: evenface\nDisallow: /a", False),
        ("User-agent: *\nCrawl-delay: 1\nUser-agent: other\nDisallow: /", True),
        ("User-agent: *\nSitemap: https://e.org/s.xml\nDisallow: /", False),
        ("Disallow: /", True),  # a rule outside any group is meant for nobody
        ("\ufeffUser-agent: *\r\nDisallow: /\r\n", False),
        ("<html>not found</html>", True),
    ],
)
def test_for_whom_the_rules_are_meant(text: str, allowed: bool) -> None:
    assert _allowed(text, "/a/1.jpg") == allowed


def test_the_line_that_forbids_is_kept_as_it_stands() -> None:
    rule = Robots("User-agent: *\n  Disallow:   /private  # ours\n").forbids(SITE + "/private/a")
    assert rule is not None
    assert rule.line == "Disallow:   /private  # ours"


@pytest.mark.parametrize(("value", "seconds"), [("5", 5.0), ("0.5", 0.5), ("soon", 0.0)])
def test_a_crawl_delay_is_in_seconds(value: str, seconds: float) -> None:
    assert Robots(f"User-agent: *\nCrawl-delay: {value}").crawl_delay == seconds


@pytest.mark.parametrize(
    ("path", "preferences"),
    [("/test", ["train-ai=n"]), ("/ai-ok/test", ["train-ai=y"]), ("/never/test", ["train-ai=n"])],
)
def test_the_example_of_the_aipref_draft(path: str, preferences: list[str]) -> None:
    text = """
User-Agent: *
Allow: /
Disallow: /never/
Content-Usage: train-ai=n
Content-Usage: /ai-ok/ train-ai=y

User-Agent: ExampleBot
Allow: /
Content-Usage: / train-ai=y
"""
    assert [rule.value for rule in Robots(text).usage(SITE + path)] == preferences
    assert [rule.value for rule in Robots(text, "examplebot").usage(SITE + path)] == ["train-ai=y"]


def test_rules_with_one_path_all_count() -> None:
    text = "User-agent: *\nContent-Usage: /a search=y\nContent-Usage: /a train-ai=n\n"
    assert len(Robots(text).usage(SITE + "/a/b")) == 2
