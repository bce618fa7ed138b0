"""How much gold there is, and how much of the moderators' work goes to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from curation.database.models import Gold
from curation.database.session import Database
from curation.moderation.gold_mix import present_moderators, read_standing


@dataclass(frozen=True)
class GoldFigures:
    """Gold faces by question, answer and state; answers of the present moderators."""

    faces: int
    by_answer: Mapping[tuple[str, str], Mapping[str, int]]
    answers: int
    gold_answers: int

    def as_json(self) -> dict[str, Any]:
        """Return the figures as JSON knows them."""
        return {
            "faces": self.faces,
            "known": [
                {"question": attribute, "answer": value, **states}
                for (attribute, value), states in sorted(self.by_answer.items())
            ],
            "answers": self.answers,
            "gold_answers": self.gold_answers,
        }


def read_gold_figures(database: Database, project_id: str) -> GoldFigures:
    """Count them."""
    by_answer: dict[tuple[str, str], dict[str, int]] = {}
    with database.session() as session:
        faces = session.scalars(select(func.count(Gold.face_id.distinct()))).one()
        grouped = select(Gold.attribute, Gold.value, Gold.state, func.count()).group_by(
            Gold.attribute, Gold.value, Gold.state
        )
        for attribute, value, state, number in session.execute(grouped):
            by_answer.setdefault((attribute, value), {})[state] = number
        present = present_moderators(session, project_id)
        standing = read_standing(session, project_id, present)
    return GoldFigures(faces, by_answer, standing.answers, standing.gold_answers)
