"""A fetch that is killed, stopped, or runs out of disk ends, run again, as if nothing had been."""

from __future__ import annotations

import hashlib
import os
import pickle
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import numpy as np
import pytest
from ingest_parts import (
    WebServer,
    body,
    encoded,
    fetch,
    files,
    ingest,
    jpeg,
    reasons,
    rows,
    settings,
    status,
)
from numpy.typing import NDArray
from PIL import Image
from sqlalchemy import func, select

from curation.database.models import Media
from curation.ingest.fetch import FetchMedia, Later, Wanted
from curation.stages import Rejected, run
from curation.store import Store
from curation.workspace import Workspace, create_workspace

PICTURES = 150
KILLS = 10
PROGRAM = """
import sys
from curation.ingest.run import fetch
from curation.stages import run
from curation.workspace import open_workspace
if __name__ == "__main__":
    workspace = open_workspace()
    run(fetch(workspace), workspace.database, workers=int(sys.argv[1]))
"""


def _many(web: WebServer) -> list[str]:
    """Let the server give out pictures, some twice, and some that are none; their addresses."""

    def slowly(content: bytes) -> Callable[[BaseHTTPRequestHandler], None]:
        def answer(request: BaseHTTPRequestHandler) -> None:
            time.sleep(0.01)
            body(content)(request)

        return answer

    for number in range(PICTURES):
        content = jpeg(number % 120)
        web.answers[f"/{number}.jpg"] = slowly(content[:200] if number % 10 == 3 else content)
    web.answers["/7.jpg"] = status(404)
    return [web.url + path for path in web.answers]


def _of_another_run(urls: list[str], secret: Workspace, folder: Path) -> Workspace:
    """Fetch the same addresses undisturbed, in a workspace of its own."""
    os.environ.pop("EVENFACE_DATABASE__URL", None)
    other = create_workspace(folder)
    (folder / "secret").write_bytes(secret.secret.hex().encode())
    ingest(other, *urls)
    fetch(other)
    return other


def _same(one: Workspace, other: Workspace) -> bool:
    """Compare all rows and files, but for how often a picture was asked for."""
    return rows(one) == rows(other) and files(one) == files(other)


def test_killed_at_ten_random_moments_it_ends_as_undisturbed(
    sqlite_workspace: Workspace, web: WebServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("ALLOW_PRIVATE_ADDRESSES", "true"), ("REQUESTS_PER_SECOND", "0")):
        monkeypatch.setenv(f"EVENFACE_INGEST__{name}", value)
    urls = _many(web)
    ingest(sqlite_workspace, *urls)
    script = tmp_path / "run_fetch.py"
    script.write_text(PROGRAM)
    draw = random.Random(20261124)
    unfinished = 0
    for number in range(KILLS):
        workers = "1" if number % 3 else "2"
        command = [sys.executable, str(script), workers]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        # A moment is so many requests after the start, and then a little: somewhere in the work.
        asked, more = len(web.requests), draw.randint(1, 25)
        while len(web.requests) < asked + more and process.poll() is None:
            time.sleep(0.002)
        time.sleep(draw.uniform(0, 0.05))
        process.kill()
        unfinished += process.wait() == -signal.SIGKILL
    assert unfinished == KILLS
    report = fetch(sqlite_workspace)
    assert report.processed > 0
    whole = _of_another_run(urls, sqlite_workspace, tmp_path / "whole")
    assert _same(sqlite_workspace, whole)
    assert fetch(sqlite_workspace).processed == 0
    whole.database.close()


def test_ctrl_c_finishes_what_is_on_its_way_and_leaves_the_rest(
    sqlite_workspace: Workspace, web: WebServer, tmp_path: Path
) -> None:
    urls = _many(web)
    ingest(sqlite_workspace, *urls)

    def interrupt() -> None:
        while len(web.requests) < 30:
            time.sleep(0.002)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        fetch(sqlite_workspace, per_host=4)
    at_the_end = len(web.requests)
    with sqlite_workspace.database.session() as session:
        done = session.scalar(select(func.count(Media.id)).where(Media.state != "pending"))
    assert 0 < (done or 0) < PICTURES
    assert at_the_end < PICTURES
    assert not any(".partial/" in key for key in files(sqlite_workspace))
    fetch(sqlite_workspace)
    whole = _of_another_run(urls, sqlite_workspace, tmp_path / "whole")
    assert _same(sqlite_workspace, whole)
    whole.database.close()


@contextmanager
def _small_disk(folder: Path) -> Iterator[list[str]]:
    """Make `folder` a disk of 3 MB, or else let processes write no file of more than 1 MB.

    Yields what to put before a command. The first needs the right to mount.
    """
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "none", str(folder)]
    if (
        os.geteuid() == 0
        and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    ):
        try:
            yield []
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
    else:
        yield ["prlimit", f"--fsize={resource.getpagesize() * 256}"]


