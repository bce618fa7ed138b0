"""Who is one subject, from what the tables and the user say; and what happens to the splits."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from confirmed import Confirmed, add_confirmed
from sqlalchemy import select, update
from typer.testing import CliRunner

from curation.cli import app
from curation.database.models import Image, Post
from curation.dataset.build import Build, build_dataset
from curation.dataset.manifest import read_manifest
from curation.identity import content_id
from curation.workspace import Workspace

runner = CliRunner()


def people(count: int, start: int = 0) -> list[Confirmed]:
    """Photographs by as many authors, women and men in turn, so that all of them are drawn."""
    return [
        Confirmed(n, author=f"author {n}", gender=("female", "male")[n % 2])
        for n in range(start, start + count)
    ]


def subjects(build: Build) -> dict[str, str]:
    manifest = read_manifest(build.manifest)
    return dict(zip(manifest["sample_id"], manifest["subject"], strict=True))


def splits(build: Build) -> dict[str, str]:
    manifest = read_manifest(build.manifest)
    return dict(zip(manifest["sample_id"], manifest["split"], strict=True))


def say_identity(workspace: Workspace, faces: list[Confirmed], identity: str) -> None:
    """State, as a manifest's column does, that the posts of these faces show one person."""
    posts = [content_id("post", str(face.number)) for face in faces]
    with workspace.database.session() as session:
        session.execute(update(Post).where(Post.id.in_(posts)).values(identity=identity))


def test_a_manifest_of_posts_may_say_whom_each_shows_and_only_a_pseudonym_is_kept(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "posts.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["image", "age", "author", "identity"])
        writer.writerow(["one.jpg", "30", "a", "Ada Lovelace"])
        writer.writerow(["two.jpg", "36", "b", "Ada Lovelace"])
        writer.writerow(["three.jpg", "36", "b", ""])
        writer.writerow(["four.jpg", "36", "Ada Lovelace", "Mary Somerville"])
    told = runner.invoke(app, ["ingest", "manifest", str(path)])
    assert told.exit_code == 0, told.output
    assert "ignored" not in told.output
    with workspace.database.session() as session:
        found = session.execute(select(Post.identity, Post.author).order_by(Post.external_id))
        (four, its_author), (one, _), (three, _), (two, _) = found.all()
    assert one == two
    assert three is None
    assert len({one, four, its_author}) == 3
    kept = b"".join(path.read_bytes() for path in workspace.root.glob("*.db*"))
    assert b"Lovelace" not in kept


def test_photographs_of_one_stated_identity_are_one_subject_across_authors(
    workspace: Workspace,
) -> None:
    faces = people(12)
    add_confirmed(workspace, faces)
    say_identity(workspace, faces[3:6], "a" * 32)
    build = build_dataset(workspace, "faces", seed=1)
    found = subjects(build)
    same = {found[face.face_id] for face in faces[3:6]}
    assert len(same) == 1
    assert len(set(found.values())) == 10
    assert build.subjects.joined == {"copy": 0, "author": 0, "identity": 2}


def test_the_counts_go_from_images_to_subjects_in_words_and_in_the_dataset(
    sqlite_workspace: Workspace,
) -> None:
    faces = people(10)
    copy = Confirmed(50, author="author 1", group=0, kept=False)
    add_confirmed(sqlite_workspace, [*faces, copy])
    say_identity(sqlite_workspace, faces[3:5], "a" * 32)
    shown = runner.invoke(app, ["build-dataset", "faces"])
    words = "11 images show 8 subjects (joined by copy 1, author 1, identity 1); the largest has 2"
    assert words in shown.stdout
    kept = json.loads((sqlite_workspace.datasets / "faces/v1/dataset.json").read_text())
    assert kept["subjects_joined"] == {
        "images": 11,
        "joined": {"copy": 1, "author": 1, "identity": 1},
        "subjects": 8,
        "largest": 2,
    }


def test_a_file_says_who_is_who_by_face_or_image(workspace: Workspace, tmp_path: Path) -> None:
    faces = people(12)
    add_confirmed(workspace, faces)
    path = tmp_path / "who.csv"
    path.write_text(
        f"face,image,identity\n{faces[0].face_id},,Ada\n,{faces[1].image_id},Ada\n"
        f",{faces[7].image_id.upper()},Ada\n{faces[2].face_id},,Mary\n{'0' * 32},,Mary\n"
    )
    shown = runner.invoke(app, ["build-dataset", "faces", "--identities", str(path)])
    assert shown.exit_code == 0, shown.output
    assert "notice: " in shown.stderr
    assert "1 of 5 rows name nothing known" in shown.stderr
    assert "joined by given identity 2" in shown.stdout
    found = subjects(build_dataset(workspace, "faces", seed=1, identities=path))
    assert len({found[faces[n].face_id] for n in (0, 1, 7)}) == 1
    assert len(set(found.values())) == 10
    for written in workspace.root.rglob("*"):
        assert not written.is_file() or b"Ada" not in written.read_bytes()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("name,who\na,b\n", "has the columns name, who; it needs identity, and face or image"),
        ("", "has the columns none"),
        ("face,identity\nabc,\n", "line 2: identity is empty"),
        ("face,identity\n,Ada\n", "line 2: face or image is empty"),
        ("face,identity\nabc,Ada\n", "names no face and no image of this workspace"),
        ("face,identity\n\udcff,Ada\n", "cannot be read as CSV"),
        (None, "cannot be read as CSV: No such file or directory"),
    ],
)
def test_a_file_of_identities_that_cannot_be_used_is_refused(
    sqlite_workspace: Workspace, tmp_path: Path, content: str | None, sentence: str
) -> None:
    add_confirmed(sqlite_workspace, people(4))
    path = tmp_path / "who.csv"
    if content is not None:
        path.write_bytes(content.encode(errors="surrogateescape"))
    refused = runner.invoke(app, ["build-dataset", "faces", "--identities", str(path)])
    assert refused.exit_code == 2
    assert sentence in refused.stderr
    assert str(path) in refused.stderr
    assert not sqlite_workspace.datasets.exists()


