"""Gold: faces whose right answers are known."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from moderation.answers import FINE, pull, push, vote
from moderation.campaign_votes import START, add_answers, add_tasks, person
from moderation.commands import curate
from moderation.faces import add_faces
from moderation.fixtures import Place
from sqlalchemy import select

from curation.database.models import Gold, Verdict
from curation.moderation.campaign import Campaign
from curation.moderation.gold import grow
from curation.moderation.gold_mix import Mixed, Standing, mix
from curation.moderation.label_studio import LabelStudioClient
from curation.moderation.standing import read_report
from curation.moderation.verdicts import VerdictStage
from curation.stages import run
from curation.workspace import Workspace

MAN = FINE | {"gender": "male"}


def judge(workspace: Workspace) -> None:
    run(VerdictStage(Campaign(workspace).id, workspace.settings.moderation), workspace.database)


def known(workspace: Workspace) -> dict[tuple[str, str], str]:
    with workspace.database.session() as session:
        rows = session.execute(select(Gold.face_id, Gold.attribute, Gold.value)).all()
    return {(row.face_id, row.attribute): row.value for row in rows}


def states(workspace: Workspace) -> dict[str, str]:
    with workspace.database.session() as session:
        return {row.face_id: row.state for row in session.execute(select(Gold)).scalars()}


def test_gold_grows_from_faces_on_which_enough_moderators_are_of_one_mind(
    workspace: Workspace,
) -> None:
    unanimous, one_differs, two_votes, cannot_tell = add_faces(workspace, 4)
    tasks = add_tasks(workspace, [unanimous, one_differs, two_votes, cannot_tell])
    answers: list[tuple[str, int, dict[str, str]]] = []
    answers += [(unanimous, one, MAN) for one in (1, 2, 3)]
    answers += [(one_differs, one, FINE | {"age_fits": "yes"}) for one in (1, 2, 3)]
    answers += [(one_differs, 4, FINE | {"age_fits": "too_old"})]
    answers += [(two_votes, one, FINE) for one in (1, 2)]
    answers += [(cannot_tell, one, FINE | {"gender": "unclear"}) for one in (1, 2, 3)]
    add_answers(workspace, tasks, answers)
    judge(workspace)
    project, settings = Campaign(workspace).id, workspace.settings.moderation
    assert grow(workspace.database, project, settings) == 1
    assert known(workspace) == {(unanimous, name): value for name, value in MAN.items()}
    assert grow(workspace.database, project, settings) == 0


def test_who_made_a_face_gold_is_not_measured_by_it_and_nobody_is_measured_twice(
    workspace: Workspace,
) -> None:
    faces = add_faces(workspace, 3)
    tasks = add_tasks(workspace, faces)
    add_answers(workspace, tasks, [(face, one, FINE) for face in faces for one in (1, 2, 3)])
    judge(workspace)
    project = Campaign(workspace).id
    # Three votes of unknown moderators do not make 99 % of a question with two answers.
    settings = workspace.settings.moderation.model_copy(update={"gold_probability": 0.95})
    assert grow(workspace.database, project, settings) == 3
    later = START + timedelta(hours=1)
    add_answers(workspace, tasks, [(face, 4, MAN) for face in faces], start=later)
    report = read_report(workspace.database, project, settings)
    by_name = {one.pseudonym: one for one in report.moderators}
    assert by_name[person(1)].gold.of == 0
    tested = by_name[person(4)]
    assert (tested.gold.right, tested.gold.of) == (6, 9)
    assert tested.others.of == 0
    assert tested.questions["gender"].confusion.tolist() == [[0, 3, 0], [0, 0, 0], [0, 0, 0]]
    # To be gold adds no vote: the verdict is that of four votes, one of each moderator.
    judge(workspace)
    with workspace.database.session() as session:
        assert set(session.scalars(select(Verdict.votes))) == {4}


@pytest.mark.parametrize(
    ("answers", "gold", "unseen", "owed"),
    [(100, 0, 0, 1), (100, 0, 4, 0), (400, 0, 0, 5), (400, 8, 0, 3), (0, 0, 0, 0), (60, 0, 0, 0)],
)
def test_what_is_owed_brings_the_share_of_gold_to_its_rate(
    answers: int, gold: int, unseen: int, owed: int
) -> None:
    assert Standing(("a", "b", "c", "d"), answers, gold, unseen).owed(0.05) == owed


def served(client: LabelStudioClient, project: int) -> dict[str, Any]:
    """What the label stream hands this moderator now, as a browser would ask for it."""
    answer = client._sdk._client_wrapper.httpx_client.request(
        f"api/projects/{project}/next", method="GET"
    )
    if answer.status_code == 404:  # nothing is left for this moderator
        return {}
    assert answer.status_code == 200
    return dict(answer.json())


@pytest.mark.label_studio
def test_gold_is_served_by_the_stream_to_whoever_has_not_seen_it_and_looks_like_any_task(
    sqlite_place: Place, moderators: list[LabelStudioClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"VOTES": 2, "GOLD_VOTES": 2, "GOLD_PROBABILITY": 0.95, "GOLD_RATE": 0.4}
    for name, value in settings.items():
        monkeypatch.setenv(f"EVENFACE_MODERATION__{name}", str(value))
    first, second, third = moderators
    with sqlite_place.at(sqlite_place.campaign.server) as place:
        tasks = push(place, 4)
        project = place.campaign.row(place.workspace.database)
        assert project is not None
        gold_face = min(tasks, key=lambda face: tasks[face])
        others = sorted(set(tasks.values()) - {tasks[gold_face]})
        for moderator in (first, second):
            vote(moderator, tasks[gold_face])
        vote(third, others[0])
        vote(third, others[1])
        vote(third, others[2])
        pull(place)
        # Of five answers two may go to gold; the third moderator alone has not seen the face.
        assert served(third, project.remote_id) == {}
        assert mix(place.campaign) == Mixed(grown=1, opened=0)
        monkeypatch.setenv("EVENFACE_MODERATION__GOLD_RATE", "0.5")
        vote(first, others[0], MAN)
        pull(place)
    with sqlite_place.at(sqlite_place.campaign.server) as place:
        assert mix(place.campaign) == Mixed(opened=1)
        assert states(place.workspace) == {gold_face: "open"}
        task = served(third, project.remote_id)
        assert task["id"] == tasks[gold_face]
        plain = third._sdk.tasks.get(str(others[0]))
        assert set(task["data"]) == set(plain.data)
        assert served(first, project.remote_id).get("id") != tasks[gold_face]
        assert mix(place.campaign) == Mixed()
        vote(third, tasks[gold_face], MAN)
        pull(place)
        assert mix(place.campaign).closed == 1
        assert states(place.workspace) == {gold_face: "spent"}
        report = read_report(
            place.workspace.database, place.campaign.id, place.workspace.settings.moderation
        )
        measured = [one for one in report.moderators if one.gold.of]
        assert [(one.gold.right, one.gold.of) for one in measured] == [(2, 3)]
        assert third._sdk.tasks.get(str(tasks[gold_face])).is_labeled


def test_gold_that_most_contradict_is_believed_no_longer(
    sqlite_place: Place, moderators: list[LabelStudioClient], tmp_path: Path
) -> None:
    tasks = push(sqlite_place, 1)
    (face,) = tasks
    file = tmp_path / "known.csv"
    file.write_text(f"face,gender\n{face},male\n")
    assert "right answers to 1 faces" in curate("gold", "import", str(file)).stdout
    for moderator in moderators:
        vote(moderator, tasks[face])
    done = curate("pull")
    assert "1 retired, for most say otherwise" in done.stdout
    assert states(sqlite_place.workspace) == {face: "retired"}
    report = read_report(
        sqlite_place.workspace.database,
        sqlite_place.campaign.id,
        sqlite_place.workspace.settings.moderation,
    )
    assert {one.gold.of for one in report.moderators} == {0}
    assert json.loads(curate("gold", "--json").stdout)["known"] == [
        {"question": "gender", "answer": "male", "retired": 1}
    ]


def test_known_answers_from_a_file_go_before_grown_ones(
    sqlite_workspace: Workspace, tmp_path: Path
) -> None:
    (face,) = add_faces(sqlite_workspace, 1)
    tasks = add_tasks(sqlite_workspace, [face])
    add_answers(sqlite_workspace, tasks, [(face, one, FINE) for one in (1, 2, 3)])
    judge(sqlite_workspace)
    campaign, settings = Campaign(sqlite_workspace), sqlite_workspace.settings.moderation
    grow(sqlite_workspace.database, campaign.id, settings)
    file = tmp_path / "known.csv"
    file.write_text(f"face,gender,relevant\n{face},male,\n")
    assert curate("gold", "import", str(file)).exit_code == 0
    assert known(sqlite_workspace)[face, "gender"] == "male"
    report = read_report(sqlite_workspace.database, campaign.id, settings)
    assert {(one.gold.right, one.gold.of) for one in report.moderators} == {(0, 1)}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("id,gender\n1,male\n", "no column face or image"),
        ("face,gendre\n1,male\n", "a column 'gendre', which is no question"),
        ("face,gender\n1,alien\n", "line 2: 'alien' is no answer to gender"),
        ("face,gender\n1,\n", "line 2 has no answer"),
        ("face,gender\n1,male\n", "line 2: 1 is no face of this workspace"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_whole(
    sqlite_workspace: Workspace, tmp_path: Path, text: str, sentence: str
) -> None:
    file = tmp_path / "known.csv"
    file.write_text(text)
    done = curate("gold", "import", str(file))
    assert (done.exit_code, sentence in done.stderr) == (2, True), done.stderr
    assert known(sqlite_workspace) == {}
