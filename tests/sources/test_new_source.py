"""The source that docs/new-source.md shows is whole: taken out of the page, registered and run."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from ingest.ingest_parts import jpeg, rows
from reading import reasons, stored_ids
from replay import ReplayServer, Reply, Request, allow_loopback
from typer.testing import CliRunner

from curation.cli import app
from curation.sources import SOURCES
from curation.workspace import Workspace

PAGE = Path(__file__).parents[2] / "docs" / "new-source.md"


class Blog(ReplayServer):
    """A photo blog with a feed of two pages."""

    def answer(self, request: Request) -> Reply:
        """Answer the feed's pages."""
        if request.path == "/feed.json":
            items = [self._item(1), self._item(2) | {"_sensitive": True}, {"url": "no id"}]
            return Reply(body={"items": items, "next_url": f"{self.url}/feed-2.json"})
        if request.path == "/feed-2.json":
            return Reply(body={"items": [self._item(3)]})
        return Reply(404, {"error": "no such page"})

    def _item(self, number: int) -> dict[str, object]:
        self.files[f"/media/{number}.jpg"] = jpeg(number)
        return {
            "id": f"item-{number}",
            "url": f"{self.url}/posts/{number}",
            "image": f"{self.url}/media/{number}.jpg",
            "tags": [f"turning{number}"],
            "authors": [{"name": "Anna Clear"}],
            "date_published": "2024-05-31T18:30:00Z",
            "_place": "Lagos, Nigeria",
        }


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    file, registration = re.findall(r"```python\n(.*?)```", PAGE.read_text(), flags=re.S)
    module = ModuleType("curation.sources.photoblog")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(file, str(PAGE), "exec"), module.__dict__)
    before = dict(SOURCES)
    exec(registration, {"SOURCES": SOURCES})
    yield
    SOURCES.clear()
    SOURCES.update(before)


def test_the_source_on_the_page_runs_and_its_posts_are_stored_with_all_that_comes_by_itself(
    registered: None, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow_loopback(monkeypatch)
    with Blog().running() as blog:
        command = ["ingest", "from", "photoblog", f"{blog.url}/feed.json", "--workers", "1"]
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 0, done.output
        again = CliRunner().invoke(app, command)
    assert "images 2" in done.stdout
    assert "an item is left out (KeyError('id'))" in done.stderr
    assert again.stdout.splitlines() == ["ingest: nothing to do", "fetch: nothing to do"]
    assert stored_ids(workspace) == ["item-1", "item-2", "item-3"]
    assert reasons(workspace) == {"item-2": "sensitive"}
    found = rows(workspace)
    labels = {(row[3], row[4]) for row in found["label"]}
    assert {("age", "1"), ("age", "3"), ("country", "NG")} <= labels
    assert "Anna Clear" not in str(found)


def test_it_has_its_row_among_the_sources(registered: None, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["sources", "--json"])
    assert '"kind": "photoblog"' in done.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nosuch"], "there is no source 'nosuch'; `curate sources` lists them"),
        (["mastodon", "x"], "mastodon has a command of its own: `curate ingest mastodon --help`"),
        (["gallery-dl", "x"], "gallery-dl has a command of its own"),
        (["photoblog"], "photoblog takes 1: address"),
        (["photoblog", "here"], "'here' is no address of a feed"),
    ],
)
def test_what_cannot_be_run_is_said(
    arguments: list[str], sentence: str, registered: None, sqlite_workspace: Workspace
) -> None:
    done = CliRunner().invoke(app, ["ingest", "from", *arguments])
    assert done.exit_code == 2
    assert f"error: {sentence}" in done.stderr


def test_a_dry_run_asks_nothing(registered: None, sqlite_workspace: Workspace) -> None:
    command = ["ingest", "from", "photoblog", "http://127.0.0.1:9/feed.json", "--dry-run"]
    done = CliRunner().invoke(app, command)
    assert done.stdout == "http://127.0.0.1:9/feed.json would be asked\n"