def test_subjects_and_splits_stay_when_copies_with_smaller_ids_come_in(
    workspace: Workspace,
) -> None:
    faces = people(40)
    add_confirmed(workspace, faces)
    first = build_dataset(workspace, "faces", seed=1)
    # Every author posts more, and the new photographs' ids are smaller than many of the old ones.
    more = [Confirmed(n + 100, author=f"author {n}", gender=faces[n].gender) for n in range(40)]
    assert sum(new.image_id < old.image_id for new, old in zip(more, faces, strict=True)) > 10
    add_confirmed(workspace, faces + more)
    second = build_dataset(workspace, "faces", seed=1)
    assert (first.number, second.number) == (1, 2)
    kept, grown = subjects(first), subjects(second)
    assert len(grown) == 80
    assert {face: grown[face] for face in kept} == kept
    before, after = splits(first), splits(second)
    assert {face: after[face] for face in before} == before


def test_a_copy_with_a_smaller_id_that_renames_the_group_renames_no_subject(
    workspace: Workspace,
) -> None:
    faces = people(6)
    add_confirmed(workspace, faces)
    kept = subjects(build_dataset(workspace, "faces", seed=1))
    smaller = next(n for n in range(1000, 2000) if Confirmed(n).image_id < faces[0].image_id)
    copy = Confirmed(smaller, author="somebody", kept=False)
    add_confirmed(workspace, [*faces, copy, *people(2, 100)])
    with workspace.database.session() as session:
        group = {"group_id": copy.image_id}
        session.execute(update(Image).where(Image.id == faces[0].image_id).values(**group))
    grown = subjects(build_dataset(workspace, "faces", seed=1))
    assert {face: grown[face] for face in kept} == kept


def test_two_subjects_that_turn_out_to_be_one_go_where_the_released_test_is(
    workspace: Workspace,
) -> None:
    faces = people(60)
    add_confirmed(workspace, faces)
    first = build_dataset(workspace, "faces", seed=1)
    before, names = splits(first), subjects(first)
    tested = {face for face, split in before.items() if split == "test"}
    trained = [face for face in faces if before[face.face_id] == "train"]
    # The smaller name stays, and by its hash that one would be in training.
    pairs = [
        (one, other)
        for one in trained
        for other in faces
        if other.face_id in tested and names[one.face_id] < names[other.face_id]
    ]
    trained_one, tested_one = pairs[0]
    say_identity(workspace, [trained_one, tested_one], "a" * 32)
    second = build_dataset(workspace, "faces", seed=1)
    after = splits(second)
    assert subjects(second)[tested_one.face_id] == names[trained_one.face_id]
    assert {face for face, split in after.items() if split == "test"} == {
        *tested, trained_one.face_id,
    }  # fmt: skip
    per_subject = read_manifest(second.manifest).groupby("subject")["split"].nunique()
    assert (per_subject == 1).all()
    # And so it stays in every later version.
    say_identity(workspace, [trained_one], "b" * 32)
    third = splits(build_dataset(workspace, "faces", seed=1))
    assert tested <= {face for face, split in third.items() if split == "test"}
