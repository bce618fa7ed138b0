"""All that the view shows, as plain values; and a cache that is renewed when something changed."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select

from curation.database.models import Annotation, Gold, ModeratorChange, Task, Verdict
from curation.moderation.campaign import Campaign
from curation.moderation.quality.plain import as_json
from curation.moderation.standing import read_report
from curation.moderation.view.contested import ContestedFace, read_contested
from curation.moderation.view.figures import Figures, Tally, read_figures
from curation.workspace import Workspace

SHOWN_FACES = 24


def read_state(workspace: Workspace, now: datetime | None = None) -> dict[str, Any]:
    """Return figures, moderators and contested faces of the present campaign."""
    state = _quick(workspace, now or datetime.now(UTC))
    state["quality"] = _quality(workspace)
    return state


def _quick(workspace: Workspace, now: datetime) -> dict[str, Any]:
    campaign, settings = Campaign(workspace), workspace.settings
    with workspace.database.session() as session:
        figures = read_figures(session, campaign.id, settings, now)
        faces = read_contested(session, campaign.id, settings.moderation, SHOWN_FACES)
    return {
        "questions_version": campaign.questions,
        **figures_json(figures, settings.moderation.price_per_vote, settings.moderation.currency),
        "contested_faces": [_face_json(one) for one in faces],
    }


def _quality(workspace: Workspace) -> dict[str, Any]:
    settings = workspace.settings.moderation
    report = read_report(workspace.database, Campaign(workspace).id, settings)
    return as_json(report) | {"bar": settings.accuracy_bar}


def figures_json(figures: Figures, price: float, currency: str) -> dict[str, Any]:
    """Return figures as JSON knows them, with the cost where a price is set."""
    cost = None
    if price:
        cost = {
            "price": price,
            "currency": currency,
            "spent": price * figures.answers,
            "to_come": price * figures.answers_to_come,
        }
    decided = figures.faces.decided
    return {
        "at": figures.at.isoformat(timespec="seconds"),
        "faces": _tally_json(figures.faces),
        "questions": {name: _tally_json(one) for name, one in figures.questions.items()},
        "countries": {name: _tally_json(one) for name, one in figures.countries.items()},
        "ages": {name: _tally_json(one) for name, one in figures.ages.items()},
        "answers": figures.answers,
        "suspended_answers": figures.suspended_answers,
        "answers_to_come": figures.answers_to_come,
        "answers_per_decided_face": figures.answers / decided if decided else None,
        "answers_by_hour": list(figures.per_hour),
        "answers_per_hour": figures.rate,
        "hours_left": figures.hours_left,
        "waiting_for_verdicts": figures.waiting,
        "cost": cost,
    }


def _tally_json(one: Tally) -> dict[str, int]:
    return {"decided": one.decided, "contested": one.contested, "open": one.open, "all": one.all}


def _face_json(one: ContestedFace) -> dict[str, Any]:
    return {
        "face": one.face_id,
        "claimed_age": one.claimed_age,
        "votes": {name: dict(values) for name, values in one.votes.items()},
    }


class Cache:
    """The state of a workspace's campaign, worked out anew when the votes are not as they were.

    Whoever asks has the state of the last `renew` at once; a thread of its own renews it. Figures
    that depend on the time alone (the rate) are renewed every `seconds`.
    """

    def __init__(self, workspace: Workspace, seconds: float = 30.0) -> None:
        self.workspace = workspace
        self.seconds = seconds
        self._lock = threading.Lock()
        self._mark: Any = None
        self._at = datetime.min.replace(tzinfo=UTC)
        self._state: dict[str, Any] = {}
        self._quality: tuple[Any, dict[str, Any]] | None = None

    def state(self) -> dict[str, Any]:
        """Return the state as it was last worked out; work it out where it never was."""
        return self._state or self.renew()

    def renew(self) -> dict[str, Any]:
        """Return the state as it is now."""
        with self._lock:
            mark, now = self._read_mark(), datetime.now(UTC)
            if mark == self._mark and (now - self._at).total_seconds() < self.seconds:
                return self._state
            state, votes = _quick(self.workspace, now), (mark[0], mark[2])
            if self._quality is None or self._quality[0] != votes:
                self._quality = votes, _quality(self.workspace)
            self._mark, self._at = mark, now
            self._state = state | {"quality": self._quality[1]}
            return self._state

    def _read_mark(self) -> tuple[Any, ...]:
        """Return values that change with everything that is shown."""
        project = Campaign(self.workspace).id
        with self.workspace.database.session() as session:
            answers = session.execute(
                select(
                    func.count(), func.max(Annotation.updated_at), func.max(Annotation.created_at)
                )
                .select_from(Annotation)
                .where(Annotation.state == "current")
            ).one()
            stale = select(func.count()).where(Task.project_id == project, Task.stale.is_(True))
            tasks = select(func.count()).where(Task.project_id == project)
            verdicts = select(func.count(), func.count(Verdict.value)).select_from(Verdict)
            changes = select(func.max(ModeratorChange.at))
            gold = select(func.count(), func.max(Gold.since), func.max(Gold.state))
            return (
                tuple(answers),
                tuple(session.execute(verdicts).one()),
                (session.scalars(changes).one(), *session.execute(gold).one()),
                session.scalars(stale).one(),
                session.scalars(tasks).one(),
            )
