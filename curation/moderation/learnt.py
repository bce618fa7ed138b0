"""What was learnt of the moderators, and where it is kept: one model for each question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from curation.database.models import AgeBias, Confusion, ConsensusModel, Moderator
from curation.database.upsert import insert_new
from curation.moderation.consensus import ages, dawid_skene
from curation.moderation.consensus.dawid_skene import Fit, Model, Prior
from curation.moderation.votes import AllVotes

if TYPE_CHECKING:
    import pyarrow as pa

# When the votes on faces judged since the last full pass come to more than this share of its votes,
# it is time for another: so what all passes of a campaign read stays in proportion to its votes.
REFRESH_SHARE = 0.1

Choices = dict[str, tuple[str, ...]]  # the values of each question, by attribute


@dataclass(frozen=True)
class Learnt:
    """The models of all questions, for the moderators (ids) that they number."""

    moderators: pa.Array
    models: dict[str, Model]
    ages: ages.AgeModel


@dataclass(frozen=True)
class Learning:
    """What a full pass found: the models, and by attribute how it went."""

    learnt: Learnt
    fits: dict[str, Fit]
    votes: dict[str, int]


def learn(
    votes: AllVotes, moderators: pa.Array, prior: Prior, start: Learnt | None, threshold: float
) -> Learning:
    """Learn from all votes, starting from what was learnt before.

    Claimed ages that moderators confirm with a probability of `threshold` count as known: they
    show how far all guesses are off together.
    """
    begin = start.models if start else {}
    fits = {
        name: dawid_skene.fit(ballots, prior, start=begin.get(name))
        for name, ballots in votes.choices.items()
    }
    known = np.full(len(votes.claimed), np.nan)
    if "age_fits" in fits:
        confirmed = fits["age_fits"].posteriors[:, 0] >= threshold
        known[confirmed] = votes.claimed[confirmed]
    biases = ages.fit(votes.guesses, known=known, start=start.ages if start else None)
    models = {name: found.model for name, found in fits.items()}
    return Learning(
        Learnt(moderators, models, biases),
        fits,
        {name: len(ballots) for name, ballots in votes.choices.items()},
    )


def wants_full_pass(session: Session, project_id: str, choices: Choices, waiting: int) -> bool:
    """Tell whether so many new answers cannot, or should not, be judged by what was learnt.

    They are expected to hold votes on each question in the shares that the answers before had.
    """
    rows = {row.attribute: row for row in _models(session, project_id)}
    if any(name not in rows or tuple(rows[name].choices) != choices[name] for name in choices):
        return True
    most = max((row.votes for row in rows.values()), default=0)
    if not most:
        return True
    return any(
        row.judged_since + waiting * row.votes / most > REFRESH_SHARE * max(row.votes, 1)
        for row in rows.values()
    )


def interrupted(session: Session, project_id: str) -> bool:
    """Tell whether a full pass was stopped before it had judged every face."""
    return not all(row.complete for row in _models(session, project_id))


def load(
    session: Session, project_id: str, moderators: pa.Array, choices: Choices, prior: Prior
) -> Learnt | None:
    """Return what was learnt, or None where it is not about these questions.

    A moderator of whom nothing is stored is taken to be as the prior has it.
    """
    rows = {row.attribute: row for row in _models(session, project_id)}
    number = {name: place for place, name in enumerate(moderators.to_pylist())}
    models: dict[str, Model] = {}
    for name, values in choices.items():
        row = rows.get(name)
        if row is None or tuple(row.choices) != values:
            return None
        empty = Model.empty(len(moderators), len(values), prior)
        models[name] = Model(empty.counts, np.asarray(row.faces, np.float64), prior)
    for kept in session.scalars(select(Confusion).where(Confusion.project_id == project_id)):
        if kept.moderator_id in number and kept.attribute in models:
            models[kept.attribute].counts[number[kept.moderator_id]] = kept.counts
    biases = ages.AgeModel.empty(len(moderators))
    for guesser in session.scalars(select(AgeBias).where(AgeBias.project_id == project_id)):
        if guesser.moderator_id in number:
            place = number[guesser.moderator_id]
            biases.bias[place] = guesser.bias
            biases.spread[place] = guesser.spread
            biases.guesses[place] = guesser.guesses
    return Learnt(moderators, models, biases)


def save(session: Session, project_id: str, found: Learning, choices: Choices) -> None:
    """Keep what a full pass learnt, in place of what was learnt before; not yet `complete`."""
    for table in (ConsensusModel, Confusion, AgeBias):
        session.execute(delete(table).where(table.project_id == project_id))
    ids = found.learnt.moderators.to_pylist()
    # A moderator may have been erased since the votes were read.
    there = set(session.scalars(select(Moderator.id).where(Moderator.id.in_(ids))))
    insert_new(
        session,
        ConsensusModel,
        [
            {
                "project_id": project_id,
                "attribute": name,
                "choices": list(choices[name]),
                "faces": fitted.model.faces.tolist(),
                "votes": found.votes[name],
                "iterations": fitted.iterations,
                "converged": fitted.converged,
                "judged_since": 0,
                "complete": False,
            }
            for name, fitted in found.fits.items()
        ],
    )
    insert_new(
        session,
        Confusion,
        [
            {
                "project_id": project_id,
                "attribute": name,
                "moderator_id": moderator,
                "counts": fitted.model.counts[place].tolist(),
            }
            for name, fitted in found.fits.items()
            for place, moderator in enumerate(ids)
            if moderator in there and fitted.model.counts[place].any()
        ],
    )
    biases = found.learnt.ages
    insert_new(
        session,
        AgeBias,
        [
            {
                "project_id": project_id,
                "moderator_id": moderator,
                "bias": float(biases.bias[place]),
                "spread": float(biases.spread[place]),
                "guesses": int(biases.guesses[place]),
            }
            for place, moderator in enumerate(ids)
            if moderator in there and biases.guesses[place]
        ],
    )


def mark_judged(session: Session, project_id: str, votes: dict[str, int], *, all_of: bool) -> None:
    """Write down that faces with so many `votes` (by attribute) were judged; or all of them."""
    for row in _models(session, project_id):
        changed = (
            {"complete": True}
            if all_of
            else {"judged_since": row.judged_since + votes.get(row.attribute, 0)}
        )
        session.execute(
            update(ConsensusModel)
            .where(
                ConsensusModel.project_id == project_id,
                ConsensusModel.attribute == row.attribute,
            )
            .values(changed)
        )


def _models(session: Session, project_id: str) -> list[ConsensusModel]:
    found = select(ConsensusModel).where(ConsensusModel.project_id == project_id)
    return list(session.scalars(found))
