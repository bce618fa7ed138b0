"""Moderators' figures as plain values, for JSON, CSV and pages."""

from __future__ import annotations

from typing import Any

from curation.moderation.quality.intervals import Share
from curation.moderation.quality.pace import Pace
from curation.moderation.quality.report import ModeratorFigures, QualityReport, QuestionFigures


def as_json(report: QualityReport) -> dict[str, Any]:
    """Return the whole report as JSON knows it."""
    return {
        "answers": report.answers,
        "faces": report.faces,
        "alpha": dict(report.alpha),
        "moderators": [moderator_json(one) for one in report.moderators],
    }


def moderator_json(one: ModeratorFigures) -> dict[str, Any]:
    """Return one moderator as JSON knows it."""
    return {
        "moderator": one.pseudonym,
        "status": "active" if one.active else "suspended",
        "proposed": one.is_proposed,
        **_pace_json(one.pace),
        "agreement": share_json(one.agreement),
        "gold": share_json(one.gold),
        "others": share_json(one.others),
        "accuracy": share_json(one.accuracy),
        "questions": {name: _question_json(figures) for name, figures in one.questions.items()},
        "drift": None
        if one.drift is None
        else {
            "blocks": [share_json(block) for block in one.drift.blocks],
            "z": one.drift.z,
            "p": one.drift.p,
            "worsening": one.drift.is_worsening,
        },
        "findings": [{"kind": found.kind, "detail": found.detail} for found in one.findings],
    }


def share_json(one: Share) -> dict[str, float | int | None]:
    """Return a share with its interval; no value and no interval of nothing."""
    low, high = (one.low, one.high) if one.of else (None, None)
    return {"right": one.right, "of": one.of, "value": one.value, "low": low, "high": high}


def as_rows(report: QualityReport) -> list[dict[str, Any]]:
    """Return one flat row per moderator; figures that are not known are empty."""
    rows = []
    for one in report.moderators:
        row: dict[str, Any] = {
            "moderator": one.pseudonym,
            "status": "active" if one.active else "suspended",
            **_pace_json(one.pace),
        }
        named = {"agreement": one.agreement, "gold": one.gold, "others": one.others}
        named |= {name: figures.accuracy for name, figures in one.questions.items()}
        for name, figure in named.items():
            row |= {f"{name}_{key}": value for key, value in share_json(figure).items()}
        row["findings"] = "; ".join(found.detail for found in one.findings)
        rows.append(row)
    return rows


def _pace_json(pace: Pace) -> dict[str, float | int | None]:
    return {
        "answers": pace.answers,
        "answers_per_hour": pace.per_hour,
        "hours": pace.hours,
        "sessions": pace.sessions,
        "median_seconds": pace.median_seconds,
        "under_a_second": pace.hasty,
    }


def _question_json(figures: QuestionFigures) -> dict[str, Any]:
    return {
        "votes": figures.votes,
        "agreement": share_json(figures.agreement),
        "gold": share_json(figures.gold),
        "others": share_json(figures.others),
        "accuracy": share_json(figures.accuracy),
        "values": list(figures.values),
        "confusion": figures.confusion.tolist(),
    }
