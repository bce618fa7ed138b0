"""`curate balance` as it is used: what it prints and draws, and that it writes nothing else."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from confirmed import Confirmed, add_confirmed
from typer.testing import CliRunner

from curation.cli import app
from curation.dataset.pool import open_pool
from curation.workspace import Workspace

runner = CliRunner()


class Page(HTMLParser):
    """Counts tags, and keeps text and every address that a page names."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def files_in(folder: Path) -> set[str]:
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    return {name for name in found if not name.startswith("evenface.db")}


def test_the_plan_is_shown_and_drawn_and_nothing_else_is_written(
    workspace: Workspace, pool: list[Confirmed], tmp_path: Path
) -> None:
    add_confirmed(workspace, pool)
    before = files_in(workspace.root)
    plot, html = tmp_path / "b.png", tmp_path / "b.html"
    done = runner.invoke(
        app,
        ["balance", "--workspace", str(workspace.root), "--plot", str(plot), "--html", str(html)],
    )
    assert done.exit_code == 0, done.output
    assert "78 of 107 confirmed faces (72.9%)" in done.output
    # 12 men more in the US would each bring a woman along.
    assert "12 more photographs of men from the United States would let" in done.output
    assert "grow by 24" in done.output
    assert files_in(workspace.root) == before
    assert plot.read_bytes().startswith(b"\x89PNG")
    page = Page()
    page.feed(html.read_text())
    assert page.addresses == []
    assert "script" not in page.tags
    assert page.tags.count("details") == 3  # a table each of country, age and gender
    assert "from the United States" in " ".join(page.words)


def test_weights_keep_everyone_and_say_what_that_is_worth(
    workspace: Workspace, pool: list[Confirmed]
) -> None:
    add_confirmed(workspace, [face for face in pool if face.country != "NO"])
    done = runner.invoke(app, ["balance", "--workspace", str(workspace.root), "--mode", "weights"])
    assert done.exit_code == 0, done.output
    assert "103 of 103 confirmed faces, with weights from" in done.output
    # Kish, by hand: 103² over the sum of n (N / 2 / n)² for each gender of each country.
    sizes = {"US": (30, 18), "BR": (12, 20), "IN": (9, 14)}
    squares = sum((sum(both) / 2) ** 2 / n for both in sizes.values() for n in both)
    assert f"worth {103**2 / squares:,.0f} equal ones" in done.output


def test_a_mistake_in_the_settings_is_one_sentence(
    workspace: Workspace, pool: list[Confirmed], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    add_confirmed(workspace, pool)
    place = ["balance", "--workspace", str(workspace.root)]
    target = '[{"attributes": ["country"], "shares": {"US": 0.5, "BR": 0.4}}]'
    monkeypatch.setenv("EVENFACE_BALANCE__TARGETS", target)
    done = runner.invoke(app, place)
    assert done.exit_code == 2
    assert "add up to 0.9, not to 1" in done.output
    monkeypatch.delenv("EVENFACE_BALANCE__TARGETS")
    done = runner.invoke(app, [*place, "--html", str(tmp_path / "no" / "b.html")])
    assert done.exit_code == 2
    assert "b.html cannot be written: No such file or directory" in done.output


def test_the_author_of_a_photograph_is_who_posted_it(
    workspace: Workspace, pool: list[Confirmed]
) -> None:
    add_confirmed(workspace, [*pool, Confirmed(5000, author=None)])
    with open_pool(workspace) as found:
        candidates = found.frame.set_index("sample_id")["author"]
    posted = {face.face_id: face.author for face in pool}
    by_name: dict[str | None, set[int]] = {}
    for face_id, name in posted.items():
        by_name.setdefault(name, set()).add(int(candidates[face_id]))
    assert all(len(numbers) == 1 for numbers in by_name.values())
    assert len(set.union(*by_name.values())) == len(by_name)
    assert candidates[Confirmed(5000, author=None).face_id] is pd.NA
