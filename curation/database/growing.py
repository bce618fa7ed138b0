"""A long array that comes in parts, without ever being in memory twice."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Kind = TypeVar("Kind", bound=np.generic)
FIRST = 65_536  # entries


class Growing(Generic[Kind]):
    """Collects the parts in one array that grows by a quarter when it is full."""

    def __init__(self, kind: type[Kind]) -> None:
        self._array: NDArray[Kind] = np.empty(FIRST, kind)
        self._count = 0

    def __len__(self) -> int:
        """Return how many entries there are."""
        return self._count

    def add(self, part: NDArray[Any]) -> None:
        """Append a part."""
        end = self._count + len(part)
        if end > len(self._array):
            # The system moves the pages; to collect parts and join them would copy them.
            self._array.resize(max(end, len(self._array) * 5 // 4), refcheck=False)
        self._array[self._count : end] = part
        self._count = end

    def so_far(self) -> NDArray[Kind]:
        """Return a view of what there is by now; it holds until the next part is added."""
        return self._array[: self._count]

    def whole(self) -> NDArray[Kind]:
        """Return the array; nothing can be added any more."""
        self._array.resize(self._count, refcheck=False)
        return self._array
