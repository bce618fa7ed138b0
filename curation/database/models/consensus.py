"""What was learnt of the moderators from their votes, and how."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from curation.database.models.base import Base


class ConsensusModel(Base):
    """What the last full pass over the votes on one question of one project learnt.

    `choices` are the question's values, in the order of `faces` (the expected number of faces of
    each) and of the confusion matrices. `votes` is how many there were; `judged_since` how many
    votes were on the faces that were judged with this model since. `complete` is set when every
    face has been judged with it.
    """

    __tablename__ = "consensus_model"

    project_id: Mapped[str] = mapped_column(
        ForeignKey("project.id", ondelete="CASCADE"), primary_key=True
    )
    attribute: Mapped[str] = mapped_column(primary_key=True)
    choices: Mapped[list[str]]
    faces: Mapped[list[float]]
    votes: Mapped[int]
    iterations: Mapped[int]
    converged: Mapped[bool]
    judged_since: Mapped[int] = mapped_column(default=0)
    complete: Mapped[bool] = mapped_column(default=False)


class Confusion(Base):
    """How often one moderator said what, by what is (likely) true, in one project.

    `counts` has a row for each value said and in it a number for each true value, both in the
    order of the model's `choices`: expected counts, without the prior.
    """

    __tablename__ = "confusion"

    project_id: Mapped[str] = mapped_column(
        ForeignKey("project.id", ondelete="CASCADE"), primary_key=True
    )
    attribute: Mapped[str] = mapped_column(primary_key=True)
    moderator_id: Mapped[str] = mapped_column(
        ForeignKey("moderator.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    counts: Mapped[list[Any]] = mapped_column(JSON)


class AgeBias(Base):
    """How far one moderator's guesses of ages lie off, and spread: in years at the age of 30."""

    __tablename__ = "age_bias"

    project_id: Mapped[str] = mapped_column(
        ForeignKey("project.id", ondelete="CASCADE"), primary_key=True
    )
    moderator_id: Mapped[str] = mapped_column(
        ForeignKey("moderator.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    bias: Mapped[float]
    spread: Mapped[float]
    guesses: Mapped[int]
