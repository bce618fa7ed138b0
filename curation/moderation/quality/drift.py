"""Whether a moderator grows better or worse.

Judged answers, in the order of time, are cut into blocks of equal size; the trend of their shares
is tested as Cochran (1954) and Armitage (1955) do: z = r · √N, r the correlation of being right (0
or 1) with the number of the block.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curation.moderation.quality.intervals import Share, share
from curation.moderation.quality.table import Codes

BLOCK = 50  # judged votes, at least
BLOCKS = 12  # at most
SURE = 0.01  # two-sided


@dataclass(frozen=True)
class Drift:
    """Shares of right votes, the earliest block first, and the trend over them."""

    blocks: tuple[Share, ...]
    z: float  # positive: better
    p: float  # two-sided

    @property
    def is_worsening(self) -> bool:
        """Whether accuracy falls, and chance does not explain it."""
        return self.z < 0 and self.p < SURE


def drift(right: NDArray[np.bool_]) -> Drift | None:
    """Return the drift of one moderator; None of fewer than two blocks of judged votes."""
    number = min(BLOCKS, len(right) // BLOCK)
    if number < 2:
        return None
    block = np.arange(len(right)) * number // len(right)
    of = np.bincount(block, minlength=number)
    good = np.bincount(block, right, minlength=number)
    z = trend(right, block)
    return Drift(
        tuple(share(int(one), int(all_)) for one, all_ in zip(good, of, strict=True)),
        z,
        math.erfc(abs(z) / math.sqrt(2)),
    )


def trend(right: NDArray[np.bool_], block: Codes) -> float:
    """Return the z of the Cochran-Armitage test; 0 where all are right or all wrong."""
    x, y = block - block.mean(), right - right.mean()
    scale = math.sqrt(float((x**2).sum() * (y**2).sum()))
    return float((x * y).sum()) / scale * math.sqrt(len(right)) if scale else 0.0
