"""The workspace's own Label Studio: start, look, stop.

    <folder>/data/              its database and files (a copy of the installation's template)
    <folder>/credentials.json   user, password and key; readable by the owner only
    <folder>/server.json        address, process id and birth of what was started
    <folder>/server.log         what the server says

`<folder>` is `label-studio/` in the workspace. The server listens on loopback only.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import socket
import subprocess
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from curation.errors import LabelStudioError
from curation.moderation.processes import birth, end_group
from curation.moderation.server_install import Installation, server_environment

HOST = "127.0.0.1"
USER = "admin@localhost"
START_SECONDS = 180.0
POLL_SECONDS = 0.2
PORTS = range(20_000, 30_000)


@dataclass(frozen=True)
class Credentials:
    """How to log in: by form with user and password, by program with the key.

    `session_secret` signs the browser sessions. Label Studio would make one too, but it cannot
    read back those that begin with "$", and then ends all sessions at every start.
    """

    user: str
    password: str
    api_key: str
    session_secret: str


@dataclass(frozen=True)
class Running:
    """A server that was started here; `born` tells it from a later process with its id."""

    url: str
    pid: int
    born: str
    document_root: str


class Server:
    """The server whose files are in `folder`, running or not."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.data = self.folder / "data"
        self.credentials_file = self.folder / "credentials.json"
        self.state_file = self.folder / "server.json"
        self.log = self.folder / "server.log"

    def running(self) -> Running | None:
        """Return what is running; None when nothing is (a stale state file is no server)."""
        state = self._state()
        return state if state is not None and birth(state.pid) == state.born else None

    def credentials(self) -> Credentials:
        """Return user, password and key.

        Raises:
            LabelStudioError: no server was ever started here.
        """
        try:
            return Credentials(**json.loads(self.credentials_file.read_text()))
        except FileNotFoundError:
            raise LabelStudioError(
                f"there is no Label Studio in {self.folder}; start it with `curate label-studio up`"
            ) from None
        except (OSError, ValueError, TypeError) as error:
            raise LabelStudioError(f"{self.credentials_file} cannot be read: {error}") from error

    def up(self, place: Installation, document_root: Path, reach: Sequence[str] = ()) -> bool:
        """Start the server and wait until it answers; return False when it was running already.

        `document_root` is the folder below which it may serve pictures; `reach` are hosts that it
        may speak to, where by itself it speaks to nobody.

        Raises:
            LabelStudioError: it does not start; the sentence names the log.
        """
        root = str(document_root.resolve())
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._lock():
                running = self.running()
                if running is not None and running.document_root != root:
                    raise LabelStudioError(
                        f"Label Studio is running with the pictures of {running.document_root}, "
                        f"not of {root}; run `curate label-studio down` first"
                    )
                if running is not None and self._answers(running.url):
                    return False
                started = running or self._start(place, root, reach)
                self._wait(started)
        except OSError as error:
            raise LabelStudioError(
                f"Label Studio cannot be started in {self.folder}: {error}"
            ) from error
        return running is None

    def down(self) -> bool:
        """Stop what `up` started; return False when it was not running."""
        if not self.folder.is_dir():
            return False
        with self._lock():
            running = self.running()
            if running is not None:
                end_group(running.pid, running.born)
            return running is not None

    def answers(self) -> bool:
        """Return whether the server is running and answers with our user."""
        running = self.running()
        return running is not None and self._answers(running.url)

    def _start(self, place: Installation, document_root: str, reach: Sequence[str]) -> Running:
        if not self.data.is_dir():
            beside = self.folder / f"data.{os.getpid()}-{secrets.token_hex(4)}"
            shutil.copytree(place.template, beside)
            beside.rename(self.data)
        known = self._known_credentials()
        last = self._state()
        port = _free_port(self.folder, last.url if last else None)
        url = f"http://{HOST}:{port}"
        environment = server_environment(
            self.data,
            {
                "LABEL_STUDIO_HOST": url,
                "LABEL_STUDIO_USERNAME": known.user,
                "LABEL_STUDIO_PASSWORD": known.password,
                "LABEL_STUDIO_USER_TOKEN": known.api_key,
                "SECRET_KEY": known.session_secret,
                "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
                "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "true",
                "LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED": "true",
                "LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT": document_root,
                **_allowing(reach),
            },
        )
        command = [str(place.python), "-m", "label_studio.server", "start", "--no-browser"]
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [*command, "--internal-host", HOST, "--port", str(port)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=self.folder,
                start_new_session=True,  # Ctrl-C in this terminal is not meant for the server
            )
        process.returncode = 0  # it outlives us, and Popen would warn of that
        started = Running(url, process.pid, birth(process.pid) or "", document_root)
        _write_private(self.state_file, asdict(started))
        return started

    def _wait(self, started: Running) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if birth(started.pid) != started.born:
                raise LabelStudioError(
                    f"Label Studio ended while it was starting ({_last_line(self.log)}); "
                    f"the whole story is in {self.log}"
                )
            if self._answers(started.url):
                return
            time.sleep(POLL_SECONDS)
        end_group(started.pid, started.born)
        raise LabelStudioError(
            f"Label Studio did not answer at {started.url} within {START_SECONDS:.0f} s and was "
            f"stopped; see {self.log}"
        )

    def _answers(self, url: str) -> bool:
        """Ask who we are: a stranger on the same port would not know our key."""
        import httpx

        known = self.credentials()
        headers = {"Authorization": f"Token {known.api_key}"}
        try:
            with httpx.Client(trust_env=False, timeout=30) as client:
                if client.get(f"{url}/health").status_code != 200:
                    return False
                answer = client.get(f"{url}/api/current-user/whoami", headers=headers)
                return answer.status_code == 200 and answer.json()["email"] == known.user
        except (httpx.HTTPError, ValueError, KeyError):
            return False

    def _known_credentials(self) -> Credentials:
        """Return the credentials, made once; the server takes them at its first start."""
        if not self.credentials_file.exists():
            # The server keeps at most 40 characters of a key.
            made = Credentials(
                user=USER,
                password=secrets.token_urlsafe(18),
                api_key=secrets.token_hex(20),
                session_secret=secrets.token_hex(32),
            )
            _write_private(self.credentials_file, asdict(made))
        return self.credentials()

    def _state(self) -> Running | None:
        try:
            return Running(**json.loads(self.state_file.read_text()))
        except (OSError, ValueError, TypeError):
            return None

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        """Let one command at a time start or stop this server; others wait."""
        handle = os.open(self.folder / ".lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _allowing(reach: Sequence[str]) -> dict[str, str]:
    """Return the settings that let the server speak to these hosts, past the missing proxy."""
    allowed = {"NO_PROXY": ",".join((HOST, "localhost", *reach))}
    if HOST in reach or "localhost" in reach:
        allowed["SSRF_PROTECTION_ENABLED"] = "false"  # it would refuse its own machine
    return allowed


def _free_port(folder: Path, last: str | None) -> int:
    """Return a free port of loopback: that of the `last` address if it can be had again.

    The others are tried in an order that depends on the folder. All lie below the ports that
    systems give to outgoing connections, so that nobody takes one while its server is restarted.
    """
    first = zlib.crc32(bytes(folder)) % len(PORTS)
    ports = [*PORTS[first:], *PORTS[:first]]
    if last is not None:
        ports.insert(0, int(last.rpartition(":")[2]))
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind((HOST, port))
                return int(port)
    raise LabelStudioError(f"no port of {HOST} from {PORTS.start} to {PORTS.stop - 1} is free")


def _write_private(path: Path, content: dict[str, Any]) -> None:
    """Write a file that only the owner can read, whole or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
    handle = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(content, file, indent=2)
    beside.rename(path)


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it said nothing"
