"""How a campaign stands: figures by hand, the page's server, and what it gives to whom."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest
from moderation.campaign_votes import FINE, START, add_answers, add_tasks, person
from moderation.commands import curate
from moderation.faces import add_faces
from sqlalchemy import event, text

from curation.database.models import Claim
from curation.database.upsert import insert_new
from curation.moderation.campaign import Campaign
from curation.moderation.standing import change_standing
from curation.moderation.verdicts import VerdictStage
from curation.moderation.view.contested import crop_key, read_contested
from curation.moderation.view.figures import read_figures
from curation.moderation.view.server import ViewServer
from curation.moderation.view.state import Cache, read_state
from curation.stages import run
from curation.workspace import Workspace, open_workspace

MAN = FINE | {"gender": "male"}


def judge(workspace: Workspace) -> None:
    run(VerdictStage(Campaign(workspace).id, workspace.settings.moderation), workspace.database)


def campaign(workspace: Workspace) -> list[str]:
    """Six faces: two decided, one set aside, one contested, one with two votes, one with none."""
    faces = add_faces(workspace, 6, pictures=True)
    with workspace.database.session() as session:
        rows = [
            {"face_id": face, "attribute": "country", "value": country}
            | {"origin": "source", "confidence": 1.0}
            for face, country in zip(faces, ("FR", "FR", "FR", "NG", "NG"), strict=False)
        ]
        insert_new(session, Claim, rows)
    tasks = add_tasks(workspace, faces)
    said = [(faces[index], who, FINE) for index in (0, 1) for who in (1, 2, 3)]
    said += [(faces[2], who, FINE | {"relevant": "no", "gender": "unclear"}) for who in (1, 2, 3)]
    said += [
        (faces[3], who, {**FINE, "gender": value})
        for who, value in enumerate(("female", "male", "unclear", "female", "male"), 1)
    ]
    said += [(faces[4], 1, FINE), (faces[4], 2, MAN)]
    add_answers(workspace, tasks, said, seconds=60.0)
    judge(workspace)
    return faces


def test_faces_are_counted_by_question_country_and_age_as_by_hand(workspace: Workspace) -> None:
    campaign(workspace)
    state = read_state(workspace, START + timedelta(minutes=30))
    assert state["faces"] == {"decided": 3, "contested": 1, "open": 2, "all": 6}
    assert state["questions"]["gender"] == {"decided": 3, "contested": 1, "open": 2, "all": 6}
    assert state["questions"]["relevant"] == {"decided": 4, "contested": 0, "open": 2, "all": 6}
    assert state["countries"] == {
        "FR": {"decided": 3, "contested": 0, "open": 0, "all": 3},
        "NG": {"decided": 0, "contested": 1, "open": 1, "all": 2},
        "not known": {"decided": 0, "contested": 0, "open": 1, "all": 1},
    }
    assert state["ages"] == {"7-12": {"decided": 3, "contested": 1, "open": 2, "all": 6}}
    assert (state["answers"], state["suspended_answers"]) == (16, 0)
    # One more at the least for the face with two votes, two for the last, none for the contested.
    assert state["answers_to_come"] == 1 + 2
    assert state["answers_by_hour"] == [0] * 23 + [16]
    assert state["hours_left"] == pytest.approx(3 / 16)
    (contested,) = state["contested_faces"]
    assert contested["votes"] == {"gender": {"female": 2, "male": 2, "unclear": 1}}
    assert contested["claimed_age"] == 7.0


def test_the_rate_is_that_of_the_last_hour_or_else_of_the_busy_hours_of_the_day(
    sqlite_workspace: Workspace,
) -> None:
    campaign(sqlite_workspace)
    database, settings = sqlite_workspace.database, sqlite_workspace.settings
    project = Campaign(sqlite_workspace).id
    with database.session() as session:
        for hours, rate in ((0.5, 16), (5.5, 16), (30, None)):
            now = START + timedelta(hours=hours)
            assert read_figures(session, project, settings, now).rate == rate


def test_a_price_makes_the_cost_and_suspended_answers_are_paid_too(
    sqlite_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign(sqlite_workspace)
    with sqlite_workspace.database.session() as session:
        change_standing(session, person(1), "suspended")
    monkeypatch.setenv("EVENFACE_MODERATION__PRICE_PER_VOTE", "0.25")
    monkeypatch.setenv("EVENFACE_MODERATION__CURRENCY", "EUR")
    state = json.loads(curate("moderation", "status", "--json").stdout)
    assert (state["cost"]["spent"], state["suspended_answers"]) == (4.0, 5)
    assert state["waiting_for_verdicts"] == 5
    told = curate("moderation", "status").stdout
    assert "cost: 4.00 EUR so far" in told
    assert "of which 5 of suspended moderators do not count" in told
    assert "5 faces wait for `curate pull`" in told


def test_before_anything_was_pushed_the_way_on_is_told(sqlite_workspace: Workspace) -> None:
    done = curate("moderation", "status")
    assert (done.exit_code, done.stdout) == (
        0,
        "no face was put to the moderators yet; run `curate push`\n",
    )


@pytest.fixture
def view(sqlite_workspace: Workspace) -> Iterator[ViewServer]:
    campaign(sqlite_workspace)
    with ViewServer(sqlite_workspace) as server:
        yield server


def get(url: str, host: str | None = None) -> tuple[int, bytes, dict[str, str]]:
    """Ask for exactly this address, without tidying its path as a browser would."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
    connection.putrequest("GET", parts.path, skip_host=host is not None)
    if host is not None:
        connection.putheader("Host", host)
    connection.endheaders()
    answer = connection.getresponse()
    found = answer.status, answer.read(), dict(answer.getheaders())
    connection.close()
    return found


