"""How fast a moderator works, and whether that can be honest work."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curation.moderation.quality.intervals import wilson

SESSION_GAP = 900.0  # seconds without an answer that end a session
HASTE = 1.0  # seconds; nobody looks at a face and answers three questions in less
HASTY_SHARE = 0.2  # of the answers, by the lower end of its interval
EVEN_FROM = 30  # answers before regularity says anything
EVEN_SPREAD = 0.1  # standard deviation of ln(seconds); people have 0.4 and more


@dataclass(frozen=True)
class Pace:
    """Working hours by sessions, answers per hour of them, and the seconds that answers take."""

    answers: int
    sessions: int
    hours: float
    per_hour: float | None
    median_seconds: float | None
    hasty: int  # answers in less than `HASTE`
    spread: float | None  # of ln(seconds)

    @property
    def is_hasty(self) -> bool:
        """Whether more answers than chance explains came too fast to have looked."""
        return self.answers > 0 and wilson(self.hasty, self.answers)[0] > HASTY_SHARE

    @property
    def is_regular(self) -> bool:
        """Whether the answers come as evenly as only a program's do."""
        return self.answers >= EVEN_FROM and self.spread is not None and self.spread < EVEN_SPREAD


def pace(at: NDArray[np.float64], lead_time: NDArray[np.float64]) -> Pace:
    """Return the pace of one moderator's answers, in the order of time.

    `at` is when each was given and `lead_time` how long it took, both in seconds. Where the lead
    time is not known, the time since the answer before it in the same session stands for it.
    """
    count = len(at)
    if not count:
        return Pace(0, 0, 0.0, None, None, 0, None)
    gaps = np.diff(at)
    begins = np.concatenate([[True], gaps > SESSION_GAP])
    # The time to an answer is not counted beyond the gap that would end the session.
    taken = np.where(np.isfinite(lead_time), np.minimum(lead_time, SESSION_GAP), np.nan)
    since = np.concatenate([[np.nan], gaps])
    taken = np.where(np.isnan(taken) & ~begins, since, taken)
    known = taken[np.isfinite(taken)]
    usual = float(np.median(known)) if len(known) else 0.0
    before_first = np.where(np.isfinite(taken[begins]), taken[begins], usual)
    seconds = float(gaps[~begins[1:]].sum() + before_first.sum())
    positive = known[known > 0]
    return Pace(
        answers=count,
        sessions=int(begins.sum()),
        hours=seconds / 3600,
        per_hour=count / seconds * 3600 if seconds > 0 else None,
        median_seconds=usual if len(known) else None,
        hasty=int((known < HASTE).sum()),
        spread=float(np.log(positive).std()) if len(positive) > 1 else None,
    )
