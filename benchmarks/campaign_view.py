"""How fast the view of a campaign is worked out and served, on 10,000 faces and both databases.

A workspace is filled with faces of people who never existed, in 14 countries, and with the answers
of twelve moderators to nine tenths of them; contested faces get drawn portraits. Timed are the
figures and contested faces (queries), the moderators' report, what the server does by itself
when votes changed, and its answer over HTTP.

Run: `python benchmarks/campaign_view.py [--faces 10000] [--rounds 5] [--postgresql URL]`
     `python benchmarks/campaign_view.py --keep FOLDER` leaves the workspace to look at: then
     `curate moderation serve --workspace FOLDER`.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from sqlalchemy import text, update

from curation.database.models import (
    Annotation,
    Claim,
    Face,
    Image,
    Moderator,
    Project,
    Task,
    Vote,
)
from curation.database.upsert import insert_new
from curation.demo.person import make_person
from curation.demo.pictures import encode_jpeg
from curation.demo.scene import draw_portrait
from curation.identity import content_id
from curation.moderation.campaign import Campaign
from curation.moderation.standing import read_report
from curation.moderation.verdicts import VerdictStage
from curation.moderation.view.contested import read_contested
from curation.moderation.view.figures import read_figures
from curation.moderation.view.server import ViewServer
from curation.stages import run
from curation.workspace import Workspace, create_workspace, load_workspace

COUNTRIES = ["US", "BR", "IN", "DE", "FR", "NG", "JP", "MX", "ID", "RU", "TR", "ES", "IT", "GB"]
RACES = ("White", "Black", "East Asian", "Indian", "Latino_Hispanic")
VALUES = {
    "gender": (("female", "male", "unclear"), (0.49, 0.49, 0.02)),
    "age_fits": (("yes", "too_young", "too_old", "unclear"), (0.8, 0.08, 0.08, 0.04)),
    "relevant": (("yes", "no"), (0.92, 0.08)),
}
ACCURACIES = (0.98, 0.98, 0.97, 0.96, 0.96, 0.95, 0.94, 0.93, 0.9, 0.6, 0.0, 0.0)
HURRIED, CONSTANT = 9, (10, 11)
PORTRAITS = 48


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--faces", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgresql", default="", help="the URL of an empty database")
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    if options.keep:
        fill(create_workspace(options.keep), options.faces, options.seed)
        return
    table = Table(title=f"{options.faces:,} faces; medians of {options.rounds}, milliseconds")
    for column in ("database", "figures", "contested", "moderators", "renewed after votes", "page"):
        table.add_column(column, justify="left" if column == "database" else "right")
    for url in filter(None, ("sqlite:///evenface.db", options.postgresql)):
        os.environ["EVENFACE_DATABASE__URL"] = url
        with tempfile.TemporaryDirectory() as folder:
            workspace = create_workspace(Path(folder) / "workspace")
            fill(workspace, options.faces, options.seed)
            workspace = load_workspace(Path(folder) / "workspace")
            table.add_row(url.partition(":")[0], *measure(workspace, options.rounds))
            workspace.database.close()
    Console().print(table)


def measure(workspace: Workspace, rounds: int) -> list[str]:
    """Return the medians, in the order of the table."""
    project, moderation = Campaign(workspace).id, workspace.settings.moderation

    def with_session(work: Callable[..., Any], *arguments: Any) -> Callable[[], Any]:
        def call() -> None:
            with workspace.database.session() as session:
                work(session, project, *arguments)

        return call

    now = datetime.now(UTC)
    with ViewServer(workspace) as server:

        def get() -> None:
            with urllib.request.urlopen(server.url + "state.json") as answer:
                answer.read()

        def renew() -> None:
            with workspace.database.session() as session:
                session.execute(update(Annotation).values(updated_at=datetime.now(UTC)))
            started.append(time.perf_counter())
            server.cache.renew()

        started: list[float] = []
        works: list[Callable[[], Any]] = [
            with_session(read_figures, workspace.settings, now),
            with_session(read_contested, moderation, 48),
            lambda: read_report(workspace.database, project, moderation),
            renew,
            get,
        ]
        found = []
        for work in works:
            times = []
            for _ in range(rounds):
                started.append(time.perf_counter())
                work()
                times.append(time.perf_counter() - started[-1])
            found.append(f"{1000 * statistics.median(times):.0f}")
    return found


def fill(workspace: Workspace, faces: int, seed: int) -> None:
    """Write faces, claims, tasks and answers, and work the verdicts out."""
    random = np.random.default_rng(seed)
    campaign = Campaign(workspace)
    ids = [hashlib.sha256(f"{seed} {number}".encode()).hexdigest() for number in range(faces)]
    images, rows, claims, tasks = [], [], [], []
    for number, image in enumerate(ids):
        face = content_id(image, 0)
        age = float(np.clip(random.gamma(3.2, 9), 0.2, 95).round())
        country = COUNTRIES[min(int(random.exponential(3.5)), len(COUNTRIES) - 1)]
        images.append(
            {"id": image, "store_key": workspace.store.key("images", image, "jpg")}
            | {"format": "JPEG", "width": 480, "height": 480, "byte_count": 1, "face_count": 1}
            | {"group_id": image, "kept": True, "phash": number}
        )
        rows.append(
            {"id": face, "image_id": image, "position": 0, "x1": 0.0, "y1": 0.0, "x2": 90.0}
            | {"y2": 90.0, "landmarks": [0.0] * 10, "score": 1.0, "eye_distance": 60.0}
            | {"crop_key": workspace.store.key("crops", face, "jpg")}
        )
        claims += [
            {"face_id": face, "attribute": name, "value": value, "origin": "hashtag"}
            | {"confidence": 0.9}
            for name, value in (("age", str(age)), ("country", country))
        ]
        tasks.append(
            {"id": content_id("task", campaign.id, face), "project_id": campaign.id}
            | {"face_id": face, "claimed_age": age, "remote_id": number + 1, "stale": True}
        )
    project = {"id": campaign.id, "server": "workspace", "questions": campaign.questions}
    with workspace.database.session() as session:
        for model, made in (
            (Image, images),
            (Face, rows),
            (Claim, claims),
            (Project, [project | {"remote_id": 1}]),
            (Task, tasks),
        ):
            insert_new(session, model, made)
    write_answers(workspace, [row["id"] for row in tasks[: faces * 9 // 10]], random)
    run(VerdictStage(campaign.id, workspace.settings.moderation), workspace.database)
    with workspace.database.session() as session:
        if not workspace.database.is_sqlite:
            session.execute(text("ANALYZE"))
        shown = read_contested(session, campaign.id, workspace.settings.moderation, PORTRAITS)
    for number, one in enumerate(shown):
        person = make_person(random, ("female", "male")[number % 2], RACES[number % len(RACES)])
        portrait = draw_portrait(person, max(1.0, one.claimed_age), random, (256, 256))
        key = workspace.store.key("crops", one.face_id, "jpg")
        workspace.store.put(key, encode_jpeg(portrait, 85))


def write_answers(workspace: Workspace, tasks: list[str], random: np.random.Generator) -> None:
    """Write three answers to each task, spread over the last 30 hours of working days."""
    people = [content_id("made-up moderator", number) for number in range(len(ACCURACIES))]
    truth = {
        name: random.choice(len(values), len(tasks), p=shares)
        for name, (values, shares) in VALUES.items()
    }
    annotations, votes = [], []
    begin = datetime.now(UTC) - timedelta(hours=30)
    step = timedelta(hours=30) / (3 * len(tasks))
    for number, task in enumerate(tasks):
        for turn, who in enumerate(random.choice(len(people), 3, replace=False).tolist()):
            remote = 3 * number + turn
            at = begin + step * remote
            annotation = content_id("made-up answer", task, who)
            slow = 0.8 if who == HURRIED else 5.0
            annotations.append(
                {"id": annotation, "task_id": task, "moderator_id": people[who]}
                | {"remote_id": remote, "created_at": at, "updated_at": at, "state": "current"}
                | {"lead_time": float(random.lognormal(np.log(slow), 0.45))}
            )
            for name, (values, _) in VALUES.items():
                right = int(truth[name][number])
                wrong = (right + int(random.integers(1, len(values)))) % len(values)
                said = right if random.random() < ACCURACIES[who] else wrong
                said = 0 if who in CONSTANT else said
                votes.append(
                    {"annotation_id": annotation, "attribute": name, "value": values[said]}
                )
    with workspace.database.session() as session:
        insert_new(session, Moderator, [{"id": one, "status": "active"} for one in people])
        insert_new(session, Annotation, annotations)
        insert_new(session, Vote, votes)


if __name__ == "__main__":
    main()
