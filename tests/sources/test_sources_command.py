"""`curate sources`: what there is, what each needs, and how much of its limits is used."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from curation.cli import app
from curation.sources import SOURCES
from curation.sources.memory import Memory
from curation.workspace import Workspace


def _sources(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["sources", *arguments])


def _json(*arguments: str) -> dict[str, dict[str, object]]:
    return {source["kind"]: source for source in json.loads(_sources("--json", *arguments).stdout)}


def test_every_source_is_listed_without_a_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = _sources()
    assert done.exit_code == 0
    assert all(kind in done.stdout for kind in SOURCES)
    assert "in a workspace only" in done.stdout
    found = _json()
    assert list(found) == list(SOURCES)
    assert {kind for kind, source in found.items() if source["access"] == "official API"} == {
        "mastodon", "instagram", "flickr",
    }  # fmt: skip


def test_a_variable_is_said_to_be_set_and_never_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert [_json()[kind]["ready"] for kind in ("folder", "mastodon", "instagram")] == [
        True, True, False,
    ]  # fmt: skip
    monkeypatch.setenv("EVENFACE_INSTAGRAM_TOKEN", "EAAG-secret")
    monkeypatch.setenv("EVENFACE_INSTAGRAM_ACCOUNT", "1784")
    assert _json()["instagram"]["ready"] is True
    both = _sources().output + _sources("--json").output
    assert "secret" not in both
    assert "1784" not in both


def test_what_is_used_of_the_limits_is_told_in_a_workspace(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "240")  # so that no sentence of the table is wrapped
    memory = Memory(workspace.database)
    first = datetime.now(UTC) - timedelta(days=6)
    for number in range(12):
        moment = first + timedelta(minutes=number)
        memory.announce("1784", f"turning{number}", moment, timedelta(days=7))
    memory.announce("1784", "old", first - timedelta(days=30), timedelta(days=7))
    resets_at = datetime.now(UTC) + timedelta(minutes=3)
    for used in (1, 2):  # what was said last counts
        memory.note_usage(
            "mastodon", "a.example", used=used, allowed=300, unit="requests", resets_at=resets_at
        )
    found = _json()
    frees = first + timedelta(days=7)
    assert found["instagram"]["used"] == [
        f"12 of 30 hashtags this week, the next frees on {frees:%Y-%m-%d at %H:%M} UTC"
    ]
    [sentence] = found["mastodon"]["used"]  # type: ignore[misc]
    assert str(sentence).startswith(f"a.example: 2 of 300 requests until {resets_at:%H:%M} UTC")
    assert found["flickr"]["used"] == []
    assert "12 of 30" in _sources().stdout


def test_a_workspace_that_is_named_and_is_none_is_an_error(tmp_path: Path) -> None:
    done = _sources("--workspace", str(tmp_path))
    assert (done.exit_code, "is no workspace" in done.stderr) == (2, True)
