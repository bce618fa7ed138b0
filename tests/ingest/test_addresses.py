"""No address leads to this machine or its network, and no log shows a secret."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable

import pytest
from ingest_parts import WebServer, body, fetch, ingest, jpeg, reasons, status
from sqlalchemy import select

from curation.database.models import Rejection
from curation.ingest import addresses, client
from curation.ingest.addresses import ForbiddenAddressError, Resolver, is_public, shown
from curation.workspace import Workspace


@pytest.mark.parametrize(
    "address",
    [
        *("93.184.216.34", "8.8.8.8", "2606:4700::1111"),
        *("::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"),
    ],
)
def test_addresses_of_the_public_internet_may_be_asked(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.9.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1"),
        *("100.64.0.1", "169.254.169.254", "224.0.0.1", "239.1.1.1", "240.0.0.1"),
        *("255.255.255.255", "192.0.2.1", "198.18.0.1"),
        *("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "fec0::1", "ff02::1"),
        *("2001:db8::1", "2001:0:53aa:64c:0:0:0:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1"),
        *("::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::7f00:1", "2002:7f00:1::1"),
        *("2002:a00:1::", "not an address", ""),
    ],
)
def test_all_others_may_not(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    ("url", "to_be_seen"),
    [
        ("https://me:secret@example.org/a.jpg", "https://example.org/a.jpg"),
        ("https://example.org/a.jpg?size=4&id=9", "https://example.org/a.jpg?size=4&id=9"),
        ("https://e.org/a?access_token=SECRET&w=9", "https://e.org/a?access_token=hidden&w=9"),
        ("https://e.org/a#SECRET", "https://e.org/a"),
        ("https://[broken/a?token=SECRET", "https://[broken/a"),
        ("photos/a.jpg", "photos/a.jpg"),
    ],
)
def test_an_address_is_shown_without_what_opens_it(url: str, to_be_seen: str) -> None:
    assert shown(url) == to_be_seen


@pytest.mark.parametrize(
    "name",
    [
        *("access_token", "sig", "Signature", "X-Amz-Signature", "X-Amz-Credential", "oh", "oe"),
        *("key", "token", "api_key", "apikey", "auth", "X-Goog-Signature", "password"),
        "client_secret",
    ],
)
def test_the_known_names_of_secrets_are_hidden(name: str) -> None:
    assert "SECRET" not in shown(f"https://example.org/a.jpg?{name}=SECRET&w=3")


def _pretend_public(monkeypatch: pytest.MonkeyPatch, *public: str) -> None:
    """Let some addresses of this machine pass for public ones."""
    for module in (addresses, client):
        monkeypatch.setattr(module, "is_public", lambda a: a in public or is_public(a))


Redirect = Callable[[int], str]


@pytest.mark.parametrize(
    "target",
    [
        lambda port: f"http://127.0.0.2:{port}/secret.jpg",
        lambda port: f"http://2130706434:{port}/secret.jpg",  # 127.0.0.2 as one number
        lambda port: f"http://0x7f.0.0.2:{port}/secret.jpg",
        lambda port: f"http://[::ffff:127.0.0.2]:{port}/secret.jpg",
        lambda port: f"http://[::1]:{port}/secret.jpg",
        lambda port: "http://169.254.169.254/latest/meta-data/secret.jpg",
        lambda port: "file:///etc/passwd",
    ],
)
def test_a_redirect_to_a_private_address_is_not_followed(
    target: Redirect, sqlite_workspace: Workspace, web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _pretend_public(monkeypatch, "127.0.0.1")
    port = int(web.url.rpartition(":")[2])
    web.answers |= {
        "/a.jpg": status(302, Location=target(port)),
        "/secret.jpg": body(jpeg(1)),
    }
    ingest(sqlite_workspace, web.url + "/a.jpg")
    report = fetch(sqlite_workspace, allow_private_addresses=False)
    assert set(report.rejected) <= {"private-address", "bad-address"}
    assert report.rejected.total() == 1
    assert "/a.jpg" in web.requests
    assert "/secret.jpg" not in web.requests


def test_an_address_of_this_machine_is_refused_in_words_that_name_the_setting(
    sqlite_workspace: Workspace, web: WebServer
) -> None:
    web.answers["/a.jpg"] = body(jpeg(2))
    by_name = web.url.replace("127.0.0.1", "localhost")  # a name that resolves to loopback
    ingest(sqlite_workspace, f"{web.url}/a.jpg", f"{by_name}/b.jpg")
    fetch(sqlite_workspace, allow_private_addresses=False)
    assert reasons(sqlite_workspace) == {"a.jpg": "private-address", "b.jpg": "private-address"}
    with sqlite_workspace.database.session() as session:
        details = session.scalars(select(Rejection.detail)).all()
    assert all("ingest.allow_private_addresses" in detail for detail in details)
    assert web.requests == []


def test_a_server_is_asked_by_its_name_though_the_connection_goes_to_the_checked_address(
    sqlite_workspace: Workspace, web: WebServer
) -> None:
    web.answers["/a.jpg"] = body(jpeg(2))
    by_name = web.url.replace("127.0.0.1", "localhost")
    ingest(sqlite_workspace, f"{by_name}/a.jpg")
    assert fetch(sqlite_workspace).added["images"] == 1
    assert f"{by_name}/a.jpg" in web.asked


def test_tls_names_the_host_and_not_the_address(sqlite_workspace: Workspace) -> None:
    hellos: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:  # the test is over
                    return
                with connection:
                    hellos.append(connection.recv(4096))

        threading.Thread(target=listen, daemon=True).start()
        ingest(sqlite_workspace, f"https://localhost:{server.getsockname()[1]}/a.jpg")
        assert fetch(sqlite_workspace).added["to retry later"] == 1
        server.shutdown(socket.SHUT_RDWR)
    assert hellos
    assert all(b"localhost" in hello for hello in hellos)  # the server name stands there in clear


def test_a_name_that_changes_between_check_and_connection_is_asked_for_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = [[(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 80))]]

    async def twice() -> list[str]:
        async def look_up(*_: object, **__: object) -> list[tuple[object, ...]]:
            return answers.pop()  # a second look-up finds nothing left and fails

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up)
        resolver = Resolver(allow_private=False)
        found = [await resolver.resolve("rebinding.example", 80) for _ in range(2)]
        return [one["host"] for answer in found for one in answer]

    assert asyncio.run(twice()) == ["93.184.216.34"] * 2


def test_the_socket_itself_refuses_an_address_that_nobody_checked() -> None:
    resolver = Resolver(allow_private=False)
    with pytest.raises(ForbiddenAddressError, match=r"127\.0\.0\.1 is not on the public internet"):
        resolver.socket_for((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80)))


def test_of_a_name_with_public_and_private_addresses_only_the_public_are_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def resolve() -> list[str]:
        async def look_up(*_: object, **__: object) -> list[tuple[object, ...]]:
            return [
                (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80))
                for address in ("10.0.0.1", "8.8.8.8")
            ]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up)
        return [one["host"] for one in await Resolver(allow_private=False).resolve("both.example")]

    assert asyncio.run(resolve()) == ["8.8.8.8"]


def test_many_who_ask_for_one_name_share_one_look_up(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = threading.Semaphore(1)

    async def resolve() -> None:
        async def look_up(*_: object, **__: object) -> list[tuple[object, ...]]:
            assert asked.acquire(blocking=False)
            await asyncio.sleep(0.01)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 80))]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up)
        resolver = Resolver(allow_private=False)
        await asyncio.gather(*(resolver.resolve("one.example", 80) for _ in range(50)))

    asyncio.run(resolve())
