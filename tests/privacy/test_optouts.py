"""`curate optouts`: a public form's file keeps people and pictures out before they come."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from dedup.copies import jpeg, photograph, shrunk
from privacy.people import Posted, ingest, posts_of, settle
from sqlalchemy import select
from typer.testing import CliRunner

from curation.cli import app
from curation.database.models import Erasure, Image, Post
from curation.workspace import Workspace

runner = CliRunner()


def curate(*arguments: str, typed: str | None = None) -> Any:
    return runner.invoke(app, list(arguments), input=typed)


@pytest.fixture
def form(tmp_path: Path) -> Path:
    """What a form collected: an author, an address, a hash, an uploaded photograph."""
    folder = tmp_path / "form"
    (folder / "uploads").mkdir(parents=True)
    (folder / "uploads" / "103.jpg").write_bytes(jpeg(photograph(5), 95))
    exact = posts_of("x", 6)[0].image_id
    lines = [
        "author,url,sha256,image,request",
        "manifest:anna,,,,F-101",
        f",{posts_of('bob', 4)[0].url},,,F-102",
        ",,,uploads/103.jpg,F-103",
        f",,{exact},,F-103",
    ]
    file = folder / "optouts.csv"
    file.write_text("\n".join(lines) + "\n")
    return file


def test_what_opted_out_is_refused_and_what_did_not_comes_in(
    workspace: Workspace, tmp_path: Path, form: Path
) -> None:
    done = curate("optouts", "import", str(form), "--yes")
    assert done.exit_code == 0, done.stderr
    assert json.loads(curate("optouts", "list", "--json").stdout) == {
        "author": 1,
        "image": 2,
        "picture": 1,
        "url": 1,
    }
    come = [
        *posts_of("anna", 3),
        *posts_of("bob", 4),
        Posted("carl", 5, jpeg(shrunk(photograph(5), 0.6), 60)),
        *posts_of("dora", 6),
        *posts_of("emil", 7),
    ]
    record, fetch = ingest(workspace, tmp_path / "in", come)
    assert record.rejected == {"erased": 2}
    assert fetch.rejected == {"erased": 2}
    with workspace.database.session() as session:
        assert session.scalars(select(Image.id)).all() == [come[-1].image_id]


def test_what_is_here_already_goes_with_a_receipt_per_request(
    sqlite_workspace: Workspace, tmp_path: Path, form: Path
) -> None:
    here = [post for who, seed in (("anna", 3), ("bob", 4), ("carl", 5)) for post in
            posts_of(who, seed)]  # fmt: skip
    settle(sqlite_workspace, tmp_path / "in", [*here, *posts_of("emil", 7)])
    assert curate("optouts", "import", str(form), "--yes").exit_code == 0
    with sqlite_workspace.database.session() as session:
        left = session.scalars(select(Post.external_id)).all()
        requests = session.scalars(select(Erasure.request).order_by(Erasure.request)).all()
    assert left == ["external-emil-7"]
    assert requests == ["F-101", "F-102", "F-103"]
    told = [json.loads(path.read_text()) for path in (sqlite_workspace.root / "receipts").iterdir()]
    assert sorted((one["request"], one["database"]["rows"]["image"]) for one in told) == [
        ("F-101", 1),
        ("F-102", 1),
        ("F-103", 1),
    ]


def test_the_file_may_grow_and_be_imported_every_night(
    sqlite_workspace: Workspace, form: Path
) -> None:
    curate("optouts", "import", str(form), "--yes")
    with form.open("a") as file:
        file.write("manifest:late,,,,F-104\n")
    again = curate("optouts", "import", str(form), "--yes")
    assert again.stdout.count("nothing is left to do") == 3
    with sqlite_workspace.database.session() as session:
        assert len(session.scalars(select(Erasure.id)).all()) == 4


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("name\nanna\n", "none of the columns author, url, sha256, image, request"),
        ("author,nick\nmanifest:a,b\n", "the column 'nick'"),
        ("author\nanna\n", "line 2: an author is given as KIND:ID"),
        ("author,url\nmanifest:a,\n,\n", "line 3: nothing is filled in"),
        ("author,url\nmanifest:a\n", "line 2: it has more or fewer fields"),
        ("url\nexample.org/p/1\n", "line 2: an address begins with http"),
        ("sha256\nabc\n", "line 2: 'abc' is no SHA-256"),
        ("image\nmissing.jpg\n", "line 2:"),
        ('author\n"manifest:a', "cannot be read as CSV"),
    ],
)
def test_a_file_that_cannot_be_used_changes_nothing(
    sqlite_workspace: Workspace, tmp_path: Path, content: str, sentence: str
) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(content)
    done = curate("optouts", "import", str(file), "--yes")
    assert done.exit_code == 2
    assert sentence in done.stderr
    assert "nothing is refused here" in curate("optouts", "list").stdout
