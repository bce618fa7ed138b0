"""`curate push --repair`: what a server lost comes back, with its votes, and nothing twice."""

from __future__ import annotations

from collections import Counter

import pytest
from moderation.answers import FINE, pull, push, tables, vote
from moderation.commands import curate
from moderation.fixtures import Place
from moderation.test_push import assert_one_task_for_each, remote_tasks
from sqlalchemy import select, update

from curation.database.models import Annotation, Face, Image, Moderator, Task, Vote
from curation.database.upsert import insert_new
from curation.moderation.label_studio import LabelStudioClient
from curation.moderation.questions import result_of


def counted(place: Place) -> Counter[tuple[str, str, str]]:
    """The votes that count: task, moderator and state of the answer, with how many votes."""
    with place.workspace.database.session() as session:
        rows = session.execute(
            select(Annotation.task_id, Annotation.moderator_id, Annotation.state).join(
                Vote, Vote.annotation_id == Annotation.id
            )
        )
        return Counter((row[0], row[1], row[2]) for row in rows)


def test_tasks_and_projects_deleted_by_hand_come_back_with_their_votes(
    place: Place, moderators: list[LabelStudioClient], admin: LabelStudioClient
) -> None:
    tasks = push(place, 5)
    faces = sorted(tasks)
    voted, untouched, *_ = tasks.values()
    for moderator in moderators[:2]:
        vote(moderator, voted)
    pull(place)
    before, verdicts = counted(place), tables(place)["verdict"]
    assert len(before) == 2

    admin.delete_task(voted)
    admin.delete_task(untouched)
    assert "2 tasks that were pushed are no longer" in curate("pull").stderr
    said = curate("push", "--repair")
    assert "5 tasks checked; 2 are missing there; 2 answers to them are safe here" in said.stdout
    assert "answers sent back 2, tasks 2" in said.stdout
    assert_one_task_for_each(place, faces)
    back = [task for task in remote_tasks(place) if task.annotations]
    names = admin.users()
    assert [sorted(names[one.user or 0] for one in task.annotations) for task in back] == [
        ["moderator-0@localhost", "moderator-1@localhost"]
    ]
    pull(place)
    assert (counted(place), tables(place)["verdict"]) == (before, verdicts)
    # What came back is the same answer as before: its moderator may still change it.
    moderators[0]._sdk.annotations.update(
        back[0].annotations[0].id, result=result_of(FINE | {"gender": "male"})
    )
    assert pull(place).added["superseded"] == 1
    changed = counted(place)
    assert sorted(Counter(state for _, _, state in changed).items()) == [
        ("current", 2),
        ("superseded", 1),
    ]

    project = place.campaign.row(place.workspace.database)
    assert project is not None
    admin._sdk.projects.delete(project.remote_id)
    refused = curate("push")
    assert refused.exit_code == 0  # nothing is to be sent, so nobody looks
    with place.workspace.database.session() as session:
        session.execute(update(Task).where(Task.face_id == faces[4]).values(remote_id=None))
    refused = curate("push")
    assert (refused.exit_code, "`curate push --repair`" in refused.stderr) == (1, True)
    said = curate("push", "--repair")
    assert "the project was gone and is made again; 4 are missing" in said.stdout
    assert_one_task_for_each(place, faces)
    pull(place)
    assert counted(place) == changed
    assert "all of them are there" in curate("push", "--repair").stdout
    assert_one_task_for_each(place, faces)


def test_votes_of_moderators_whom_a_wiped_server_does_not_know_are_not_asked_for_again(
    sqlite_place: Place, moderators: list[LabelStudioClient], admin: LabelStudioClient
) -> None:
    """Three votes are wanted: one of a stranger leaves two to be asked for, three leave none."""
    one, three = push(sqlite_place, 2).values()
    vote(moderators[0], one)
    for moderator in moderators:
        vote(moderator, three)
    pull(sqlite_place)
    with sqlite_place.workspace.database.session() as session:
        known = session.scalars(select(Moderator.id)).all()
        gone = {old: f"{number:032x}" for number, old in enumerate(known)}
        insert_new(session, Moderator, [{"id": new, "status": "active"} for new in gone.values()])
        for old, new in gone.items():
            session.execute(
                update(Annotation).where(Annotation.moderator_id == old).values(moderator_id=new)
            )
    before = counted(sqlite_place)
    for task in (one, three):
        admin.delete_task(task)
    assert "answers sent back" not in curate("push", "--repair").stdout
    project = sqlite_place.campaign.row(sqlite_place.workspace.database)
    assert project is not None
    listed = admin._sdk.tasks.list(project=project.remote_id, include="id,overlap,is_labeled")
    assert sorted((task.overlap, task.is_labeled) for task in listed) == [(1, False), (1, True)]
    pull(sqlite_place)
    assert counted(sqlite_place) == before


def test_tasks_made_with_other_addresses_and_texts_are_given_the_present_ones(
    sqlite_place: Place,
) -> None:
    push(sqlite_place, 2)
    with sqlite_place.workspace.database.session() as session:
        session.execute(update(Face).values(crop_key="crops/moved.jpg"))
    assert "2 were given their present texts" in curate("push", "--repair").stdout
    assert all(task.data["crop"].endswith("crops/moved.jpg") for task in remote_tasks(sqlite_place))


def test_another_language_is_the_same_project_and_another_question_is_a_new_one(
    sqlite_place: Place,
    moderators: list[LabelStudioClient],
    admin: LabelStudioClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (task,) = push(sqlite_place, 1).values()
    vote(moderators[0], task)
    pull(sqlite_place)
    first = sqlite_place.campaign.row(sqlite_place.workspace.database)
    assert first is not None
    monkeypatch.setenv("EVENFACE_MODERATION__LANGUAGES", '["ru", "es"]')
    assert "nothing to do" in curate("push", "--repair").stdout
    shown = admin.project(first.remote_id)
    assert shown is not None
    assert "женский · femenino" in shown.config
    assert "Сначала посмотрите" in shown.guide
    assert len(counted(sqlite_place)) == 1

    monkeypatch.setenv("EVENFACE_MODERATION__ASK_RACE", "true")
    said = curate("push")
    assert f"the questions are not those of {first.questions} any more" in said.stdout
    assert "1 answers to the old questions are kept" in said.stdout
    assert "1 faces" in said.stdout
    assert "questions are not" not in curate("push").stdout
    with sqlite_place.workspace.database.session() as session:
        assert len(session.scalars(select(Task.project_id).distinct()).all()) == 2
        assert session.scalars(select(Image.kept)).all() == [True]
