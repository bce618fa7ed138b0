"""`curate pull` that is stopped, limited, or overtaken by new answers."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from itertools import count

import pytest
from moderation.answers import pull, push, tables, vote
from moderation.commands import curate
from moderation.faulty_proxy import Fault, FaultyProxy
from moderation.fixtures import Place
from sqlalchemy import select

from curation.database.models import (
    AgeBias,
    Annotation,
    Confusion,
    ConsensusModel,
    Moderator,
    Project,
    Rejection,
    Task,
    Verdict,
    Vote,
)
from curation.moderation import label_studio_reading
from curation.moderation.label_studio import LabelStudioClient
from curation.moderation.pull import PullStage

# What a pull learns of moderators.
LEARNT = (Confusion, AgeBias, ConsensusModel)


def test_a_limited_pull_goes_on_where_it_stopped(
    sqlite_place: Place, moderators: list[LabelStudioClient]
) -> None:
    for task in push(sqlite_place, 5).values():
        vote(moderators[0], task)
    assert pull(sqlite_place, limit=2).processed == 2
    assert tables(sqlite_place)["project"][0][1] is None
    assert pull(sqlite_place, limit=2).processed == 2
    assert pull(sqlite_place).processed == 1
    assert len(tables(sqlite_place)["annotation"]) == 5


def test_a_pull_that_is_killed_and_run_again_ends_as_an_undisturbed_one(
    place: Place,
    proxy: FaultyProxy,
    moderators: list[LabelStudioClient],
) -> None:
    """The same votes are pulled twice: with a kill after the first page, and undisturbed."""
    with place.at(proxy.url) as through:
        tasks = sorted(push(through, label_studio_reading.CHANGES_PAGE + 20).values())
        for task in (tasks[0], tasks[1], tasks[-1]):
            for moderator in moderators[:2]:
                vote(moderator, task)
        pages = count(1)

        def hold(method: str, path: str) -> Fault | None:
            if path.startswith("/api/tasks") and "completed_by" in path:
                return "hold answer" if next(pages) == 2 else None
            return None

        proxy.fault = hold
        proxy.reached.clear()
        with subprocess.Popen(
            [sys.executable, "-m", "curation", "pull"], stdout=subprocess.DEVNULL
        ) as process:
            assert proxy.reached.wait(60)
            end = time.monotonic() + 60  # the page before is recorded while this one is waited for
            while len(tables(through)["annotation"]) < 4 and time.monotonic() < end:
                time.sleep(0.05)
            process.send_signal(signal.SIGKILL)
            assert process.wait(10) == -signal.SIGKILL
        halfway = tables(through)
        assert (halfway["project"][0][1], len(halfway["annotation"])) == (None, 4)
        proxy.fault = lambda method, path: None
        assert curate("pull").exit_code == 0
        after_the_kill = tables(through)

        with through.workspace.database.session() as session:  # undisturbed, from the beginning
            for model in (Rejection, Verdict, Vote, Annotation, *LEARNT, Moderator):
                session.query(model).delete()
            for project in session.scalars(select(Project)):
                project.pulled_until = None
        assert curate("pull").exit_code == 0
        undisturbed = tables(through)
        # The cursor moves on, for asking again changes tasks on the server.
        del undisturbed["project"], after_the_kill["project"]
        assert undisturbed == after_the_kill
        assert len(after_the_kill["annotation"]) == 6
        assert len(after_the_kill["verdict"]) == 9


def test_changes_while_the_pages_are_read_are_seen_by_this_pull_or_the_next(
    sqlite_place: Place, moderators: list[LabelStudioClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_studio_reading, "CHANGES_PAGE", 2)
    tasks = list(push(sqlite_place, 6).values())
    vote(moderators[0], tasks[2])
    stage = PullStage(sqlite_place.campaign)
    batches = stage.batches(sqlite_place.workspace.database)
    first = next(batches)
    assert [item.remote.id for item in first] == [tasks[2]]
    vote(moderators[0], tasks[0])  # its page was read already
    vote(moderators[0], tasks[5])
    # The page after the one that is worked on may have been asked for already.
    assert [item.remote.id for batch in batches for item in batch] in ([], [tasks[5]])

    pull(sqlite_place)
    with sqlite_place.workspace.database.session() as session:
        found = session.scalars(
            select(Task.remote_id).join(Annotation, Annotation.task_id == Task.id)
        ).all()
    assert sorted(int(one or 0) for one in found) == sorted([tasks[0], tasks[2], tasks[5]])
