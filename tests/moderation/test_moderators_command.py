"""`curate moderators`: who is good, who is suspended, and what becomes of the faces."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest
from moderation.campaign_votes import FINE, START, add_answers, add_tasks, person
from moderation.commands import curate
from moderation.faces import add_faces
from sqlalchemy import select, update

from curation.cli.tending import tend
from curation.database.models import Annotation, Gold, Moderator, ModeratorChange, Verdict
from curation.database.upsert import insert_new
from curation.moderation.campaign import Campaign
from curation.moderation.standing import read_report, suspend_by_itself
from curation.moderation.verdicts import VerdictStage
from curation.settings import ModerationSettings
from curation.stages import run
from curation.workspace import Workspace, open_workspace

FACES = 40
LIAR = 9


def campaign(workspace: Workspace) -> list[str]:
    """Three good moderators and one who says "male" and "female" the wrong way round."""
    faces = add_faces(workspace, FACES)
    tasks = add_tasks(workspace, faces)
    answers = []
    for number, face in enumerate(faces):
        truth = FINE | {"gender": "female" if number % 2 else "male"}
        lie = truth | {"gender": "male" if number % 2 else "female"}
        answers += [(face, one, truth) for one in (1, 2, 3) if one != number % 3 + 1]
        answers.append((face, LIAR, lie))
    add_answers(workspace, tasks, answers)
    judge(workspace)
    return faces


def judge(workspace: Workspace) -> None:
    run(VerdictStage(Campaign(workspace).id, workspace.settings.moderation), workspace.database)


def standing(workspace: Workspace) -> dict[str, str]:
    with workspace.database.session() as session:
        return {row.id: row.status for row in session.scalars(select(Moderator))}


def votes_per_verdict(workspace: Workspace) -> set[int]:
    with workspace.database.session() as session:
        return set(session.scalars(select(Verdict.votes)))


def test_the_table_names_who_is_proposed_and_shows_no_more_than_pseudonyms(
    workspace: Workspace,
) -> None:
    campaign(workspace)
    done = curate("moderators")
    assert done.exit_code == 0
    assert f"proposed: curate moderators suspend {person(LIAR)[:8]}" in done.stdout
    assert done.stdout.count("proposed:") == 1
    found = json.loads(curate("moderators", "--json").stdout)
    rows = {one["moderator"]: one for one in found["moderators"]}
    liar, good = rows[person(LIAR)], rows[person(1)]
    assert (liar["answers"], liar["proposed"], good["proposed"]) == (FACES, True, False)
    # Each good one agrees with the other on all faces and with the liar on two questions of three.
    assert good["agreement"]["value"] == pytest.approx((3 + 2) / 6)
    assert liar["agreement"]["value"] == pytest.approx(2 / 3)
    assert liar["questions"]["gender"]["others"]["right"] == 0
    assert good["answers_per_hour"] == pytest.approx(600, rel=0.1)
    table = list(csv.DictReader(io.StringIO(curate("moderators", "--csv").stdout)))
    assert [row["moderator"] for row in table] == [one["moderator"] for one in found["moderators"]]
    assert table[0]["gender_right"] == "0"


def test_suspended_votes_leave_the_verdicts_and_one_command_brings_them_back(
    workspace: Workspace,
) -> None:
    campaign(workspace)
    assert votes_per_verdict(workspace) == {3}
    done = curate("moderators", "suspend", person(LIAR)[:2], "--reason", "the wrong way round")
    assert (done.exit_code, f"votes on {FACES} faces count no longer" in done.stdout) == (0, True)
    assert standing(workspace)[person(LIAR)] == "suspended"
    assert votes_per_verdict(workspace) == {2}
    assert "suspended already" in curate("moderators", "suspend", person(LIAR)).stdout
    shown = curate("moderators", "show", person(LIAR)).stdout
    assert "suspended (command): the wrong way round" in shown
    assert curate("moderators", "restore", person(LIAR)[:8]).exit_code == 0
    assert votes_per_verdict(workspace) == {3}
    with workspace.database.session() as session:
        changes = session.scalars(select(ModeratorChange.status).order_by(ModeratorChange.at)).all()
    assert changes == ["suspended", "active"]


def test_whom_somebody_restored_is_not_suspended_by_itself_again(
    sqlite_workspace: Workspace,
) -> None:
    campaign(sqlite_workspace)
    project, database = Campaign(sqlite_workspace).id, sqlite_workspace.database
    never, bar = ModerationSettings(suspend_below=0), ModerationSettings()
    assert suspend_by_itself(database, project, never) == []
    assert [one.moderator_id for one in suspend_by_itself(database, project, bar)] == [person(LIAR)]
    assert standing(sqlite_workspace)[person(LIAR)] == "suspended"
    assert suspend_by_itself(database, project, bar) == []
    curate("moderators", "restore", person(LIAR))
    assert suspend_by_itself(database, project, bar) == []
    assert standing(sqlite_workspace)[person(LIAR)] == "active"


def test_after_a_pull_that_learnt_anew_the_worthless_are_suspended_and_their_faces_judged_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EVENFACE_MODERATION__GOLD_RATE", "0")  # which would need a server
    campaign(workspace)
    opened = Campaign(open_workspace())
    tend(opened, learnt_anew=False)
    assert standing(workspace)[person(LIAR)] == "active"
    tend(opened, learnt_anew=True)
    said = capsys.readouterr().out
    assert f"`curate moderators restore {person(LIAR)[:8]}` undoes it" in said
    assert "gender: 0 of 40 right" in said
    assert {one for one, status in standing(workspace).items() if status == "suspended"} == {
        person(LIAR)
    }
    assert votes_per_verdict(workspace) == {2}


def test_where_half_of_the_moderators_look_worthless_nobody_is_suspended_by_itself(
    sqlite_workspace: Workspace,
) -> None:
    faces = add_faces(sqlite_workspace, FACES)
    tasks = add_tasks(sqlite_workspace, faces)
    answers = [(face, one, FINE) for face in faces for one in (1, 2)]
    answers += [(face, one, FINE | {"gender": "male"}) for face in faces for one in (LIAR, 8)]
    add_answers(sqlite_workspace, tasks, answers)
    judge(sqlite_workspace)
    with sqlite_workspace.database.session() as session:
        insert_new(
            session,
            Gold,
            [
                {"face_id": face, "attribute": "gender", "value": "female", "origin": "file"}
                | {"state": "spent", "since": START - timedelta(days=1)}
                for face in faces
            ],
        )
    project, settings = Campaign(sqlite_workspace).id, ModerationSettings()
    report = read_report(sqlite_workspace.database, project, settings)
    proposed = {one.pseudonym for one in report.moderators if one.is_proposed}
    assert proposed >= {person(LIAR), person(8)}
    assert suspend_by_itself(sqlite_workspace.database, project, settings) == []


def test_answers_that_were_changed_or_withdrawn_do_not_count(sqlite_workspace: Workspace) -> None:
    campaign(sqlite_workspace)
    with sqlite_workspace.database.session() as session:
        session.execute(
            update(Annotation)
            .where(Annotation.moderator_id == person(LIAR))
            .values(state="withdrawn")
        )
    found = json.loads(curate("moderators", "--json").stdout)
    rows = {one["moderator"]: one for one in found["moderators"]}
    assert rows[person(LIAR)]["answers"] == 0
    assert rows[person(1)]["agreement"]["value"] == 1.0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("suspend", "ff"), "no moderator's pseudonym begins with 'ff'"),
        (("suspend", "Amara"), "no moderator's pseudonym begins with 'Amara'"),
        (("show", "0"), "4 moderators' pseudonyms begin with '0'"),
        (("--json", "--csv"), "give one of them"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_a_sentence(
    sqlite_workspace: Workspace, arguments: tuple[str, ...], sentence: str
) -> None:
    campaign(sqlite_workspace)
    done = curate("moderators", *arguments)
    assert (done.exit_code, sentence in done.stderr) == (2, True), done.stderr


def test_nobody_yet_is_said_so(sqlite_workspace: Workspace) -> None:
    assert "nobody has voted" in curate("moderators").stdout
    assert json.loads(curate("moderators", "--json").stdout)["moderators"] == []
    assert curate("moderators", "--csv").stdout == "moderator\n"
