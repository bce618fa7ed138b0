"""How many votes a true verdict takes: policies of asking, on simulated moderators.

    python benchmarks/moderation_votes.py                  # the table: 10,000 faces, 3 seeds
    python benchmarks/moderation_votes.py --server         # 200 faces through a real Label Studio
    python benchmarks/moderation_votes.py --pool hard

The simulation serves faces as Label Studio's stream does: begun faces first, to whoever comes by
and has not answered them. Every thousand votes what is known is taken stock of, by the functions
that `curate pull` uses: `judging.weigh`, `dawid_skene.fit`, the settings of `moderation`, and the
same rule of when everything is learnt anew. Truth is drawn beforehand and never shown to them.

Twelve moderators: nine answer each question rightly with the probability given in `POOLS` (a wrong
answer is any other alike), two always give the same answers, and one is hurried: right in 45 of 100
cases, and twice as fast as the others. "supervised" stands for somebody who takes these three
out after 60 votes of each: their votes do not count from then on, and their faces reopen. "by
itself" is what `curate pull` does with no supervisor: whoever `standing.surely_worthless` names is
taken out whenever everything is learnt anew.

A face is right when what becomes of it is: set aside for the right reason, or kept with the right
gender. What stays undecided counts as wrong. `wrong when sure` is about single answers above the
threshold.

With --server the same moderators sign up at a Label Studio that is started for it, each with a key
of their own; every vote takes what `/api/projects/{id}/next` offers that key. Twelve people cannot
be told apart by 200 faces as well as by 10,000, so more votes are asked for.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import typer
from numpy.typing import NDArray

from curation.moderation.asked import choices
from curation.moderation.consensus import dawid_skene
from curation.moderation.consensus.ballots import Ballots, ballots
from curation.moderation.consensus.outcomes import UNDECIDED, State
from curation.moderation.judging import Weighed, prior_of, weigh
from curation.moderation.learnt import REFRESH_SHARE
from curation.moderation.quality.report import QualityReport, quality_report
from curation.moderation.quality.table import Answers, QuestionVotes, Votes
from curation.moderation.standing import surely_worthless
from curation.moderation.verdicts import RULED_OUT, ruling_out
from curation.settings import ModerationSettings

if TYPE_CHECKING:
    from curation.moderation.campaign import Campaign
    from curation.moderation.label_studio import LabelStudioClient
    from curation.workspace import Workspace

POOLS = {
    "ordinary": (0.98, 0.97, 0.96, 0.95, 0.93, 0.90, 0.85, 0.75, 0.60),
    "hard": (0.98, 0.93, 0.885, 0.84, 0.79, 0.74, 0.695, 0.65, 0.60),
}
ALWAYS = (
    {"gender": "female", "age_fits": "yes", "relevant": "yes"},
    {"gender": "male", "age_fits": "yes", "relevant": "yes"},
)
HURRIED = 0.45
BAD = (9, 10, 11)  # the two that always say the same, and the hurried one
BEFORE_SUSPENSION = 60  # votes of each
TAKE_STOCK = 1_000  # votes
CHOICES = choices(ModerationSettings())

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Policy:
    """How votes are asked for, and what is made of them."""

    name: str
    settings: ModerationSettings
    supervised: bool = False
    by_itself: bool = False


def policies() -> list[Policy]:
    """Return the policies that are compared; "adaptive Dawid-Skene, by itself" is the default."""

    def fixed(votes: int) -> ModerationSettings:
        return ModerationSettings(method="majority", votes=votes, max_votes=votes)

    adaptive = ModerationSettings()
    return [
        Policy("3-vote majority", fixed(3)),
        Policy("5-vote majority", fixed(5)),
        Policy("5-vote majority, supervised", fixed(5), supervised=True),
        Policy("5-vote Dawid-Skene", ModerationSettings(votes=5, max_votes=5)),
        Policy("adaptive majority", ModerationSettings(method="majority", vote_accuracy=0.9)),
        Policy(
            "adaptive majority, supervised",
            ModerationSettings(method="majority", vote_accuracy=0.9),
            supervised=True,
        ),
        Policy("adaptive Dawid-Skene", adaptive),
        Policy("adaptive Dawid-Skene, supervised", adaptive, supervised=True),
        Policy("adaptive Dawid-Skene, by itself", adaptive, by_itself=True),
        Policy("supervised, 3 votes at least", ModerationSettings(votes=3), supervised=True),
        Policy("supervised, threshold 0.95", ModerationSettings(threshold=0.95), supervised=True),
        Policy("supervised, both", ModerationSettings(votes=3, threshold=0.95), supervised=True),
        Policy("threshold 0.95, nobody suspended", ModerationSettings(threshold=0.95)),
    ]


@dataclass
class World:
    """Faces with a truth that is known here only, and moderators who answer."""

    truth: dict[str, Numbers]
    accuracies: tuple[float, ...]
    rng: np.random.Generator

    @classmethod
    def draw(cls, faces: int, pool: str, seed: int) -> World:
        """Draw the truth: 7 in 100 pictures show no one person, 15 in 100 claims do not fit."""
        rng = np.random.default_rng(seed)
        relevant = (rng.random(faces) < 0.07).astype(np.int64)
        gender = rng.choice(3, faces, p=[0.495, 0.495, 0.01])
        fits = rng.choice(4, faces, p=[0.85, 0.07, 0.06, 0.02])
        nobody = (relevant == 1) & (rng.random(faces) < 0.7)
        gender[nobody], fits[nobody] = 2, 3
        truth = {"gender": gender, "age_fits": fits, "relevant": relevant}
        return cls(truth, POOLS[pool], rng)

    @property
    def faces(self) -> int:
        """How many faces there are."""
        return len(self.truth["gender"])

    def answer(self, moderator: int, face: int) -> dict[str, int]:
        """Return the numbers of the values that a moderator says of a face."""
        if moderator in BAD[:2]:
            said = ALWAYS[BAD.index(moderator)]
            return {name: CHOICES[name].index(value) for name, value in said.items()}
        accuracy = HURRIED if moderator == BAD[2] else self.accuracies[moderator]
        given = {}
        for name, values in CHOICES.items():
            right = int(self.truth[name][face])
            wrong = (right + int(self.rng.integers(1, len(values)))) % len(values)
            given[name] = right if self.rng.random() < accuracy else wrong
        return given

    def who(self, free: NDArray[np.bool_]) -> int:
        """Return which of these moderators comes by next: the hurried one twice as often."""
        weight = np.where(np.arange(12) == BAD[2], 2.0, 1.0) * free
        return int(self.rng.choice(12, p=weight / weight.sum()))


@dataclass
class Room:
    """The votes of one simulated campaign, and what they add up to so far."""

    world: World
    policy: Policy
    faces: list[int] = field(default_factory=list)
    moderators: list[int] = field(default_factory=list)
    said: dict[str, list[int]] = field(default_factory=lambda: {name: [] for name in CHOICES})
    models: dict[str, dawid_skene.Model] = field(default_factory=dict)
    fitted: int = 0
    suspended: dict[int, int] = field(default_factory=dict)  # after so many answers

    def run(self) -> dict[str, Weighed]:
        """Ask until no face wants another vote; return how all questions stand."""
        seen = np.zeros((self.world.faces, 12), bool)
        active = np.ones(12, bool)
        wanted = np.full(self.world.faces, self.policy.settings.votes)
        while True:
            self._ask(wanted, seen, active)
            if self.policy.supervised:
                given = np.bincount(self.moderators, minlength=12)
                active[[bad for bad in BAD if given[bad] >= BEFORE_SUSPENSION]] = False
            found, more = self._take_stock(active)
            if self.policy.by_itself and self.fitted == len(self.faces):
                for worthless in surely_worthless(self._report(active)):
                    moderator = int(worthless.moderator_id)
                    active[moderator] = False
                    self.suspended[moderator] = self.moderators.count(moderator)
                    found, more = self._take_stock(active)
            wanted = np.where(seen[:, active].all(axis=1), 0, more)
            if not wanted.any():
                return found

    def _ask(self, wanted: Numbers, seen: NDArray[np.bool_], active: NDArray[np.bool_]) -> None:
        asked = 0
        open_faces = np.flatnonzero(wanted)
        begun_first = np.argsort(-seen[open_faces].sum(axis=1), kind="stable")
        for face in open_faces[begun_first]:
            for _ in range(wanted[face]):
                free = active & ~seen[face]
                if asked == TAKE_STOCK or not free.any():
                    break
                moderator = self.world.who(free)
                seen[face, moderator] = True
                self.faces.append(int(face))
                self.moderators.append(moderator)
                for name, value in self.world.answer(moderator, int(face)).items():
                    self.said[name].append(value)
                asked += 1

    def _take_stock(self, active: NDArray[np.bool_]) -> tuple[dict[str, Weighed], Numbers]:
        faces, moderators = np.array(self.faces), np.array(self.moderators)
        counting = active[moderators]
        cast: dict[str, Ballots] = {
            name: ballots(
                faces[counting],
                moderators[counting],
                np.array(self.said[name])[counting],
                face_count=self.world.faces,
                moderator_count=12,
                value_count=len(values),
            )
            for name, values in CHOICES.items()
        }
        settings = self.policy.settings
        if len(faces) - self.fitted >= REFRESH_SHARE * self.fitted:
            for name, votes in cast.items():
                fitted = dawid_skene.fit(votes, prior_of(settings), start=self.models.get(name))
                self.models[name] = fitted.model
            self.fitted = len(faces)
        return weigh(cast, self.models, CHOICES, ruling_out(), settings)

    def _report(self, active: NDArray[np.bool_]) -> QualityReport:
        faces, moderators = np.array(self.faces), np.array(self.moderators)
        rows, none = np.arange(len(faces)), np.full(len(faces), -1)
        questions = {
            name: QuestionVotes(
                name, values, faces, moderators, np.array(self.said[name]), none, rows
            )
            for name, values in CHOICES.items()
        }
        usual = self.world.rng.lognormal(1.5, 0.5, len(faces))  # seconds
        answers = Answers(faces, moderators, rows * 1.0, usual)
        names = tuple(str(number) for number in range(12))
        votes = Votes(names, active, self.world.faces, answers, questions)
        return quality_report(votes, self.policy.settings.suspend_below)


def becomes(values: Mapping[str, Numbers]) -> NDArray[np.object_]:
    """Return what becomes of each face: the reason it is set aside for, its gender, or None."""
    faces = len(values["gender"])
    found = np.full(faces, None, object)
    decided = np.logical_and.reduce([values[name] != UNDECIDED for name in CHOICES])
    names = np.array([*CHOICES["gender"]], object)
    found[decided] = names[values["gender"][decided]]
    for attribute, ruled, reason in reversed(RULED_OUT):
        numbers = [CHOICES[attribute].index(value) for value in ruled]
        found[np.isin(values[attribute], numbers)] = reason
    return found


def figures(world: World, found: Mapping[str, Weighed], votes: float) -> dict[str, float]:
    """Return the shares that the table shows."""
    values = {name: one.outcome.values for name, one in found.items()}
    right = {name: float((values[name] == world.truth[name]).mean()) for name in CHOICES}
    sure = np.concatenate([one.outcome.states == State.SURE for one in found.values()])
    wrong = np.concatenate([values[name] != world.truth[name] for name in found])
    return {
        "votes per face": votes,
        "face right": float((becomes(values) == becomes(world.truth)).mean()),
        **{f"{name} right": share for name, share in right.items()},
        "sure": float(sure.mean()),
        "wrong when sure": float(wrong[sure].mean()),
    }


def table(faces: int, pool: str, seeds: int, only: str) -> None:
    """Print a row for each policy: means over the seeds, and the range of the first two columns."""
    typer.echo(f"{faces:,} faces, pool {pool}, {seeds} seeds")
    typer.echo(
        f"{'policy':33}{'votes per face':>20}{'face right':>24}  gender  age fits  relevant  sure"
    )
    for policy in policies():
        if only not in policy.name:
            continue
        rows, suspended = [], []
        for seed in range(seeds):
            world = World.draw(faces, pool, seed)
            room = Room(world, policy)
            rows.append(figures(world, room.run(), len(room.faces) / faces))
            suspended.append(room.suspended)
        mean = {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
        spans = [
            f"{mean[name]:.{digits}f} ({min(r[name] for r in rows):.{digits}f}"
            f"-{max(r[name] for r in rows):.{digits}f})"
            for name, digits in (("votes per face", 2), ("face right", 4))
        ]
        typer.echo(
            f"{policy.name:33}{spans[0]:>20}{spans[1]:>24}  {mean['gender right']:.4f}"
            f"  {mean['age_fits right']:.4f}    {mean['relevant right']:.4f}"
            f"    {mean['sure']:.3f} (wrong {mean['wrong when sure']:.4f})",
        )
        if policy.by_itself:
            typer.echo(f"  suspended by itself, after so many answers: {_told(suspended, pool)}")


def _told(suspended: Sequence[Mapping[int, int]], pool: str) -> str:
    """Return in words who was suspended, and after how many answers of theirs, by seed."""
    kinds = [f"accuracy {one:g}" for one in POOLS[pool]] + ["always the same"] * 2 + ["hurried"]
    return " | ".join(
        ", ".join(f"{kinds[number]}: {after}" for number, after in sorted(one.items()))
        for one in suspended
    )


def on_a_server(faces: int, pool: str, seed: int) -> None:
    """Put `faces` through a real Label Studio; print the same figures."""
    from sqlalchemy import func, select

    from curation.database.models import Annotation, Task, Verdict
    from curation.moderation.asking import AskStage
    from curation.moderation.pull import PullStage
    from curation.moderation.push import PushStage
    from curation.moderation.verdicts import VerdictStage
    from curation.stages import run

    world = World.draw(faces, pool, seed)
    with _moderated(faces) as (campaign, keys):
        database = campaign.workspace.database
        run(PushStage(campaign), database)
        with database.session() as session:
            tasks = session.execute(select(Task.remote_id, Task.face_id).order_by(Task.id)).all()
        number = {int(remote or 0): place for place, (remote, _) in enumerate(tasks)}
        seen: set[tuple[int, int]] = set()
        started = time.monotonic()
        while _vote(campaign, keys, world, number, seen):
            run(PullStage(campaign), database)
            run(VerdictStage(campaign.id, campaign.settings.moderation), database)
            asked = run(AskStage(campaign), database)
            typer.echo(
                f"{time.monotonic() - started:6.0f} s: {len(seen):,} votes; "
                f"{asked.added['asked again']} faces asked again ({asked.seconds:.1f} s)",
            )
        place = {face: index for index, (_, face) in enumerate(tasks)}
        values = {name: np.full(faces, UNDECIDED) for name in CHOICES}
        with database.session() as session:
            for row in session.scalars(select(Verdict)):
                if row.value is not None and row.attribute in CHOICES:
                    answer = CHOICES[row.attribute].index(row.value)
                    values[row.attribute][place[row.face_id]] = answer
            given = session.scalars(select(func.count()).select_from(Annotation)).one()
            twice = session.execute(
                select(Annotation.task_id, Annotation.moderator_id)
                .group_by(Annotation.task_id, Annotation.moderator_id)
                .having(func.count() > 1)
            ).all()
            most = session.scalars(
                select(func.count()).select_from(Annotation).group_by(Annotation.task_id)
            ).all()
    right = float((becomes(values) == becomes(world.truth)).mean())
    typer.echo(
        f"{faces} faces through Label Studio: {given / faces:.2f} votes per face (at most "
        f"{max(most)}), {right:.3f} of the faces right, {len(twice)} asked twice of one moderator"
    )


@contextmanager
def _moderated(faces: int) -> Iterator[tuple[Campaign, list[tuple[str, LabelStudioClient]]]]:
    """Yield a campaign on a new workspace and server, and each moderator's key and connection."""
    from curation.moderation.accounts import account_key
    from curation.moderation.campaign import Campaign
    from curation.moderation.label_studio import LabelStudioClient
    from curation.moderation.server import Server
    from curation.moderation.server_install import install, installation
    from curation.workspace import create_workspace

    place = installation()
    install(place)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="votes-")))
        workspace = create_workspace(folder / "workspace")
        stack.callback(workspace.database.close)
        _add_faces(workspace, faces)
        server = Server(workspace.label_studio)
        stack.callback(server.down)
        server.up(place, folder / "workspace" / "store")
        campaign = stack.enter_context(Campaign(workspace))
        client = campaign.client
        keys = [
            account_key(client, f"simulated-{number}@moderators.example", "a long password")
            for number in range(12)
        ]
        yield (
            campaign,
            [(key, stack.enter_context(LabelStudioClient(client.url, key))) for key in keys],
        )


