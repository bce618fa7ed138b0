"""Accounts for moderators, and what is known of them afterwards."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator

import httpx
import pytest
from moderation.answers import pull, push, vote
from moderation.commands import curate
from moderation.fixtures import LabelStudio, Place

from curation.errors import UsageError
from curation.moderation.accounts import account_key
from curation.moderation.invitations import addresses_of, first_password
from curation.moderation.label_studio import LabelStudioClient


def log_in(link: str, address: str, password: str) -> httpx.Response:
    """Fill in the form behind the link, as a browser does; return where it leads."""
    with httpx.Client(follow_redirects=True, timeout=60) as browser:
        browser.get(link)
        form = {"email": address, "password": password}
        form["csrfmiddlewaretoken"] = browser.cookies["csrftoken"]
        return browser.post(link, data=form, headers={"Referer": link})


def test_an_invited_moderator_logs_in_labels_and_is_a_pseudonym_in_the_workspace(
    sqlite_place: Place, label_studio: LabelStudio, caplog: pytest.LogCaptureFixture
) -> None:
    tasks = push(sqlite_place, 1)
    done = curate("moderators", "invite", "Amara Okafor", "boris.invited@example.org", "--json")
    assert done.exit_code == 0, done.stderr
    amara, boris = json.loads(done.stdout)
    assert amara["address"] == "amara.okafor@moderators.local"
    assert boris["address"] == "boris.invited@example.org"
    project = sqlite_place.campaign.row(sqlite_place.workspace.database)
    assert project is not None
    page = log_in(amara["link"], amara["address"], amara["password"])
    assert page.status_code == 200
    assert str(page.url).endswith(f"/projects/{project.remote_id}/data?labeling=1")
    assert "/user/login" in str(log_in(boris["link"], boris["address"], "wrong-password").url)

    with LabelStudioClient(label_studio.url, label_studio.api_key) as admin:
        key = account_key(admin, amara["address"], amara["password"])
    with LabelStudioClient(label_studio.url, key) as client:
        (task,) = tasks.values()
        vote(client, task)
    pull(sqlite_place)
    rows = json.loads(curate("moderators", "--json").stdout)["moderators"]
    assert [row["moderator"] for row in rows] == [amara["pseudonym"]]

    again = curate("moderators", "invite", "Amara Okafor").stdout
    assert "amara.okafor@moderators.local  (has an account already" in again
    assert amara["pseudonym"][:8] in again

    root = sqlite_place.workspace.root
    with sqlite3.connect(root / "evenface.db") as database:
        stored = "\n".join(database.iterdump()).lower()
    kept = b"\n".join(path.read_bytes() for path in root.rglob("*") if path.is_file()).lower()
    for secret in ("okafor", "boris.invited", amara["password"], boris["password"]):
        assert secret not in stored + caplog.text.lower()
        assert secret.encode() not in kept


@pytest.fixture
def default_security(label_studio: LabelStudio) -> Iterator[str]:
    """The shared server as it is by default: no legacy keys; a user's token. Put back after."""
    with LabelStudioClient(label_studio.url, label_studio.api_key) as admin:
        key = account_key(admin, "default-security@localhost", "long enough a password")
    headers = {"Authorization": f"Token {key}"}
    with httpx.Client(base_url=label_studio.url, timeout=60) as client:
        both = {"api_tokens_enabled": True, "legacy_api_tokens_enabled": True}
        client.post("/api/jwt/settings", json=both, headers=headers).raise_for_status()
        made = client.post("/api/token/", headers=headers)
        token = made.json()["token"]
        access = client.post("/api/token/refresh/", json={"refresh": token}).json()["access"]
        bearer = {"Authorization": f"Bearer {access}"}
        only_new = both | {"legacy_api_tokens_enabled": False}
        client.post("/api/jwt/settings", json=only_new, headers=bearer).raise_for_status()
        yield token
        client.post("/api/jwt/settings", json=both, headers=bearer).raise_for_status()


@pytest.mark.filterwarnings("ignore:The .parse_obj. method")  # of the SDK, with such tokens
def test_a_server_with_default_security_gives_accounts_and_tokens_too(
    default_security: str, sqlite_place: Place, label_studio: LabelStudio
) -> None:
    with sqlite_place.at(label_studio.url, default_security):
        done = curate("moderators", "invite", "elif", "--json")
        assert done.exit_code == 0, done.stderr
        elif_ = json.loads(done.stdout)[0]
        assert "/projects/" in str(log_in(elif_["link"], elif_["address"], elif_["password"]).url)
    with LabelStudioClient(label_studio.url, default_security) as admin:
        key = account_key(admin, "farid@moderators.local", "long enough a password")
    with LabelStudioClient(label_studio.url, key) as client:
        assert client.user_name() == "farid@moderators.local"


def test_names_become_addresses_and_what_cannot_is_refused() -> None:
    assert addresses_of(["Amara  Okafor", "b@x.org"]) == {
        "Amara  Okafor": "amara.okafor@moderators.local",
        "b@x.org": "b@x.org",
    }
    for names, sentence in (
        (["a", "A"], "a@moderators.local is named twice"),
        (["амара"], "makes no address"),
        (["a@b@c"], "makes no address"),
        ([""], "makes no address"),
    ):
        with pytest.raises(UsageError, match=sentence):
            addresses_of(names)


def test_first_passwords_differ_and_can_be_typed() -> None:
    passwords = {first_password() for _ in range(100)}
    assert len(passwords) == 100
    assert all(re.fullmatch(r"([a-hj-kmnp-z2-9]{4}-){3}[a-hj-kmnp-z2-9]{4}", p) for p in passwords)
