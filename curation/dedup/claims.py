"""What the labels of all copies of a photograph claim together, and where they contradict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from curation.stages import Rejected

# Among equally confident labels the nearer the origin is to the person, the better.
ORIGINS = ("moderator", "source", "hashtag", "model")


@dataclass(frozen=True)
class StatedLabel:
    """One label of one post that carried a copy. `value` is text; of an age, years."""

    post_id: str
    attribute: str
    value: str
    origin: str
    confidence: float


@dataclass(frozen=True)
class MergedClaim:
    """The value that the copies' labels add up to for one attribute."""

    attribute: str
    value: str
    origin: str
    confidence: float


def merge(labels: Sequence[StatedLabel]) -> list[MergedClaim]:
    """Return one claim per attribute: the most confident label's value.

    Ties go to the origin nearest to the person, then to the value that more posts state, then to
    the smaller one. An age in whole years gives way to a label that states the same age more
    exactly (18 months to 1 year). Copies are often reposts of each other, so agreement adds no
    confidence.
    """
    claims = []
    for attribute in sorted({label.attribute for label in labels}):
        of_it = [label for label in labels if label.attribute == attribute]
        best = min(of_it, key=lambda label: _rank(label, of_it))
        if attribute == "age":
            same = [label for label in of_it if _refines(label, best)]
            best = min(same, key=lambda label: _rank(label, same), default=best)
        claims.append(MergedClaim(attribute, best.value, best.origin, best.confidence))
    return claims


def contradiction(labels: Sequence[StatedLabel], age_tolerance: float) -> Rejected | None:
    """Return why the copies cannot all be right, or None.

    Ages contradict when they differ by more than `age_tolerance` years, genders when they differ.
    The reason is `contradictory-copies`, or `contradictory-labels` where one post alone says both.
    """
    parts = []
    ages = sorted({float(label.value) for label in labels if label.attribute == "age"})
    if ages and ages[-1] - ages[0] > age_tolerance:
        parts.append(f"ages {ages[0]:g} to {ages[-1]:g} years")
    genders = sorted({label.value for label in labels if label.attribute == "gender"})
    if len(genders) > 1:
        parts.append(f"genders {' and '.join(genders)}")
    if not parts:
        return None
    posts = {label.post_id for label in labels if label.attribute in ("age", "gender")}
    if len(posts) == 1:
        return Rejected("contradictory-labels", f"its post states {', '.join(parts)}")
    return Rejected("contradictory-copies", f"{len(posts)} posts state {', '.join(parts)}")


def _rank(label: StatedLabel, of_it: Sequence[StatedLabel]) -> tuple[float, int, int, float, str]:
    agreeing = {other.post_id for other in of_it if other.value == label.value}
    size = float(label.value) if label.attribute == "age" else 0.0
    return -label.confidence, ORIGINS.index(label.origin), -len(agreeing), size, label.value


def _refines(label: StatedLabel, other: StatedLabel) -> bool:
    """Whether `label` states in months or weeks what `other` states in completed years."""
    exact, whole = float(label.value), float(other.value)
    return whole.is_integer() and not exact.is_integer() and int(exact) == whole