def _vote(
    campaign: Campaign,
    keys: list[tuple[str, LabelStudioClient]],
    world: World,
    number: Mapping[int, int],
    seen: set[tuple[int, int]],
    at_most: int = 100,
) -> int:
    """Let moderators come by until `at_most` votes are in or nobody is offered anything."""
    import uuid

    import httpx

    from curation.moderation.questions import result_of

    row = campaign.row(campaign.workspace.database)
    assert row is not None
    idle = np.zeros(12, bool)
    given = 0
    while given < at_most and not idle.all():
        moderator = world.who(~idle)
        key, client = keys[moderator]
        offered = httpx.get(
            f"{client.url}/api/projects/{row.remote_id}/next",
            headers={"Authorization": f"Token {key}"},
            timeout=120,
        )
        if offered.status_code == 404:
            idle[moderator] = True
            continue
        task = int(offered.raise_for_status().json()["id"])
        answer = world.answer(moderator, number[task])
        words = {name: CHOICES[name][value] for name, value in answer.items()}
        client.annotate(task, result_of(words), unique_id=str(uuid.uuid4()), lead_time=3.0)
        seen.add((task, moderator))
        given += 1
    return given


def _add_faces(workspace: Workspace, number: int) -> None:
    """Write faces with a claimed age, without pictures: nobody looks at them."""
    from curation.database.models import Claim, Face, Image
    from curation.database.upsert import insert_new
    from curation.identity import content_id

    ids = [content_id("image", index) for index in range(number)]
    with workspace.database.session() as session:
        shared = {"format": "JPEG", "width": 480, "height": 480, "byte_count": 1}
        insert_new(
            session,
            Image,
            [
                {"id": id, "store_key": f"images/{id}.jpg", "group_id": id, "kept": True}
                | shared
                | {"face_count": 1, "phash": 1}
                for id in ids
            ],
        )
        box = {"x1": 0.0, "y1": 0.0, "x2": 90.0, "y2": 90.0, "landmarks": [0.0] * 10}
        insert_new(
            session,
            Face,
            [
                {"id": content_id(id, 0), "image_id": id, "position": 0, "score": 1.0}
                | box
                | {"eye_distance": 60.0, "crop_key": f"crops/{id}.jpg"}
                for id in ids
            ],
        )
        insert_new(
            session,
            Claim,
            [
                {"face_id": content_id(id, 0), "attribute": "age", "value": "30"}
                | {"origin": "hashtag", "confidence": 0.9}
                for id in ids
            ],
        )


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--faces", type=int, help="10,000; with --server 200")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--pool", choices=[*POOLS], default="ordinary")
    parser.add_argument("--policy", help="only those whose name has this in it")
    parser.add_argument("--server", action="store_true", help="through a real Label Studio")
    asked = parser.parse_args()
    if asked.server:
        on_a_server(asked.faces or 200, asked.pool, seed=1)
    else:
        table(asked.faces or 10_000, asked.pool, asked.seeds, asked.policy or "")


if __name__ == "__main__":
    main()
