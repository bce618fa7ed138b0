"""Install Label Studio into a virtual environment of its own, once per user.

    <home>/venv/            Label Studio and its pinned dependencies
    <home>/template/        a migrated, empty data directory, copied for each new server
    <home>/install.log      what pip and the migrations said
    <home>/installed.json   written last: an installation without it is not one

`<home>` is `$XDG_CACHE_HOME/evenface/label-studio-<version>` unless a setting says otherwise.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from curation.errors import LabelStudioError

VERSION = "1.23.2"
CONSTRAINTS = Path(__file__).with_name("label_studio_constraints.txt")
HOME_VARIABLE = "EVENFACE_LABEL_STUDIO__HOME"
UNREACHABLE = "http://127.0.0.1:9"  # the discard port of this machine: nobody answers

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many distributions are collected, and of how many."""


@dataclass(frozen=True)
class Installation:
    """The place of one installation; whether it is whole says `is_complete`."""

    home: Path

    @property
    def python(self) -> Path:
        """The interpreter of the server's virtual environment."""
        return self.home / "venv" / "bin" / "python"

    @property
    def template(self) -> Path:
        """The migrated, empty data directory."""
        return self.home / "template"

    @property
    def log(self) -> Path:
        """What the installation said."""
        return self.home / "install.log"

    @property
    def marker(self) -> Path:
        """The file that is written last."""
        return self.home / "installed.json"

    def is_complete(self) -> bool:
        """Return whether a whole installation of this version and these pins is here."""
        try:
            found = json.loads(self.marker.read_text())
        except (OSError, ValueError):
            return False
        return bool(found == _identity()) and self.python.exists() and self.template.is_dir()


def installation(home: Path | None = None) -> Installation:
    """Return where Label Studio is, or will be: `home`, the environment's, or the user's cache."""
    named = home or os.environ.get(HOME_VARIABLE)
    if named:
        return Installation(Path(named).expanduser().absolute())
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Installation(Path(cache).expanduser() / "evenface" / f"label-studio-{VERSION}")


def install(place: Installation, progress: Progress = lambda doing, done, of: None) -> bool:
    """Install Label Studio at `place`; return False when a whole installation was there already.

    A second install at the same time waits for the first. What a broken one left is removed.

    Raises:
        LabelStudioError: a step failed; the sentence names the log.
    """
    if place.is_complete():
        return False
    try:
        place.home.parent.mkdir(parents=True, exist_ok=True)
        with _lock(place, progress) as lock:
            if place.is_complete():
                return False
            if place.home.exists():
                shutil.rmtree(place.home)
            place.home.mkdir()
            _fill(place, lock, progress)
    except OSError as error:
        raise LabelStudioError(
            f"Label Studio cannot be installed in {place.home}: {error}; "
            f"{HOME_VARIABLE} names another place"
        ) from error
    return True


def server_environment(data: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """Return the whole environment of a Label Studio process with its data in `data`.

    Nothing is inherited but the search path and the language: the server reads names as plain as
    HOST, PORT and DEBUG. No telemetry, no version check; whatever still looks for a host outside
    (one page fetches tips and has no switch) meets a proxy that does not exist.
    """
    environment = {name: os.environ[name] for name in ("PATH", "LANG", "TZ") if name in os.environ}
    return {
        **environment,
        "HOME": str(data),
        "PYTHONUNBUFFERED": "1",
        "LABEL_STUDIO_BASE_DATA_DIR": str(data),
        "DJANGO_DB": "sqlite",
        "COLLECT_ANALYTICS": "false",
        "LATEST_VERSION_CHECK": "false",
        "SENTRY_DSN": "",
        "FRONTEND_SENTRY_DSN": "",
        "FEATURE_FLAGS_OFFLINE": "true",
        "HTTP_PROXY": UNREACHABLE,
        "HTTPS_PROXY": UNREACHABLE,
        "NO_PROXY": "127.0.0.1,localhost",
        **settings,
    }


def _identity() -> dict[str, str]:
    pins = hashlib.sha256(CONSTRAINTS.read_bytes()).hexdigest()
    return {"label_studio": VERSION, "constraints_sha256": pins}


@contextlib.contextmanager
def _lock(place: Installation, progress: Progress) -> Iterator[int]:
    """Hold the lock beside `place`. Steps inherit it, so one that outlives us keeps others out."""
    handle = os.open(place.home.with_name(place.home.name + ".lock"), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("waiting for another installation", 0, 0)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)


def _fill(place: Installation, lock: int, progress: Progress) -> None:
    pins = sum("==" in line for line in CONSTRAINTS.read_text().splitlines())
    pip = [str(place.python), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    with place.log.open("a") as log:
        progress("making the virtual environment", 0, pins)
        _step(place, [sys.executable, "-m", "venv", str(place.home / "venv")], lock, log)
        collected: set[str] = set()

        def follow(line: str) -> None:
            if line.startswith("Collecting "):
                collected.add(line.split()[1])
                progress("collecting Label Studio", min(len(collected), pins), pins)
            elif line.startswith("Installing collected"):
                progress("installing Label Studio", pins, pins)

        pinned = ["--constraint", str(CONSTRAINTS), f"label-studio=={VERSION}"]
        _step(place, pip + pinned, lock, log, follow=follow)
        progress("preparing an empty server", pins, pins)
        _make_template(place, lock, log)
    beside = place.marker.with_suffix(".part")
    beside.write_text(json.dumps(_identity()))
    beside.rename(place.marker)


def _make_template(place: Installation, lock: int, log: IO[str]) -> None:
    """Migrate an empty database: `version` does it before it prints the version."""
    place.template.mkdir(mode=0o700)
    environment = server_environment(place.template, {})
    command = [str(place.python), "-m", "label_studio.server", "version"]
    _step(place, command, lock, log, environment=environment)
    # Each server makes its own secret key and identity; in the template all would share them.
    (place.template / ".env").unlink(missing_ok=True)
    shutil.rmtree(place.template / ".config", ignore_errors=True)
    # A write-ahead log, which the file remembers: votes arrive three times as fast, and reading
    # does not wait for writing.
    with contextlib.closing(sqlite3.connect(place.template / "label_studio.sqlite3")) as database:
        database.execute("PRAGMA journal_mode = WAL")


def _step(
    place: Installation,
    command: list[str],
    lock: int,
    log: IO[str],
    environment: Mapping[str, str] | None = None,
    follow: Callable[[str], None] = lambda line: None,
) -> None:
    """Run one command, its output into the log and line by line to `follow`."""
    if environment is None:
        # A PYTHONPATH, or pip's target, would put packages elsewhere or see the project's.
        private = ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_USER")
        environment = {name: text for name, text in os.environ.items() if name not in private}
    log.write(f"$ {' '.join(command)}\n")
    log.flush()
    last = ""
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=dict(environment),
        pass_fds=[lock],
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            log.write(line)
            log.flush()
            follow(line)
            last = line.strip() or last
    if process.returncode != 0:
        raise LabelStudioError(
            f"Label Studio {VERSION} cannot be installed: `{' '.join(command[1:4])}` ended with "
            f"{process.returncode} ({last}); the whole story is in {place.log}"
        )