def test_a_full_disk_ends_the_run_in_one_sentence_and_the_next_run_does_the_rest(
    sqlite_workspace: Workspace, web: WebServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENFACE_INGEST__ALLOW_PRIVATE_ADDRESSES", "true")
    draw = np.random.default_rng(1)
    for number in range(6):
        noise = Image.fromarray(draw.integers(0, 256, (700, 700, 3), dtype=np.uint8))
        web.answers[f"/{number}.png"] = body(encoded(noise, "PNG", compress_level=1))  # 1.5 MB
    urls = [web.url + path for path in web.answers]
    ingest(sqlite_workspace, *urls)
    folder = sqlite_workspace.store.folder
    assert folder is not None
    big = {"max_bytes": 10_000_000, "max_pixels": 1_000_000}
    command = [sys.executable, "-m", "curation", "ingest", "folder", str(tmp_path / "none")]
    (tmp_path / "none").mkdir()
    with _small_disk(folder) as limited:
        done = subprocess.run([*limited, *command], capture_output=True, text=True, check=False)
        assert done.returncode == 1
        [sentence] = [line for line in done.stderr.splitlines() if line.startswith("error:")]
        assert "cannot be written: " in sentence
        assert "No space left on device" in sentence or "File too large" in sentence
        assert "Traceback" not in done.stderr
        with sqlite_workspace.database.session() as session:
            states = set(session.scalars(select(Media.state)))
        assert "pending" in states
        assert "rejected" not in states
        kept = files(sqlite_workspace)
        assert not any(".partial/" in key for key in kept)
    for key, content in kept.items():  # the small disk is gone: what was on it is put back
        sqlite_workspace.store.put(key, content)
    fetch(sqlite_workspace, **big)
    whole = _of_another_run([], sqlite_workspace, tmp_path / "whole")
    ingest(whole, *urls)
    fetch(whole, **big)
    assert _same(sqlite_workspace, whole)
    whole.database.close()


class Forbid:
    """Refuses one picture by its hash, and all that are red; travels to worker processes."""

    def __init__(self, digest: str) -> None:
        self.digest = digest

    def __call__(self, sha256: str, pixels: NDArray[np.uint8]) -> Rejected | None:
        if sha256 == self.digest:
            return Rejected("erased", "its owner had it erased")
        red = pixels.shape == (48, 64, 3) and pixels[..., 0].min() > 200 > pixels[..., 1].max()
        return Rejected("erased-copy", "it looks like one that was erased") if red else None


@pytest.mark.parametrize("workers", [1, 2])
def test_what_must_not_be_stored_is_refused_before_it_is(
    workers: int, sqlite_workspace: Workspace, web: WebServer
) -> None:
    red = encoded(Image.new("RGB", (64, 48), (250, 10, 10)))
    contents = {"/known.jpg": jpeg(1), "/red.jpg": red} | {
        f"/{number}.jpg": jpeg(number) for number in range(10, 90)
    }
    web.answers |= {path: body(content) for path, content in contents.items()}
    ingest(sqlite_workspace, *(web.url + path for path in contents))
    forbid = Forbid(hashlib.sha256(jpeg(1)).hexdigest())
    stage = FetchMedia(sqlite_workspace.store, settings(), refusal=forbid)
    report = run(stage, sqlite_workspace.database, workers=workers)
    assert report.added["images"] == 80
    assert reasons(sqlite_workspace) == {"known.jpg": "erased", "red.jpg": "erased-copy"}
    assert sorted(files(sqlite_workspace).values()) == sorted(list(contents.values())[2:])


def test_one_batch_can_be_worked_on_alone_in_a_process_elsewhere(
    sqlite_workspace: Workspace, web: WebServer, tmp_path: Path
) -> None:
    (tmp_path / "here.jpg").write_bytes(jpeg(2))
    web.answers |= {
        "/a.jpg": body(jpeg(1)),
        "/page.jpg": body(b"<html>"),
        "/later.jpg": status(503),
    }
    urls = [web.url + path for path in web.answers] + [str(tmp_path / "here.jpg")]
    items = [Wanted(str(number), "post", url, 0) for number, url in enumerate(urls)]
    stage = pickle.loads(pickle.dumps(FetchMedia(sqlite_workspace.store, settings())))
    stage.open()
    stored, rejected, later, here = stage.process(items)
    assert sorted(files(sqlite_workspace).values()) == sorted([jpeg(1), jpeg(2)])
    assert {stored.image_id, here.image_id} == {Path(key).stem for key in files(sqlite_workspace)}
    assert isinstance(rejected, Rejected)
    assert isinstance(later, Later)
    assert (rejected.reason, later.reason) == ("not-an-image", "http-503")


def test_a_store_that_is_no_folder_gets_the_pictures_as_well(
    sqlite_workspace: Workspace, web: WebServer
) -> None:
    web.answers |= {f"/{number}.jpg": body(jpeg(number)) for number in range(5)}
    ingest(sqlite_workspace, *(web.url + path for path in web.answers))
    store = Store("memory://pictures")
    assert run(FetchMedia(store, settings()), sqlite_workspace.database).added["images"] == 5
    found = {row[1] for row in rows(sqlite_workspace)["image"]}
    assert sorted(store.read(key) for key in found) == sorted(jpeg(n) for n in range(5))
