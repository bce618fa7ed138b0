"""The client against the real server: what it does, and what it says when it cannot."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from moderation.fixtures import PASSWORD, LabelStudio

from curation.errors import LabelStudioError
from curation.moderation.accounts import account_key
from curation.moderation.label_studio import (
    LOOKUP_BATCH,
    InterruptedRequestError,
    LabelStudioClient,
)
from curation.moderation.questions import labelling_config, result_of, task_data

VOTES = result_of({"gender": "female", "age_fits": "yes", "relevant": "yes"})


@pytest.fixture
def project(admin: LabelStudioClient, request: pytest.FixtureRequest) -> int:
    title = f"{request.node.name[:40]} {uuid.uuid4().hex[:6]}"
    return admin.create_project(title, labelling_config(), "")


def _tasks(number: int) -> list[dict[str, str]]:
    return [task_data(f"face {n:04}", "/c.jpg", "/p.jpg", 7.0) for n in range(number)]


def test_a_wrong_key_is_said_to_be_wrong_and_where_it_comes_from(
    label_studio: LabelStudio,
) -> None:
    with (
        LabelStudioClient(label_studio.url, "0" * 40) as client,
        pytest.raises(LabelStudioError, match="EVENFACE_LABEL_STUDIO__API_KEY") as raised,
    ):
        client.user_name()
    assert label_studio.url in str(raised.value)
    assert "0" * 40 not in str(raised.value)


def test_a_key_that_was_revoked_is_refused_like_a_wrong_one(
    admin: LabelStudioClient, label_studio: LabelStudio
) -> None:
    key = account_key(admin, "leaver@localhost", PASSWORD)
    with LabelStudioClient(label_studio.url, key) as leaver:
        assert leaver.user_name() == "leaver@localhost"
        leaver._sdk.users.reset_token()
        with pytest.raises(LabelStudioError, match="revoked"):
            leaver.user_name()


def test_a_server_that_is_not_there_is_named_with_the_command_that_starts_one() -> None:
    with (
        LabelStudioClient("http://127.0.0.1:9", "key") as client,
        pytest.raises(LabelStudioError, match="curate label-studio up") as raised,
    ):
        client.user_name()
    assert "http://127.0.0.1:9" in str(raised.value)
    assert not isinstance(raised.value, InterruptedRequestError)


@pytest.fixture
def web_page() -> Iterator[str]:
    """The address of a server that answers everything with a web page."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>Hello</html>")

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_something_else_at_the_address_is_told_from_label_studio(web_page: str) -> None:
    with (
        LabelStudioClient(web_page, "key") as client,
        pytest.raises(LabelStudioError, match="does not speak like Label Studio"),
    ):
        client.user_name()


def test_an_answer_that_takes_too_long_leaves_open_what_was_done(
    label_studio: LabelStudio, project: int
) -> None:
    with (
        LabelStudioClient(label_studio.url, label_studio.api_key, timeout=0.001) as client,
        pytest.raises(InterruptedRequestError, match="did not answer"),
    ):
        client.import_tasks(project, _tasks(2))


def test_a_project_that_is_gone_is_missed_in_a_sentence(admin: LabelStudioClient) -> None:
    for asking in (
        lambda: admin.set_overlap(999_999, 3),
        lambda: admin.import_tasks(999_999, _tasks(1)),
        lambda: admin.newest_change(999_999),
    ):
        with pytest.raises(LabelStudioError, match=r"404.*deleted"):
            asking()


def test_a_request_the_server_refuses_carries_the_server_s_own_reason(
    admin: LabelStudioClient, project: int
) -> None:
    with pytest.raises(LabelStudioError, match="No tasks added"):
        admin.import_tasks(project, [])


def test_moderators_vote_blind_and_as_many_as_asked_for(
    admin: LabelStudioClient, project: int
) -> None:
    admin.set_overlap(project, 4)
    settings = admin._sdk.projects.get(project)
    assert settings.maximum_annotations == 4
    assert settings.show_collab_predictions is False


def test_ids_come_back_in_the_order_in_which_tasks_were_sent(
    admin: LabelStudioClient, project: int
) -> None:
    sent = _tasks(LOOKUP_BATCH + 20)
    ids = admin.import_tasks(project, sent)
    found = admin.find_tasks(project, "face", [task["face"] for task in sent] + ["nobody"])
    assert [found[task["face"]][0].id for task in sent] == ids
    assert len(found) == len(sent)


def test_every_one_of_several_tasks_for_the_same_face_is_found(
    admin: LabelStudioClient, project: int
) -> None:
    first = admin.import_tasks(project, _tasks(LOOKUP_BATCH))
    second = admin.import_tasks(project, _tasks(LOOKUP_BATCH))
    found = admin.find_tasks(project, "face", [task["face"] for task in _tasks(LOOKUP_BATCH)])
    pairs = [[task.id for task in tasks] for tasks in found.values()]
    assert sorted(pairs) == [list(pair) for pair in zip(first, second, strict=True)]


def test_changes_are_found_by_time_in_pages_that_follow_the_ids(
    admin: LabelStudioClient, project: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curation.moderation.label_studio_reading.CHANGES_PAGE", 4)
    ids = admin.import_tasks(project, _tasks(10))
    assert [[t.id for t in page] for page in admin.changed_tasks(project, None)] == [
        ids[:4],
        ids[4:8],
        ids[8:],
    ]
    before = admin.newest_change(project)
    assert before is not None
    assert admin.count_changed(project, before) == 0
    assert list(admin.changed_tasks(project, before)) == []

    for task in (ids[7], ids[2]):
        admin.annotate(task, VOTES, unique_id=str(uuid.uuid4()), lead_time=1.5)
    assert admin.count_changed(project, before) == 2
    (page,) = admin.changed_tasks(project, before)
    assert [task.id for task in page] == [ids[2], ids[7]]
    (annotation,) = page[0].annotations
    assert list(annotation.result) == VOTES
    assert annotation.lead_time == 1.5
    assert before < annotation.updated_at <= datetime.now(UTC)


def test_the_same_answer_sent_twice_is_there_once(admin: LabelStudioClient, project: int) -> None:
    (task,) = admin.import_tasks(project, _tasks(1))
    answer = str(uuid.uuid4())
    assert admin.annotate(task, VOTES, unique_id=answer) is True
    assert admin.annotate(task, VOTES, unique_id=answer) is False
    (page,) = admin.changed_tasks(project, None)
    assert len(page[0].annotations) == 1


def test_each_moderator_votes_under_an_own_account(
    admin: LabelStudioClient, moderators: list[LabelStudioClient], project: int
) -> None:
    (task,) = admin.import_tasks(project, _tasks(1))
    for moderator in moderators:
        moderator.annotate(task, VOTES, unique_id=str(uuid.uuid4()))
    (page,) = admin.changed_tasks(project, None)
    users = admin.users()
    voters = [users[one.user] for one in page[0].annotations if one.user is not None]
    assert sorted(voters) == [f"moderator-{n}@localhost" for n in range(3)]


def test_an_account_that_exists_gives_its_key_again_but_not_to_a_wrong_password(
    admin: LabelStudioClient,
) -> None:
    key = account_key(admin, "returner@localhost", PASSWORD)
    assert account_key(admin, "returner@localhost", PASSWORD) == key
    with pytest.raises(LabelStudioError, match="did not let returner@localhost log in"):
        account_key(admin, "returner@localhost", "not the password")