def test_the_page_needs_nothing_from_outside_and_its_figures_are_those_of_the_tables(
    view: ViewServer,
) -> None:
    status, page, headers = get(view.url)
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert b"http://" not in page.replace(b"http-equiv", b"") and b"https://" not in page
    status, content, headers = get(view.url + "state.json")
    assert (status, headers["Cache-Control"]) == (200, "no-store")
    state, expected = json.loads(content), read_state(view.workspace)
    same = ("faces", "questions", "countries", "ages", "contested_faces", "quality", "answers")
    assert {name: state[name] for name in same} == {name: expected[name] for name in same}


def test_it_gives_the_crops_of_this_campaign_and_no_other_file(view: ViewServer) -> None:
    workspace = view.workspace
    (face,) = [one["face"] for one in view.cache.state()["contested_faces"]]
    with workspace.database.session() as session:
        key = crop_key(session, Campaign(workspace).id, face)
    assert key is not None
    status, content, headers = get(f"{view.url}crop/{face}.jpg")
    assert (status, headers["Content-Type"]) == (200, "image/jpeg")
    assert content == workspace.store.read(key)
    (not_asked,) = add_faces(workspace, 1, first=99, pictures=True)
    refused = [f"crop/{not_asked}.jpg", f"crop/{'0' * 32}.jpg", "crop/../../evenface.toml"]
    refused += ["../secret", "crop/%2e%2e/secret", f"crop/{face}.jpg/../../secret", "secret"]
    assert [get(view.url + path)[0] for path in refused] == [404] * len(refused)
    with workspace.database.session() as session:
        session.execute(text("UPDATE face SET crop_key = '../secret' WHERE id = :f"), {"f": face})
    assert get(f"{view.url}crop/{face}.jpg")[0] == 404


def test_without_its_key_or_under_another_name_it_gives_nothing(view: ViewServer) -> None:
    plain = view.url.removesuffix(f"{view.key}/")
    assert get(plain)[0] == get(plain + "state.json")[0] == 404
    assert get(view.url, host="evil.example")[0] == 403
    port = urlsplit(view.url).port
    assert get(view.url, host=f"localhost:{port}")[0] == 200


