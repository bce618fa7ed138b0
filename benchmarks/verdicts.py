"""Verdicts at the size of a dataset: seconds, memory, and crowd-kit beside it.

    python benchmarks/verdicts.py                      # 3.3 million faces, 4 votes each
    python benchmarks/verdicts.py --database           # the same through SQLite, 100,000 faces
    python benchmarks/verdicts.py --database --url postgresql://…   # an empty database

The votes: 200 moderators who are right in 50 to 98 of 100 cases, three values, wrong answers any
other alike. Each part runs in a process of its own, on one core, so that its peak of memory is its
own. crowd-kit gets a part of the same votes; both run the same number of steps without a prior.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import typer
from numpy.typing import NDArray

from curation.moderation.consensus.ballots import ballots
from curation.moderation.consensus.dawid_skene import NO_PRIOR, Prior, fit

if TYPE_CHECKING:
    from curation.database.session import Database

FACES, VOTES, MODERATORS, VALUES = 3_300_000, 4, 200, 3
PEER_FACES = 50_000
STEPS = 20
Triples = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint8]]


def draw(faces: int, seed: int = 0) -> tuple[Triples, NDArray[np.uint8]]:
    """Return votes (faces, moderators, values), each moderator once a face, and the truth."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, VALUES, faces, dtype=np.uint8)
    accuracy = rng.uniform(0.5, 0.98, MODERATORS).astype(np.float32)
    # Every face is seen by moderators a step apart: all different, and any two meet.
    first = rng.integers(0, MODERATORS, (faces, 1), dtype=np.int32)
    step = rng.integers(1, MODERATORS // VOTES, (faces, 1), dtype=np.int32)
    moderators = ((first + step * np.arange(VOTES, dtype=np.int32)) % MODERATORS).ravel()
    said = np.repeat(truth, VOTES)
    wrong = rng.random(len(said), dtype=np.float32) >= accuracy[moderators]
    other = rng.integers(1, VALUES, int(wrong.sum()), dtype=np.uint8)
    said[wrong] = (said[wrong] + other) % VALUES
    return (np.repeat(np.arange(faces, dtype=np.int32), VOTES), moderators, said), truth


def arrays(faces: int) -> None:
    """Time learning and posteriors from arrays, and say how much memory it took."""
    (who, moderators, said), truth = draw(faces)
    _warm_up()
    before = time.process_time()
    votes = ballots(
        who,
        moderators,
        said,
        face_count=faces,
        moderator_count=MODERATORS,
        value_count=VALUES,
    )
    found = fit(votes, Prior())
    seconds = time.process_time() - before
    right = (found.posteriors.argmax(axis=1) == truth).mean()
    typer.echo(
        f"{len(said):,} votes on {faces:,} faces: {seconds:.1f} s of one core, {found.iterations} "
        f"steps, converged: {found.converged}, {right:.4f} right, peak {_peak():,.0f} MB"
    )
    started = time.process_time()
    again = fit(votes, Prior(), start=found.model)
    seconds = time.process_time() - started
    typer.echo(f"started from what was learnt: {seconds:.1f} s, {again.iterations} steps")


def peer(faces: int) -> None:
    """Run crowd-kit and ours in turn on the same votes, and compare their posteriors."""
    import pandas as pd
    from crowdkit.aggregation import DawidSkene

    (who, moderators, said), _ = draw(faces)
    frame = pd.DataFrame({"task": who, "worker": moderators, "label": said})
    _warm_up()
    ours, theirs = [], []
    for _ in range(3):
        started = time.process_time()
        votes = ballots(
            who,
            moderators,
            said,
            face_count=faces,
            moderator_count=MODERATORS,
            value_count=VALUES,
        )
        found = fit(votes, NO_PRIOR, max_iterations=STEPS, tolerance=-np.inf)
        ours.append(time.process_time() - started)
        started = time.process_time()
        other = DawidSkene(n_iter=STEPS, tol=-np.inf).fit(frame)
        theirs.append(time.process_time() - started)
    posteriors = other.probas_.sort_index().sort_index(axis=1).to_numpy()
    apart = np.abs(posteriors - found.posteriors).max()
    typer.echo(
        f"{len(said):,} votes, {STEPS} steps: ours {np.median(ours):.2f} s, crowd-kit "
        f"{np.median(theirs):.1f} s ({np.median(theirs) / np.median(ours):.0f} times); "
        f"posteriors differ by {apart:.1e} at most"
    )


def database(faces: int, url: str | None) -> None:
    """Time reading, learning and judging with the votes in a database."""
    from sqlalchemy import select, update

    from curation.database.migrate import upgrade
    from curation.database.models import Task
    from curation.database.session import Database
    from curation.moderation import votes
    from curation.moderation.asked import choices
    from curation.moderation.verdicts import VerdictStage
    from curation.settings import ModerationSettings
    from curation.stages import run

    with tempfile.TemporaryDirectory(prefix="verdicts-") as folder:
        there = Database(url or f"sqlite:///{folder}/votes.db")
        upgrade(there)
        _fill(there, faces)
        _warm_up()
        started = time.process_time(), time.perf_counter()
        with there.session() as session:
            moderators = votes.active_moderators(session)
        everything = votes.read_all(there, "p", moderators, choices(ModerationSettings()))
        spent = time.process_time() - started[0], time.perf_counter() - started[1]
        number = sum(len(cast) for cast in everything.choices.values())
        typer.echo(
            f"read {number:,} votes: {spent[0]:.1f} s here, {spent[1]:.1f} s in all "
            f"({number / spent[1]:,.0f}/s), peak {_peak():,.0f} MB"
        )
        del everything
        whole = VerdictStage("p", ModerationSettings())
        report = run(whole, there)
        typer.echo(f"a full pass: {report.processed:,} faces judged in {report.seconds:.1f} s")
        with there.session() as session:
            some = session.scalars(select(Task.id).limit(1_000)).all()
            session.execute(update(Task).where(Task.id.in_(some)).values(stale=True))
        report = run(VerdictStage("p", ModerationSettings()), there)
        typer.echo(f"what changed: {report.processed:,} faces judged in {report.seconds:.2f} s")
        there.close()


def _fill(there: Database, faces: int) -> None:
    """Write faces, tasks, annotations and votes on gender, in pages."""
    from datetime import UTC, datetime

    from curation.database.models import Annotation, Face, Image, Moderator, Project, Task, Vote
    from curation.database.upsert import insert_new
    from curation.identity import content_id

    (who, moderators, said), _ = draw(faces)
    names = ("female", "male", "unclear")
    people = [content_id("moderator", number) for number in range(MODERATORS)]
    now = datetime(2026, 1, 1, tzinfo=UTC)
    with there.session() as session:
        insert_new(session, Project, [{"id": "p", "server": "s", "questions": "q", "remote_id": 1}])
        insert_new(session, Moderator, [{"id": one, "status": "active"} for one in people])
    for first in range(0, faces, 10_000):
        page = range(first, min(first + 10_000, faces))
        ids = [content_id("face", face) for face in page]
        cast = [
            (content_id("annotation", vote), ids[who[vote] - first], vote)
            for vote in range(first * VOTES, (page[-1] + 1) * VOTES)
        ]
        with there.session() as session:
            insert_new(
                session,
                Image,
                [
                    {"id": id, "store_key": "k", "format": "JPEG", "width": 1, "height": 1}
                    | {"byte_count": 1}
                    for id in ids
                ],
            )
            insert_new(
                session,
                Face,
                [
                    {"id": id, "image_id": id, "position": 0, "score": 1.0, "landmarks": []}
                    | {"x1": 0.0, "y1": 0.0, "x2": 1.0, "y2": 1.0, "eye_distance": 1.0}
                    for id in ids
                ],
            )
            insert_new(
                session,
                Task,
                [
                    {"id": id, "project_id": "p", "face_id": id, "claimed_age": 7.0}
                    | {"remote_id": first + place, "stale": True}
                    for place, id in enumerate(ids)
                ],
            )
            insert_new(
                session,
                Annotation,
                [
                    {"id": id, "task_id": task, "moderator_id": people[moderators[vote]]}
                    | {"remote_id": vote, "created_at": now, "updated_at": now, "state": "current"}
                    for id, task, vote in cast
                ],
            )
            insert_new(
                session,
                Vote,
                [
                    {"annotation_id": id, "attribute": "gender", "value": names[said[vote]]}
                    for id, _, vote in cast
                ],
            )


def _warm_up() -> None:
    """Compile, or load what was compiled before."""
    (who, moderators, said), _ = draw(100)
    votes = ballots(
        who, moderators, said, face_count=100, moderator_count=MODERATORS, value_count=VALUES
    )
    fit(votes, Prior(), max_iterations=2)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Read the arguments; run each part in a process of its own."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--faces", type=int)
    parser.add_argument("--database", action="store_true", help="with the votes in a database")
    parser.add_argument("--url", help="of an empty PostgreSQL database; else SQLite in a file")
    parser.add_argument("--part", choices=["arrays", "peer"], help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.database:
        database(asked.faces or 100_000, asked.url)
    elif asked.part == "arrays":
        arrays(asked.faces)
    elif asked.part == "peer":
        peer(asked.faces)
    else:
        one_core = os.environ | {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
        faces = asked.faces or FACES
        for part, number in (("arrays", faces), ("peer", min(faces, PEER_FACES))):
            command = [sys.executable, str(Path(__file__)), "--part", part, "--faces", str(number)]
            subprocess.run(command, env=one_core, check=True)


if __name__ == "__main__":
    main()
