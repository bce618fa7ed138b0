"""One batch after the other, in this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Self

from curation.engines.protocol import Batch, Work


class ThisProcess:
    """One batch after the other, here."""

    def __init__(self, stage: Work) -> None:
        self._stage = stage
        self._opened = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def map(self, batches: Iterator[Batch]) -> Iterator[tuple[Batch, Sequence[Any]]]:
        """Yield every batch with its outcomes, in order."""
        for batch in batches:
            if not self._opened:  # loading weights for nothing would make an idle run slow
                self._stage.open()
                self._opened = True
            yield batch, self._stage.process(batch)
