"""One moderator's figures, and what speaks against them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from curation.moderation.quality.confusion import agreement, confusion, yardstick
from curation.moderation.quality.drift import Drift, drift
from curation.moderation.quality.intervals import Share, share, wilson
from curation.moderation.quality.krippendorff import interval_alpha, nominal_alpha
from curation.moderation.quality.leave_one_out import others_of
from curation.moderation.quality.pace import Pace, pace
from curation.moderation.quality.patterns import always_the_same, cycle
from curation.moderation.quality.table import Codes, QuestionVotes, Votes

FEWEST_JUDGED = 20  # votes on a question before its accuracy can speak against anybody


@dataclass(frozen=True)
class QuestionFigures:
    """One moderator and one question. `confusion` is values (truth) × values (said)."""

    values: tuple[str, ...]
    votes: int
    gold: Share
    others: Share
    agreement: Share
    confusion: NDArray[np.int64]

    @property
    def accuracy(self) -> Share:
        """Gold answers and the others' verdicts, together; no vote is judged twice."""
        return self.gold + self.others


@dataclass(frozen=True)
class Finding:
    """Something that speaks against a moderator: a word for it, and a sentence."""

    kind: str
    detail: str


@dataclass(frozen=True)
class ModeratorFigures:
    """Everything that is known of one moderator's work."""

    pseudonym: str
    active: bool
    pace: Pace
    gold: Share
    others: Share
    agreement: Share
    questions: Mapping[str, QuestionFigures]
    drift: Drift | None
    findings: tuple[Finding, ...]

    @property
    def accuracy(self) -> Share:
        """Of all questions: gold answers and the others' verdicts together."""
        return self.gold + self.others

    @property
    def is_proposed(self) -> bool:
        """Whether it is proposed to suspend the moderator."""
        return self.active and bool(self.findings)


@dataclass(frozen=True)
class QualityReport:
    """The moderators, those with most answers first, and α by question."""

    moderators: tuple[ModeratorFigures, ...]
    alpha: Mapping[str, float | None]
    answers: int
    faces: int


def quality_report(votes: Votes, bar: float) -> QualityReport:
    """Work out all figures; accuracy counts against a moderator whose interval is below `bar`.

    α is that of the votes that count: those of active moderators.
    """
    number = len(votes.moderators)
    by_question: dict[str, list[QuestionFigures]] = {}
    trouble: list[list[Finding]] = [[] for _ in range(number)]
    judged: list[list[tuple[Codes, NDArray[np.bool_]]]] = [[] for _ in range(number)]
    for attribute, question in votes.questions.items():
        others = others_of(question, votes.active, votes.faces)
        yard = yardstick(question, others)
        truth = np.where(question.gold >= 0, question.gold, yard)
        rows = _rows_by_moderator(question.moderator, number)
        by_question[attribute] = _figures(question, yard, truth, votes.faces, number)
        for code, own in enumerate(rows):
            known = own[truth[own] >= 0]
            judged[code].append((question.answer[known], truth[known] == question.value[known]))
            trouble[code] += _patterns(question, own, others.probability)
    answers = _rows_by_moderator(votes.answers.moderator, number)
    everyone = []
    for code, own in enumerate(answers):
        questions = {name: figures[code] for name, figures in by_question.items()}
        speed = pace(votes.answers.at[own], votes.answers.lead_time[own])
        findings = _below(questions, bar) + trouble[code] + _haste(speed)
        everyone.append(
            ModeratorFigures(
                pseudonym=votes.moderators[code],
                active=bool(votes.active[code]),
                pace=speed,
                gold=_pooled(figures.gold for figures in questions.values()),
                others=_pooled(figures.others for figures in questions.values()),
                agreement=_pooled(figures.agreement for figures in questions.values()),
                questions=questions,
                drift=_drift(judged[code]),
                findings=tuple(findings),
            )
        )
    everyone.sort(key=lambda one: (-one.pace.answers, one.pseudonym))
    return QualityReport(tuple(everyone), _alphas(votes), len(votes.answers), votes.faces)


