"""Memory for batches that is used again: fresh memory can cost as much as decoding into it.

The operating system hands out empty pages one at a time, on first touch, and takes large blocks
back as soon as they are freed. A batch of 256 crops has 12,000 pages.
"""

from __future__ import annotations

import sys
import threading
from math import prod

import numpy as np
from numpy.typing import DTypeLike, NDArray

_probe = [np.empty(1)]
IDLE = sys.getrefcount(_probe[0])  # of an array that only a list holds


class Buffers:
    """Hands out arrays, and hands their memory out again once nobody holds them any more.

    Nothing has to be given back: whoever keeps an array, a view of it or a tensor on it, keeps its
    memory. `limit` is how many idle ones are remembered.
    """

    def __init__(self, limit: int = 8) -> None:
        self.limit = limit
        self._known: list[NDArray[np.uint8]] = []
        self._lock = threading.Lock()

    def take(self, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[np.generic]:
        """Return an array of that shape and type, its values undefined."""
        wanted = prod(shape) * np.dtype(dtype).itemsize
        with self._lock:
            for place in range(len(self._known)):
                if sys.getrefcount(self._known[place]) == IDLE and self._fits(place, wanted):
                    return self._known[place][:wanted].view(dtype).reshape(shape)
            fresh = np.empty(wanted, dtype=np.uint8)
            self._known = [*self._known[-self.limit + 1 :], fresh] if self.limit > 1 else [fresh]
            return fresh[:wanted].view(dtype).reshape(shape)

    def _fits(self, place: int, wanted: int) -> bool:
        # Batches differ in size by one; a much larger block would be wasted on a small array.
        return wanted <= self._known[place].nbytes <= 2 * wanted
