"""Wilson's interval for a share.

E. B. Wilson, Probable inference, the law of succession, and statistical inference, 1927: the
shares p for which the observed one lies within z standard errors of p. It stays between 0 and 1
and is honest for few answers, where p ± z·s is not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

Z95 = 1.959963984540054  # the 97.5 % point of the normal distribution


@dataclass(frozen=True)
class Share:
    """`right` of `of`, with the ends of its 95 % interval; all are 0 to 1, and 0 to 1 of none."""

    right: int
    of: int
    low: float
    high: float

    @property
    def value(self) -> float | None:
        """The share itself; None of none."""
        return self.right / self.of if self.of else None

    def __add__(self, other: Share) -> Share:
        """Pool two shares."""
        return share(self.right + other.right, self.of + other.of)


def share(right: int, of: int) -> Share:
    """Return `right` of `of` with Wilson's 95 % interval."""
    return Share(right, of, *wilson(right, of))


def wilson(right: int, of: int, z: float = Z95) -> tuple[float, float]:
    """Return Wilson's interval of the share `right` / `of`; (0, 1) when `of` is 0.

    Raises:
        ValueError: `right` is negative or more than `of`.
    """
    if not 0 <= right <= of:
        raise ValueError(f"{right} of {of} is no share")
    if of == 0:
        return 0.0, 1.0
    seen, spread = right / of, z * z / of
    middle = (seen + spread / 2) / (1 + spread)
    half = z * math.sqrt(seen * (1 - seen) / of + spread / (4 * of)) / (1 + spread)
    return (
        0.0 if right == 0 else max(0.0, middle - half),
        1.0 if right == of else min(1.0, middle + half),
    )
