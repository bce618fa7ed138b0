"""Doubted labels go back to the moderators: once, and only those that were sent before."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from moderation.answers import pull, push, vote
from moderation.commands import curate
from moderation.faces import add_faces
from moderation.fixtures import Place
from sqlalchemy import select

from curation.database.models import Label, Project, Task
from curation.database.upsert import insert_new
from curation.errors import InputError
from curation.identity import content_id
from curation.moderation.issues import ask_again, read_issues
from curation.moderation.label_studio import LabelStudioClient
from curation.workspace import Workspace

PROJECT = "p"


def write(path: Path, rows: list[tuple[str, str, bool]], form: str = "1") -> Path:
    """A file as `train label-issues` writes it, by hand."""
    table = pa.table(
        {
            "rank": list(range(1, len(rows) + 1)),
            "sample_id": [face for face, _, _ in rows],
            "attribute": [attribute for _, attribute, _ in rows],
            "label": ["male" if one == "gender" else "71" for _, one, _ in rows],
            "suggested": ["female" if one == "gender" else "8" for _, one, _ in rows],
            "quality": [0.25] * len(rows),
            "issue": [issue for _, _, issue in rows],
        }
    )
    about = {"evenface.format": f"evenface label issues {form}", "evenface.dataset": "faces",
             "evenface.version": "3"}  # fmt: skip
    pq.write_table(table.replace_schema_metadata(about), path)
    return path


@pytest.fixture
def sent(workspace: Workspace) -> list[str]:
    """Six faces; the last was never sent."""
    faces = add_faces(workspace, 6)
    tasks = [
        {"id": content_id("task", face), "project_id": PROJECT, "face_id": face}
        | {"claimed_age": 7.0, "remote_id": 100 + place if place < 5 else None}
        for place, face in enumerate(faces)
    ]
    project = {"id": PROJECT, "server": "s", "questions": "q", "remote_id": 1}
    with workspace.database.session() as session:
        insert_new(session, Project, [project])
        insert_new(session, Task, tasks)
    return faces


def test_each_doubted_face_is_asked_about_once_and_marked(
    workspace: Workspace, sent: list[str], tmp_path: Path
) -> None:
    doubts = [
        (sent[0], "gender", True),
        (sent[0], "age", True),
        (sent[1], "age", True),
        (sent[2], "age", False),  # ranked, but no issue
        (sent[3], "age", True),
        (sent[5], "gender", True),  # never sent
        ("f" * 32, "gender", True),  # of another workspace
    ]
    found = read_issues(write(tmp_path / "issues.parquet", doubts))
    assert [one.face_id for one in found] == [face for face, _, issue in doubts if issue]
    wishes: list[tuple[int, int]] = []

    def ask(task: int, votes: int) -> bool:
        wishes.append((task, votes))
        return task != 103  # the server lost it

    first = ask_again(workspace.database, PROJECT, found, ask, more_votes=2)
    assert wishes == [(100, 2), (101, 2), (103, 2)]  # nobody had answered yet
    assert (first.asked, first.unsent, first.unknown, first.gone) == (2, 1, 1, 1)
    assert "2 doubtful faces go back to the moderators" in str(first)
    with workspace.database.session() as session:
        labels = session.scalars(select(Label)).all()
        assert {(one.face_id, one.attribute, one.value) for one in labels} == {
            (sent[0], "age", "8"),
            (sent[0], "gender", "female"),
            (sent[1], "age", "8"),
        }
        assert {one.origin for one in labels} == {"model"}
        assert {one.confidence for one in labels} == {0.75}

    wishes.clear()
    again = ask_again(workspace.database, PROJECT, found, ask)
    assert wishes == [(103, 2)]
    assert (again.asked, again.before) == (0, 2)


def test_a_limit_leaves_the_rest_for_the_next_time(
    workspace: Workspace, sent: list[str], tmp_path: Path
) -> None:
    path = write(tmp_path / "issues.parquet", [(face, "age", True) for face in sent[:5]])
    asked: list[int] = []

    def ask(task: int, votes: int) -> bool:
        asked.append(task)
        return True

    for _ in range(3):
        ask_again(workspace.database, PROJECT, read_issues(path), ask, limit=2)
    assert asked == [100, 101, 102, 103, 104]


def test_a_doubted_face_is_in_the_stream_of_the_server_again_for_two_more_votes(
    sqlite_place: Place, moderators: list[LabelStudioClient], tmp_path: Path
) -> None:
    (doubted, task), (settled, other) = push(sqlite_place, 2).items()
    for moderator in moderators[:2]:
        vote(moderator, task)
    pull(sqlite_place)
    client = sqlite_place.campaign.client

    def asked(task: int) -> tuple[int, bool]:
        found = client._sdk.tasks.get(str(task))
        return int(found.overlap), not found.is_labeled

    before = [asked(task), asked(other)]
    assert before[0] == (2, False)
    file = write(tmp_path / "issues.parquet", [(doubted, "age", True), (settled, "age", False)])
    dry = curate("push", "--from-issues", str(file), "--dry-run")
    assert dry.stdout == "dry run: 1 doubtful face goes back to the moderators\n"
    assert [asked(task), asked(other)] == before
    done = curate("push", "--from-issues", str(file))
    assert (done.exit_code, done.stdout) == (0, dry.stdout.removeprefix("dry run: "))
    assert [asked(task), asked(other)] == [(4, True), before[1]]


def test_asking_again_goes_with_no_option_of_sending(tmp_path: Path) -> None:
    file = str(write(tmp_path / "issues.parquet", [("a", "age", True)]))
    done = curate("push", "--from-issues", file, "--repair")
    assert done.exit_code == 2
    assert "leave out --repair, --predictions and --order" in done.stderr


def test_other_files_are_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no file"):
        read_issues(tmp_path / "gone.parquet")
    (tmp_path / "text").write_text("no parquet")
    with pytest.raises(InputError, match="is no Parquet file"):
        read_issues(tmp_path / "text")
    other = tmp_path / "other.parquet"
    pq.write_table(pa.table({"sample_id": ["a"]}), other)
    with pytest.raises(InputError, match="lacks the columns attribute"):
        read_issues(other)
    with pytest.raises(InputError, match=r"is no file of `train label-issues`; name"):
        read_issues(write(tmp_path / "later.parquet", [("a", "age", True)], form="9"))
