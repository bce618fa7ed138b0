"""What becomes of a claimed age: accepted, corrected or rejected."""

from __future__ import annotations

from dataclasses import dataclass

ACCEPTED, CORRECTED, REJECTED = "accepted", "corrected", "rejected"


@dataclass(frozen=True)
class GuessedAge:
    """What free guesses add up to: the age and its 95 % interval, in years; how many there are."""

    age: float
    low: float
    high: float
    guesses: int

    @property
    def agree(self) -> bool:
        """Whether the guesses are sure to within two years and a tenth of the age."""
        return (self.high - self.low) / 2 <= 2.0 + self.age / 10


@dataclass(frozen=True)
class ClaimVerdict:
    """`value` is None while it is not said whether the claim fits; `age` (years) is what stands."""

    value: str | None
    age: float | None


def judge_claim(
    fits: str | None, claimed_age: float, guessed: GuessedAge, *, quorum: int
) -> ClaimVerdict:
    """Return what becomes of a claim (years), given the verdict on `age_fits` and free guesses.

    A claim that fits is accepted. One that does not is corrected, where at least `quorum` guesses
    agree and lie on the side that the verdict names; otherwise it is rejected.
    """
    if fits is None:
        return ClaimVerdict(None, None)
    if fits == "yes":
        return ClaimVerdict(ACCEPTED, claimed_age)
    same_side = (fits == "too_young" and guessed.age < claimed_age) or (
        fits == "too_old" and guessed.age > claimed_age
    )
    if same_side and guessed.agree and guessed.guesses >= quorum:
        return ClaimVerdict(CORRECTED, guessed.age)
    return ClaimVerdict(REJECTED, None)
