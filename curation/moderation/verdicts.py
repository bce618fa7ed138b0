"""Work out the verdicts of the faces whose votes changed, and set aside what they rule out.

A face is judged by what was learnt of its moderators. Every now and then (`learnt.REFRESH_SHARE`),
and on demand, that is learnt anew from all votes, starting from what was known, and every face is
judged again. A run that was stopped in the middle of that is followed by one that does it whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from curation.database.models import Annotation, Rejection, Task, Verdict
from curation.database.session import Database
from curation.database.upsert import upsert
from curation.moderation import learnt, votes
from curation.moderation.asked import choices
from curation.moderation.consensus import ages
from curation.moderation.consensus.claims import CORRECTED, ClaimVerdict, judge_claim
from curation.moderation.judging import Judged, Standing, judge, prior_of
from curation.moderation.overlap import overlap_wanted
from curation.settings import ModerationSettings
from curation.stages import Rejected, Stage, Subject

# What rules a face out, the first that applies: attribute, values, reason.
RULED_OUT = (
    ("relevant", ("no",), "not-relevant"),
    ("age_fits", ("too_young", "too_old"), "age-does-not-fit"),
    ("age_fits", ("unclear",), "age-unclear"),
    ("gender", ("unclear",), "gender-unclear"),
)


def ruling_out() -> dict[str, tuple[str, ...]]:
    """Return the values that rule a face out, by attribute."""
    found: dict[str, tuple[str, ...]] = {}
    for attribute, values, _ in RULED_OUT:
        found[attribute] = found.get(attribute, ()) + values
    return found


@dataclass(frozen=True)
class FaceVotes:
    """One face: what its votes add up to, and the annotations they come from.

    `annotators` is how many moderators have answered, whether their votes count or not; `overlap`
    how many may, as Label Studio confirmed, and `wanted` how many were to, None where nothing of
    its own was set.
    """

    task_id: str
    face_id: str
    claimed_age: float  # years
    annotations: frozenset[str]
    annotators: int
    overlap: int | None
    wanted: int | None
    judged: Judged


@dataclass(frozen=True)
class Verdicts:
    """The verdicts on one face, by attribute, and what becomes of the claimed age."""

    by_attribute: Mapping[str, Standing]
    claim: ClaimVerdict | None


@dataclass(frozen=True)
class RuledOut(Rejected):
    """Verdicts on a face that is set aside because of them."""

    verdicts: Verdicts | None = None


class VerdictStage(Stage[FaceVotes, Verdicts]):
    """Tasks whose annotations changed get their verdicts anew; all of them with `everything`."""

    name: ClassVar[str] = "verdict"
    unit: ClassVar[str] = "faces"
    subject: ClassVar[Subject] = "face"
    batch_size: ClassVar[int] = 1_000

    def __init__(
        self, project_id: str, settings: ModerationSettings, *, everything: bool = False
    ) -> None:
        self.project_id = project_id
        self.settings = settings
        self.choices = choices(settings)
        self.everything = everything
        self.learning: learnt.Learning | None = None  # what this run learnt, if it did
        self._recorded = 0

    def count(self, database: Database) -> int:
        """Return how many faces wait for new verdicts."""
        with database.session() as session:
            number = session.scalars(select(func.count()).where(*self._stale())).one()
            if self._learns_anew(session, number):
                number = session.scalars(select(func.count()).where(*self._answered())).one()
        return number

    def batches(self, database: Database) -> Iterator[Sequence[FaceVotes]]:
        """Yield the faces that wait, judged; learn of the moderators before that, when it is time.

        What is yielded is whole only when the last batch was recorded: then it is written down.
        """
        with database.session() as session:
            waiting = session.scalars(select(func.count()).where(*self._stale())).one()
            anew = self._learns_anew(session, waiting)
            if not waiting and not anew:
                return
            moderators = votes.active_moderators(session)
            prior = prior_of(self.settings)
            known = learnt.load(session, self.project_id, moderators, self.choices, prior)
        if anew:
            everything = votes.read_all(database, self.project_id, moderators, self.choices)
            self.learning = learnt.learn(
                everything, moderators, prior, known, self.settings.threshold
            )
            del everything
            known = self.learning.learnt
            with database.session() as session:
                learnt.save(session, self.project_id, self.learning, self.choices)
        assert known is not None  # otherwise it was learnt anew
        which = self._answered() if anew else self._stale()
        wanted = select(Task.id, Task.face_id, Task.claimed_age, Task.overlap, Task.wanted).where(
            *which
        )
        self._recorded = 0
        handed_out, counted = 0, Counter[str]()
        for page in database.read_by_key(wanted, Task.id, self.batch_size):
            with database.session() as session:
                items = self._judge(session, page, known)
            handed_out += len(items)
            for item in items:
                counted.update({name: one.votes for name, one in item.judged.standings.items()})
            yield items
        # With a limit, or when stopped, not all that was handed out is recorded.
        whole = anew and self._recorded == handed_out
        with database.session() as session:
            learnt.mark_judged(session, self.project_id, counted, all_of=whole)

    def key(self, item: FaceVotes) -> str:
        """Return the face."""
        return item.face_id

    def process(self, items: Sequence[FaceVotes]) -> Sequence[Verdicts | Rejected]:
        """Say which faces are ruled out, and what becomes of claimed ages."""
        return [self._verdicts(item) for item in items]

    def record(
        self, session: Session, outcomes: Sequence[tuple[FaceVotes, Verdicts | Rejected]]
    ) -> Counter[str]:
        """Write the verdicts; take back those that have no votes any more, and old rejections."""
        self._recorded += len(outcomes)
        tasks = [item.task_id for item, _ in outcomes]
        faces = [item.face_id for item, _ in outcomes]
        # First this, which locks the rows: a pull that changes them now waits, and marks them anew.
        session.execute(update(Task).where(Task.id.in_(tasks)).values(stale=False))
        now = votes.answers(session, tasks)
        changed = [
            item.task_id for item, _ in outcomes if item.annotations != now[item.task_id].counting
        ]
        session.execute(update(Task).where(Task.id.in_(changed)).values(stale=True))
        rows = [row for item, outcome in outcomes for row in _rows(item, outcome)]
        there = {(row["face_id"], row["attribute"]) for row in rows}
        for face_id, attribute in session.execute(
            select(Verdict.face_id, Verdict.attribute).where(Verdict.face_id.in_(faces))
        ).all():
            if (face_id, attribute) not in there:
                session.execute(
                    delete(Verdict).where(
                        Verdict.face_id == face_id, Verdict.attribute == attribute
                    )
                )
        upsert(session, Verdict, rows, update=VERDICT_COLUMNS)
        fine = [item.face_id for item, outcome in outcomes if not isinstance(outcome, Rejected)]
        session.execute(
            delete(Rejection).where(Rejection.stage == self.name, Rejection.face_id.in_(fine))
        )
        asked = [
            {"id": item.task_id, "wanted": wanted}
            for item, _ in outcomes
            if (wanted := self._overlap(item)) != item.wanted
        ]
        if asked:
            session.execute(update(Task), asked)
        decided = Counter(row["attribute"] for row in rows if row["state"] == "sure")
        return Counter({f"{name} sure": number for name, number in decided.items()})

    def _stale(self) -> tuple[ColumnElement[bool], ...]:
        return Task.project_id == self.project_id, Task.stale.is_(True)

    def _answered(self) -> tuple[ColumnElement[bool], ...]:
        answered = exists().where(Annotation.task_id == Task.id)
        return Task.project_id == self.project_id, or_(Task.stale.is_(True), answered)

    def _learns_anew(self, session: Session, waiting: int) -> bool:
        """Tell whether all votes are read: on demand, when it is time, or after a broken run."""
        if self.everything:
            return True
        if learnt.interrupted(session, self.project_id):
            return True
        if not waiting:
            return False
        given = select(func.count()).select_from(Annotation).join(Task)
        answers = session.scalars(given.where(*self._stale(), Annotation.state == "current")).one()
        return learnt.wants_full_pass(session, self.project_id, self.choices, answers)

    def _judge(
        self, session: Session, tasks: Sequence[Any], known: learnt.Learnt
    ) -> list[FaceVotes]:
        import pyarrow as pa

        ids = [task.id for task in tasks]
        page = votes.read_page(session, pa.array(ids, pa.string()), known.moderators)
        judged = judge(page, known, self.choices, ruling_out(), self.settings)
        answers = votes.answers(session, ids)
        numbered = set(known.moderators.to_pylist())
        return [
            FaceVotes(
                task.id,
                task.face_id,
                task.claimed_age,
                # Votes of somebody who came meanwhile are not in it: the face is judged again.
                frozenset(answers[task.id].counting)
                if answers[task.id].voters <= numbered
                else frozenset(),
                len(answers[task.id].annotators),
                task.overlap,
                task.wanted,
                one,
            )
            for task, one in zip(tasks, judged, strict=True)
        ]

    def _overlap(self, item: FaceVotes) -> int | None:
        return overlap_wanted(item.annotators, item.judged.more, item.overlap, self.settings.votes)

    def _verdicts(self, item: FaceVotes) -> Verdicts | RuledOut:
        found, guessed = item.judged.standings, item.judged.guessed
        claim = None
        if guessed is not None:
            fits = found["age_fits"].value if "age_fits" in found else None
            claim = judge_claim(fits, item.claimed_age, guessed, quorum=self.settings.quorum)
        verdicts = Verdicts(found, claim)
        for attribute, values, reason in RULED_OUT:
            verdict = found.get(attribute)
            if verdict is None or verdict.value not in values:
                continue
            if attribute == "age_fits" and claim is not None and claim.value == CORRECTED:
                continue
            return RuledOut(reason, f"{verdict.value} by {verdict.votes} votes", verdicts)
        return verdicts


VERDICT_COLUMNS = (
    *("value", "age", "probability", "votes", "method", "state", "posterior", "low", "high"),
)


def _rows(item: FaceVotes, outcome: Verdicts | Rejected) -> list[dict[str, Any]]:
    verdicts = outcome.verdicts if isinstance(outcome, RuledOut) else outcome
    assert isinstance(verdicts, Verdicts)
    rows: list[dict[str, Any]] = [
        {
            "face_id": item.face_id,
            "attribute": attribute,
            "value": verdict.value,
            "age": item.claimed_age if attribute == "age_fits" else None,
            "probability": verdict.probability,
            "votes": verdict.votes,
            "method": verdict.method,
            "state": verdict.state,
            "posterior": dict(verdict.posterior),
            "low": None,
            "high": None,
        }
        for attribute, verdict in verdicts.by_attribute.items()
    ]
    guessed, claim = item.judged.guessed, verdicts.claim
    if guessed is not None and claim is not None:
        fits = verdicts.by_attribute.get("age_fits")
        fitting = fits.posterior["yes"] if fits else 0.5
        rows.append(
            {
                "face_id": item.face_id,
                "attribute": votes.AGE,
                "value": claim.value,
                "age": claim.age,
                "probability": fitting if claim.age == item.claimed_age else 1 - fitting,
                "votes": guessed.guesses,
                "method": ages.METHOD,
                "state": fits.state if fits else "open",
                "posterior": None,
                "low": guessed.low,
                "high": guessed.high,
            }
        )
    return rows