def _figures(
    question: QuestionVotes,
    yard: Codes,
    truth: Codes,
    faces: int,
    number: int,
) -> list[QuestionFigures]:
    by_gold = confusion(question, question.gold, number)
    by_others = confusion(question, yard, number)
    both = confusion(question, truth, number)
    pairs = agreement(question, faces, number).astype(int)
    given = np.bincount(question.moderator, minlength=number)
    return [
        QuestionFigures(
            values=question.values,
            votes=int(given[code]),
            gold=share(int(by_gold[code].trace()), int(by_gold[code].sum())),
            others=share(int(by_others[code].trace()), int(by_others[code].sum())),
            agreement=share(int(pairs[code, 0]), int(pairs[code, 1])),
            confusion=both[code],
        )
        for code in range(number)
    ]


def _patterns(
    question: QuestionVotes, own: NDArray[np.int64], probability: NDArray[np.float64]
) -> list[Finding]:
    said, expected = question.value[own], probability[own]
    usual = always_the_same(said, expected)
    if usual is not None:
        answer = question.values[usual]
        return [
            Finding("same-answer", f"says {answer!r} to {question.attribute} whatever is shown")
        ]
    lag = cycle(said, expected)
    if lag is None:
        return []
    return [Finding("cycle", f"answers to {question.attribute} repeat after {lag}")]


def _below(questions: Mapping[str, QuestionFigures], bar: float) -> list[Finding]:
    """Return where accuracy is surely below the bar.

    The questions and all of them together are looked at; the intervals are widened so that all
    looks together are wrong as rarely as one 95 % interval (Bonferroni).
    """
    looks = {name: figures.accuracy for name, figures in questions.items()}
    looks["all questions"] = _pooled(looks.values())
    z = NormalDist().inv_cdf(1 - 0.025 / len(looks))
    found = []
    for name, one in looks.items():
        high = wilson(one.right, one.of, z)[1]
        if one.of >= FEWEST_JUDGED and high < bar:
            detail = f"{name}: {one.right} of {one.of} right, at most {high:.0%}"
            found.append(Finding("accuracy", f"{detail}; the bar is {bar:.0%}"))
    return found


def _haste(speed: Pace) -> list[Finding]:
    found = []
    if speed.is_hasty:
        found.append(
            Finding("haste", f"{speed.hasty:,} of {speed.answers:,} answers in under a second")
        )
    if speed.is_regular:
        found.append(Finding("regular", "answers come too evenly for a person"))
    return found


def _drift(judged: list[tuple[Codes, NDArray[np.bool_]]]) -> Drift | None:
    """Put the judged votes on all questions in the order of the answers they are part of."""
    if not judged:
        return None
    answer = np.concatenate([rows for rows, _ in judged])
    right = np.concatenate([good for _, good in judged])
    return drift(right[np.argsort(answer, kind="stable")])


def _alphas(votes: Votes) -> dict[str, float | None]:
    found = {}
    for attribute, question in votes.questions.items():
        counts = votes.active[question.moderator]
        found[attribute] = nominal_alpha(
            question.face[counts], question.value[counts], votes.faces, len(question.values)
        )
    for attribute, numbers in votes.numbers.items():
        counts = votes.active[numbers.moderator]
        found[attribute] = interval_alpha(numbers.face[counts], numbers.value[counts], votes.faces)
    return found


def _pooled(shares: Iterable[Share]) -> Share:
    return sum(shares, share(0, 0))


def _rows_by_moderator(moderator: Codes, number: int) -> list[NDArray[np.int64]]:
    """Return the rows of each moderator, in the order of time."""
    order = np.argsort(moderator, kind="stable")
    ends = np.cumsum(np.bincount(moderator, minlength=number))
    return list(np.split(order, ends[:-1])) if number else []
