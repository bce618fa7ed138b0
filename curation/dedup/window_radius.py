"""How many bits of a window may differ, so that second looks stay affordable.

Whole pictures near each other by chance are sorted out by their 256-bit hashes; windows have none,
so each of their chance neighbours takes a second look, of about a millisecond. Their number grows
with the square of the number of pictures. So unless the setting says otherwise, the radius is
measured: the widest at which, going by a sample, every picture takes few looks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select

from curation.database.models import Image
from curation.database.session import Database
from curation.dedup import windows
from curation.dedup.table import comparable

WIDEST = 8  # bits; more find hardly any copy more
MOST_LOOKS = 20.0  # per picture, on average
OWNERS = 1_000  # pictures of the sample whose windows are compared
WHOLES = 8_000  # pictures that these are compared with


@dataclass(frozen=True)
class WindowRadius:
    """The radius (-1: windows are left out), and the second looks it costs each of `pictures`."""

    radius: int
    looks: float
    pictures: int
    forced: bool

    def in_words(self) -> str:
        """Return why, as one line."""
        why = "as the setting says" if self.forced else f"so that it is at most {MOST_LOOKS:.0f}"
        what = "windows are left out" if self.radius < 0 else f"windows within {self.radius} bits"
        return (
            f"{what}: {self.pictures:,} pictures, about {self.looks:.2g} second looks at windows "
            f"for each ({why})"
        )


def window_radius_of(database: Database, forced: int | None) -> WindowRadius:
    """Choose for all comparable images of the database, on those with the smallest ids.

    Ids are digests of the pictures' bytes, so these are a sample as good as any.
    """
    rows = select(Image.phash, Image.window_hashes).where(comparable()).order_by(Image.id)
    with database.session() as session:
        count = session.scalars(select(func.count(Image.id)).where(comparable())).one()
        sample: Sequence[Any] = session.execute(rows.limit(WHOLES)).all()
    hashes = np.array([row[0] for row in sample], dtype=np.int64).view(np.uint64)
    of_windows = windows.read(b"".join(row[1] for row in sample[:OWNERS]))
    return _chosen(hashes, of_windows, count, forced)


def choose_window_radius(
    hashes: NDArray[np.uint64], window_hashes: NDArray[np.uint64], forced: int | None
) -> WindowRadius:
    """Choose for pictures with these hashes, (N,), and hashes of windows, (N, windows)."""
    sample = np.random.default_rng(0).permutation(len(hashes))[:WHOLES]
    return _chosen(hashes[sample], window_hashes[sample[:OWNERS]], len(hashes), forced)


def _chosen(
    hashes: NDArray[np.uint64],
    window_hashes: NDArray[np.uint64],
    count: int,
    forced: int | None,
) -> WindowRadius:
    """Choose by the windows of the first pictures of the sample `hashes`."""
    widest = WIDEST if forced is None else forced
    looks = near_shares(hashes, window_hashes, widest) * max(0, count - 1)
    if forced is not None:
        return WindowRadius(forced, float(looks[-1]), count, forced=True)
    # Two pHashes differ in an even number of bits: an odd radius only costs more.
    allowed = int(np.searchsorted(looks[1::2], MOST_LOOKS, side="right"))
    radius = 2 * (allowed - 1) if allowed else -1
    return WindowRadius(radius, float(looks[radius + 1]), count, forced=False)


def near_shares(
    hashes: NDArray[np.uint64], window_hashes: NDArray[np.uint64], widest: int
) -> NDArray[np.float64]:
    """Return which share of pairs of pictures is near by windows within -1, 0, … `widest` bits."""
    from curation.dedup.join import hamming_neighbours

    shares = np.zeros(widest + 2)
    if widest < 0 or len(hashes) < 2:
        return shares
    near = hamming_neighbours(window_hashes.ravel(), hashes, widest)
    whole, owner, bits = near[:, 0], near[:, 1] // windows.COUNT, near[:, 2]
    nearest = np.lexsort((bits, whole, owner))
    whole, owner, bits = whole[nearest], owner[nearest], bits[nearest]
    first = np.append(True, (np.diff(whole) != 0) | (np.diff(owner) != 0))[: len(bits)]
    counts = np.bincount(bits[first & (whole != owner)], minlength=widest + 1)
    # Two pictures are near if either is like a window of the other, and are looked at once.
    shares[1:] = np.cumsum(counts) / (len(window_hashes) * (len(hashes) - 1))
    return shares
