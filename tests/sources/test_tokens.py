"""A token is in the environment and in requests to its own server, and nowhere else, ever."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from ingest.ingest_parts import jpeg, rows
from replay import Flickr, Graph, Mastodon, ReplayServer, Reply, allow_loopback, graph_error
from typer.testing import CliRunner

from curation.cli import app
from curation.sources import api
from curation.workspace import Workspace

SECRET = "EAAG+se/cret=token"  # has to be written otherwise in an address
WRITTEN = (SECRET, quote(SECRET), quote(SECRET, ""))
ECHO = f"the token {SECRET} ({quote(SECRET, '')}) is bad"


class Elsewhere(ReplayServer):
    """Another server, which must never be asked."""

    def answer(self, request: Any) -> Reply:
        """Answer anything."""
        return Reply(body=[])


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    with Elsewhere().running() as server:
        yield server


def _mastodon() -> Mastodon:
    server = Mastodon()
    server.add(1, "turning7")
    server.members_only = SECRET
    return server


def _graph() -> Graph:
    server = Graph(SECRET)
    for number in range(60):  # two pages, so that paging.next repeats the token
        server.add("turning7", number)
    server.hashtags["turning7"][0]["media_url"] += f"?access_token={quote(SECRET, '')}"
    return server


def _flickr() -> Flickr:
    server = Flickr(SECRET)
    server.add(1, 1_700_000_000, "turning7")
    return server


SERVERS = {"mastodon": _mastodon, "instagram": _graph, "flickr": _flickr}

FAILURES: dict[str, Any] = {
    "none": None,
    "401": Reply(401, {"error": ECHO}),
    "403": Reply(403, {"error": ECHO}),
    "404": Reply(404, {"error": ECHO}),
    "422": Reply(422, {"error": ECHO}),
    "429": Reply(429, {"error": ECHO}, {"Retry-After": "99999"}),
    "500": Reply(500, {"error": ECHO}),
    "html": Reply(200, f"<html>{ECHO}</html>".encode(), {"Content-Type": "text/html"}),
    "cut": Reply(200, {"data": ECHO}, cut=12),
    "not JSON": Reply(200, f'{{"data": "{ECHO}'.encode()),
    "not the API": Reply(200, {"what": ECHO}),
    "graph says it": graph_error(190, ECHO),
    "flickr says it": Reply(200, {"stat": "fail", "code": 100, "message": ECHO}),
    "redirect": Reply(302, {}, {"Location": f"/else?access_token={quote(SECRET, '')}"}),
    "header": Reply(200, {}, {"X-App-Usage": ECHO, "Link": f'<http://x/?t={SECRET}>; rel="next"'}),
}


def _environment(kind: str, url: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    allow_loopback(monkeypatch)
    monkeypatch.setattr(api, "FIRST_PAUSE", 0.0001)
    monkeypatch.setenv("EVENFACE_MASTODON_TOKEN", SECRET)
    monkeypatch.setenv("EVENFACE_INSTAGRAM_TOKEN", SECRET)
    monkeypatch.setenv("EVENFACE_INSTAGRAM_ACCOUNT", Graph.ACCOUNT)
    monkeypatch.setenv("EVENFACE_INSTAGRAM_API", url)
    monkeypatch.setenv("EVENFACE_FLICKR_KEY", SECRET)
    monkeypatch.setenv("EVENFACE_FLICKR_API", url)
    instance = ["--instance", url] if kind == "mastodon" else []
    return ["ingest", kind, *instance, "--tag", "turning7", "--workers", "1"]


def _everything(workspace: Workspace) -> str:
    """Return every row of the database and every file of the workspace as text."""
    files = (path for path in workspace.root.rglob("*") if path.is_file())
    return str(rows(workspace)) + "".join(
        f"{path}: {path.read_bytes().decode('utf-8', 'replace')}" for path in files
    )


@pytest.mark.parametrize("kind", SERVERS)
def test_after_failures_of_every_kind_the_token_is_nowhere(
    kind: str,
    sqlite_workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    for failure, reply in FAILURES.items():
        with SERVERS[kind]().running() as server, monkeypatch.context() as patch:
            server.files |= {f"/media/{number}.jpg": jpeg(number) for number in range(2)}
            command = _environment(kind, server.url, patch)
            if reply:
                server.fail(reply, times=20)
            done = CliRunner().invoke(app, command)
            assert done.exit_code in (0, 1), f"{failure}: {done.output}"
            patch.setenv("EVENFACE_DEBUG", "1")
            raised = CliRunner().invoke(app, command)
            assert server.requests, f"{failure}: the server was never asked"
        trace = "".join(traceback.format_exception(raised.exception)) if raised.exception else ""
        said = done.output + done.stderr + raised.output + raised.stderr + trace + caplog.text
        assert not any(written in said for written in WRITTEN), f"{failure}: it was said"
        kept = _everything(sqlite_workspace)
        assert not any(written in kept for written in WRITTEN), f"{failure}: it was kept"


@pytest.mark.parametrize("kind", SERVERS)
def test_a_redirect_to_another_server_is_refused_and_never_followed(
    kind: str,
    elsewhere: Elsewhere,
    sqlite_workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with SERVERS[kind]().running() as server:
        server.fail(Reply(301, {}, {"Location": f"{elsewhere.url}/api"}), times=20)
        done = CliRunner().invoke(app, _environment(kind, server.url, monkeypatch))
    assert done.exit_code == 1
    assert "another server, which is not followed" in done.stderr
    assert elsewhere.requests == []


@pytest.mark.parametrize("kind", SERVERS)
def test_the_servers_of_pictures_do_not_get_the_token(
    kind: str, sqlite_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Elsewhere().running() as pictures, SERVERS[kind]().running() as server:
        address = f"{pictures.url}/a.jpg"
        if isinstance(server, Mastodon):
            server.statuses[0]["media_attachments"][0]["url"] = address
        elif isinstance(server, Graph):
            server.hashtags["turning7"] = [server.hashtags["turning7"][1] | {"media_url": address}]
        else:
            server.photos[0]["url_l"] = address
        CliRunner().invoke(app, _environment(kind, server.url, monkeypatch))
        asked = pictures.asked("a.jpg")
        assert asked
        for request in asked:
            assert all(written not in str(request) for written in WRITTEN)


@pytest.mark.parametrize("value", ["two words", "line\nbreak", "naïve"])
def test_what_cannot_be_a_token_is_refused_without_repeating_it(
    value: str, sqlite_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENFACE_MASTODON_TOKEN", value)
    done = CliRunner().invoke(app, ["ingest", "mastodon", "--instance", "a.example", "--tag", "b1"])
    assert done.exit_code == 2
    assert "EVENFACE_MASTODON_TOKEN holds blanks or signs" in done.stderr
    assert value not in done.stderr