def test_figures_are_worked_out_again_when_votes_changed_and_only_then(
    workspace: Workspace,
) -> None:
    faces = campaign(workspace)
    kept = Cache(workspace)
    first = kept.renew()
    statements: list[str] = []
    event.listen(
        workspace.database.engine,
        "before_cursor_execute",
        lambda _c, _u, statement, *_: statements.append(statement),
    )
    assert kept.renew() is first
    assert not any("vote.value" in statement for statement in statements)
    add_answers(
        workspace,
        {faces[5]: add_tasks(workspace, faces)[faces[5]]},
        [(faces[5], who, FINE) for who in (1, 2, 3)],
        start=START + timedelta(hours=2),
    )
    judge(workspace)
    assert kept.renew()["faces"]["decided"] == first["faces"]["decided"] + 1
    with workspace.database.session() as session:
        change_standing(session, person(1), "suspended")
    assert kept.renew()["suspended_answers"] == 6
    assert kept.state()["suspended_answers"] == 6


def test_the_contested_with_most_votes_come_first(sqlite_workspace: Workspace) -> None:
    faces = campaign(sqlite_workspace)
    tasks = add_tasks(sqlite_workspace, faces)
    more = [(faces[4], who, MAN if who % 2 else FINE) for who in (3, 4, 5, 6)]
    add_answers(sqlite_workspace, tasks, more, start=START + timedelta(hours=2))
    judge(sqlite_workspace)
    project, settings = Campaign(sqlite_workspace).id, sqlite_workspace.settings.moderation
    with sqlite_workspace.database.session() as session:
        found = read_contested(session, project, settings, 10)
        assert [one.face_id for one in found] == [faces[4], faces[3]]
        assert found[0].votes == {"gender": {"female": 3, "male": 3}}
        assert len(read_contested(session, project, settings, 1)) == 1


def test_the_command_serves_until_it_is_interrupted(sqlite_workspace: Workspace) -> None:
    campaign(sqlite_workspace)
    process = subprocess.Popen(
        [sys.executable, "-m", "curation", "moderation", "serve"],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        text=True,
    )
    assert process.stdout is not None
    url = process.stdout.readline().split()[4]
    with urllib.request.urlopen(url + "state.json") as answer:
        assert json.loads(answer.read())["faces"]["all"] == 6
    with pytest.raises(HTTPError):
        urllib.request.urlopen(url + "nothing")
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    process.stdout.close()


def test_a_port_that_is_taken_is_named(view: ViewServer) -> None:
    port = urlsplit(view.url).port
    done = curate("moderation", "serve", "--port", str(port))
    assert (done.exit_code, f"port {port} of 127.0.0.1 cannot be used" in done.stderr) == (2, True)


def test_the_queries_of_the_view_use_their_indexes_on_both_databases(workspace: Workspace) -> None:
    campaign(workspace)
    plans: list[str] = []

    def explain(
        connection: object, cursor: object, statement: str, parameters: object, *_: object
    ) -> None:
        if statement.startswith("SELECT"):
            prefix = "EXPLAIN QUERY PLAN " if workspace.database.is_sqlite else "EXPLAIN "
            raw = cursor.connection.cursor()  # type: ignore[attr-defined]
            raw.execute(prefix + statement, parameters)
            plans.extend(str(row[-1]) for row in raw.fetchall())
            raw.close()

    opened = open_workspace()
    with opened.database.session() as session:
        if not opened.database.is_sqlite:
            # A table of six rows is read whole, unless that is forbidden.
            session.execute(text("SET LOCAL enable_seqscan = off"))
        event.listen(opened.database.engine, "before_cursor_execute", explain)
        read_figures(session, Campaign(opened).id, opened.settings, START)
        read_contested(session, Campaign(opened).id, opened.settings.moderation, 10)
    opened.database.close()
    tables = ("annotation", "verdict", "vote", "face", "moderator", "task")
    read_whole = [
        line
        for line in plans
        for table in tables
        if f"Seq Scan on {table} " in line or (f"SCAN {table}" in line and "INDEX" not in line)
    ]
    assert plans and read_whole == []
