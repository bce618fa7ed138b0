"""`curate dedup --report`: the groups on a page, contradictions first, nothing from outside."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from copies import dedup, jpeg, photograph, put, shrunk
from typer.testing import CliRunner

from curation.cli import app
from curation.dedup.report import write_report
from curation.workspace import Workspace


def data(path: Path) -> dict[str, Any]:
    found = re.search(r'id="data">(.*?)</script>', path.read_text(), flags=re.S)
    assert found
    read: dict[str, Any] = json.loads(found[1].replace("<\\/", "</"))
    return read


def fill(workspace: Workspace) -> None:
    put(workspace, jpeg(photograph(1)), age=7)
    put(workspace, jpeg(shrunk(photograph(1), 0.5)), age=7, gender="female")
    put(workspace, jpeg(photograph(2)), age=7)
    put(workspace, jpeg(shrunk(photograph(2), 0.5)), age=40)
    put(workspace, jpeg(photograph(3)), post="one", age=12)
    put(workspace, jpeg(photograph(3)), post="two", age=12)
    put(workspace, jpeg(photograph(4)), age=30)


def test_it_shows_contradictions_first_with_labels_evidence_and_what_is_kept(
    workspace: Workspace, tmp_path: Path
) -> None:
    fill(workspace)
    page = tmp_path / "copies.html"
    result = CliRunner().invoke(app, ["dedup", "--workers", "1", "--report", str(page)])
    assert result.exit_code == 0, result.stderr
    assert "3 of 3 groups, 1 with contradictions" in result.stdout
    first, second, third = data(page)["groups"]
    assert first["conflict"] == "2 posts state ages 7 to 40 years"
    assert not any(copy["kept"] for copy in first["copies"])
    assert second["conflict"] == ""
    assert second["claims"] == "age 7, gender female"
    assert "is kept, because it has the most pixels" in second["fate"]
    assert [pair["kind"] for pair in second["pairs"]] == ["resized"]
    assert sorted(text.split(": ")[1] for copy in second["copies"] for text in copy["posts"]) == [
        "age 7 (source)",
        "age 7 (source), gender female (source)",
    ]
    assert len(third["copies"]) == 1
    assert len(third["copies"][0]["posts"]) == 2
    assert all(copy["thumb"] for group in (first, second, third) for copy in group["copies"])


def test_it_asks_for_nothing_from_outside_and_only_its_owner_can_read_it(
    sqlite_workspace: Workspace, tmp_path: Path
) -> None:
    fill(sqlite_workspace)
    dedup(sqlite_workspace)
    page = tmp_path / "copies.html"
    write_report(page, sqlite_workspace.database, sqlite_workspace.store, "dedup", 1.0)
    text = page.read_text()
    assert "default-src 'none'" in text
    assert not re.search(r"(src|href)=[\"']?(https?:)?//", text)
    assert "http://" not in text
    assert "https://" not in text
    assert page.stat().st_mode & 0o077 == 0
    assert "pictures of people" in text


def test_beyond_the_cap_it_says_how_many_there_are(
    sqlite_workspace: Workspace, tmp_path: Path
) -> None:
    fill(sqlite_workspace)
    dedup(sqlite_workspace)
    page = tmp_path / "copies.html"
    stores = sqlite_workspace.database, sqlite_workspace.store
    written = write_report(page, *stores, "dedup", 1.0, most=1)
    assert (written.shown, written.groups, written.contradictory) == (1, 3, 1)
    assert data(page)["cap"] == "1 of 3 groups are shown, contradictions first"
    assert [group["conflict"] != "" for group in data(page)["groups"]] == [True]


def test_a_page_that_cannot_be_written_is_one_sentence(
    sqlite_workspace: Workspace, tmp_path: Path
) -> None:
    result = CliRunner().invoke(app, ["dedup", "--report", str(tmp_path / "none" / "x.html")])
    assert result.exit_code == 2
    assert "cannot be written: No such file or directory" in result.stderr


@pytest.mark.parametrize("value", ["</script><b>", "<!--"])
def test_labels_cannot_break_out_of_the_data(
    sqlite_workspace: Workspace, tmp_path: Path, value: str
) -> None:
    put(sqlite_workspace, jpeg(photograph(1)), country=value)
    put(sqlite_workspace, jpeg(shrunk(photograph(1), 0.5)))
    dedup(sqlite_workspace)
    page = tmp_path / "copies.html"
    write_report(page, sqlite_workspace.database, sqlite_workspace.store, "dedup", 1.0)
    assert page.read_text().count("</script>") == 2
    assert "<!--" not in page.read_text()
    assert f"country {value}" in data(page)["groups"][0]["claims"]
