"""Push and pull beside what Label Studio itself can do, against a real server of its own.

Run: python benchmarks/label_studio.py [--faces 40000] [--answers 15000] [--rounds 3]

A Label Studio is started in a temporary folder (installed first, where it is not). Compared are

- push: `PushStage` beside bare POSTs of the same tasks to the server's bulk import, 1,000 a call
  each, in turns, each into a project of its own. Ours also writes the tasks before and the ids
  after, into SQLite.
- pull of everything: `PullStage` beside the fastest export of the same project (of the SDK's four
  ways: one synchronous JSON export of the annotated tasks), in turns. Ours also reads each answer
  and writes annotations and votes; between rounds what it wrote is removed.
- an incremental pull after `--changes` answers changed, of that many faces.
- memory: resident size after each turn or page, first and last of the run.

Wall clock, medians, and the processor time of this process; the server works on the same machine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select, update

from curation.database.models import (
    Annotation,
    Claim,
    Face,
    Image,
    Moderator,
    Project,
    Rejection,
    Task,
    Vote,
)
from curation.database.upsert import insert_new
from curation.identity import content_id
from curation.moderation import pull as pull_module
from curation.moderation.campaign import Campaign
from curation.moderation.pull import PullStage
from curation.moderation.push import PushStage
from curation.moderation.questions import result_of
from curation.moderation.server import Server
from curation.moderation.server_install import install, installation
from curation.stages import run
from curation.workspace import Workspace, create_workspace, open_workspace

BATCH = 1_000  # tasks a call
TURN = 10_000  # tasks before it is the other side's turn
FINE = {"gender": "female", "age_fits": "yes", "relevant": "yes"}


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faces", type=int, default=40_000)
    parser.add_argument("--answers", type=int, default=15_000)
    parser.add_argument("--changes", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    if given.faces < 2 * TURN:
        parser.error(f"--faces is at least {2 * TURN:,}: the first turn is not counted")
    say(f"{platform.machine()}, {os.cpu_count()} cores; {given.faces:,} faces")
    with tempfile.TemporaryDirectory(prefix="evenface-bench-") as folder:
        place = installation()
        install(place)
        server = Server(Path(folder) / "label-studio")
        try:
            server.up(place, Path(folder))
            measure(Path(folder), server, given)
        finally:
            server.down()


def measure(folder: Path, server: Server, given: argparse.Namespace) -> None:
    """Measure push, pull, incremental pull and memory."""
    running = server.running()
    assert running is not None
    os.environ["EVENFACE_LABEL_STUDIO__URL"] = running.url
    os.environ["EVENFACE_LABEL_STUDIO__API_KEY"] = server.credentials().api_key
    os.environ["EVENFACE_LABEL_STUDIO__DOCUMENT_ROOT"] = f"{folder}/workspace/store"
    for kind in ("crops", "images"):
        (folder / "workspace" / "store" / kind).mkdir(parents=True)
    create_workspace(folder / "workspace").database.close()
    workspace = open_workspace(folder / "workspace")
    http = httpx.Client(
        base_url=running.url,
        headers={"Authorization": f"Token {server.credentials().api_key}"},
        limits=httpx.Limits(max_keepalive_connections=0),
        timeout=300,
        trust_env=False,
    )
    with Campaign(workspace) as campaign, http:
        push(workspace, campaign, http, given.faces)
        answer(workspace, campaign, http, given.answers)
        pull(workspace, campaign, http, given.rounds)
        changes(workspace, campaign, http, given.changes, given.rounds)


def push(workspace: Workspace, campaign: Campaign, http: httpx.Client, faces: int) -> None:
    """Send tasks in turns: some batches of ours, then the same ones to the bare import."""
    bare = campaign.client.create_project("bare import", "<View/>", "")
    ours: list[float] = []
    theirs: list[float] = []
    sizes: list[float] = []
    stage = PushStage(campaign)
    for first in range(0, faces, TURN):
        add_faces(workspace, range(first, min(first + TURN, faces)))
        began = time.perf_counter()
        done = run(stage, workspace.database).processed
        ours.append(done / (time.perf_counter() - began))
        sizes.append(resident())
        sent = [{"data": data} for data in tasks(workspace, campaign, done)]
        bodies = [
            json.dumps(sent[start : start + BATCH]).encode() for start in range(0, done, BATCH)
        ]
        began = time.perf_counter()
        for body in bodies:
            post(http, bare, body)
        theirs.append(done / (time.perf_counter() - began))
    # The first turn of ours makes the project and sets it up, once.
    report("push", ours[1:], theirs[1:], "tasks/s", "the server's bulk import")
    say(f"  memory: {sizes[0]:.0f} MB after the first turn, {sizes[-1]:.0f} MB after the last")
    campaign.client._sdk.projects.delete(bare)


def answer(workspace: Workspace, campaign: Campaign, http: httpx.Client, answers: int) -> None:
    """Put the same tasks, with answers, into the place of those that were pushed."""
    project = campaign.row(workspace.database)
    assert project is not None
    sent = tasks(workspace, campaign, None)
    campaign.client._sdk.projects.delete(project.remote_id)
    with workspace.database.session() as session:
        session.execute(update(Task).values(remote_id=None))
    remote = campaign.ensure_project(workspace.database, repair=True)
    for start in range(0, len(sent), BATCH):
        part = []
        for place, data in enumerate(sent[start : start + BATCH], start=start):
            number = (place + 1) * answers // len(sent) - place * answers // len(sent)
            given = [{"result": result_of(FINE), "ground_truth": False, "lead_time": 3.0}] * number
            part.append({"data": data, "annotations": given})
        post(http, remote, json.dumps(part).encode())


def pull(workspace: Workspace, campaign: Campaign, http: httpx.Client, rounds: int) -> None:
    """Take everything home in turns: ours into the database, the export into memory."""
    project = campaign.row(workspace.database)
    assert project is not None
    ours, theirs, lasting = [], [], []
    sizes: list[float] = []
    for _ in range(rounds):
        forget(workspace)
        began, cpu = time.perf_counter(), time.process_time()
        stage = PullStage(campaign)
        done = run(stage, workspace.database, on_progress=lambda *_: sizes.append(resident()))
        ours.append(done.added["annotations"] / (time.perf_counter() - began))
        lasting.append(time.process_time() - cpu)
        began = time.perf_counter()
        export = http.get(
            f"/api/projects/{project.remote_id}/export",
            params={"exportType": "JSON", "download_all_tasks": "false"},
        )
        found = sum(len(task["annotations"]) for task in export.raise_for_status().json())
        theirs.append(found / (time.perf_counter() - began))
        assert found == done.added["annotations"]
    report("pull of everything", ours, theirs, "answers/s", "the fastest export")
    say(f"  processor time of this process: {statistics.median(lasting):.2f} s a pull")
    tenth = max(1, len(sizes) // (10 * rounds))
    say(
        f"  memory: {statistics.median(sizes[tenth : 2 * tenth + 1]):.0f} MB near the first page, "
        f"{statistics.median(sizes[-tenth:]):.0f} MB at the last"
    )


def changes(
    workspace: Workspace, campaign: Campaign, http: httpx.Client, number: int, rounds: int
) -> None:
    """Change answers, and pull what changed."""
    seconds = []
    pull_module.OVERLAP = pull_module.OVERLAP.__class__(0)  # what was imported lies just before
    with workspace.database.session() as session:
        some = session.scalars(
            select(Annotation.remote_id).where(Annotation.state == "current").limit(number)
        ).all()
    for turn in range(rounds):
        result = result_of(FINE | {"gender": ("male", "unclear", "female")[turn % 3]})
        for annotation in some:
            http.patch(
                f"/api/annotations/{annotation}/", json={"result": result}
            ).raise_for_status()
        began = time.perf_counter()
        done = run(PullStage(campaign), workspace.database)
        seconds.append(time.perf_counter() - began)
        assert done.added["annotations"] == number, done
    say(
        f"incremental pull of {number:,} changes: {statistics.median(seconds):.2f} s "
        f"({', '.join(f'{one:.2f}' for one in seconds)})"
    )


def report(what: str, ours: list[float], theirs: list[float], unit: str, against: str) -> None:
    """Print two rates and the median of their ratios, turn by turn."""
    ratio = statistics.median(one / other for one, other in zip(ours, theirs, strict=True))
    say(
        f"{what}: {statistics.median(ours):,.0f} {unit}; {against}: "
        f"{statistics.median(theirs):,.0f} {unit}; ratio {ratio:.2f}"
    )


def say(line: str) -> None:
    """Write a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def add_faces(workspace: Workspace, numbers: range) -> None:
    """Write faces with a claimed age, as ingest, detect and dedup would have left them."""
    for part in (numbers[start : start + 10_000] for start in range(0, len(numbers), 10_000)):
        ids = [f"{index:064x}" for index in part]
        images = [
            {"id": one, "store_key": f"images/{one}.jpg", "format": "JPEG", "width": 480}
            | {"height": 480, "byte_count": 1, "face_count": 1, "group_id": one, "kept": True}
            for one in ids
        ]
        faces = [
            {"id": content_id(one, 0), "image_id": one, "position": 0, "x1": 0.0, "y1": 0.0}
            | {"x2": 90.0, "y2": 90.0, "landmarks": [0.0] * 10, "score": 1.0}
            | {"eye_distance": 60.0, "crop_key": f"crops/{one}.jpg"}
            for one in ids
        ]
        claims = [
            {"face_id": face["id"], "attribute": "age", "value": "7", "origin": "hashtag"}
            | {"confidence": 0.9}
            for face in faces
        ]
        with workspace.database.session() as session:
            insert_new(session, Image, images)
            insert_new(session, Face, faces)
            insert_new(session, Claim, claims)


def tasks(workspace: Workspace, campaign: Campaign, last: int | None) -> list[dict[str, Any]]:
    """Return the data of the tasks that were pushed, all or so many."""
    with workspace.database.session() as session:
        rows = session.execute(
            select(Task.id, Face.crop_key, Image.store_key, Task.claimed_age)
            .join(Face, Face.id == Task.face_id)
            .join(Image, Image.id == Face.image_id)
            .where(Task.remote_id.is_not(None))
            .order_by(Task.remote_id.desc())
            .limit(last)
        ).all()
    return [campaign.task_data(row[0], str(row[1]), row[2], row[3]) for row in rows]


def forget(workspace: Workspace) -> None:
    """Remove what a pull wrote."""
    with workspace.database.session() as session:
        for model in (Rejection, Vote, Annotation, Moderator):
            session.query(model).delete()
        session.execute(update(Project).values(pulled_until=None))


def post(http: httpx.Client, project: int, body: bytes) -> None:
    """Send a body to the bulk import of a project."""
    http.post(
        f"/api/projects/{project}/import",
        params={"return_task_ids": "true"},
        content=body,
        headers={"Content-Type": "application/json"},
    ).raise_for_status()


def resident() -> float:
    """Return the resident size of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
