"""One batch in work while the one before is recorded and the next is prepared, in this process.

For stages that mostly wait for somebody else, one request at a time: the database and the other
side work at the same time, and the other side still has a single writer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Self

from curation.engines.protocol import Batch, Work


class OneAhead:
    """Batches one after the other, on a thread beside the one that reads and records."""

    def __init__(self, stage: Work) -> None:
        self._stage = stage

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def map(self, batches: Iterator[Batch]) -> Iterator[tuple[Batch, Sequence[Any]]]:
        """Yield every batch with its outcomes, in order."""
        self._stage.open()
        working: tuple[Batch, Future[Sequence[Any]]] | None = None
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix=self._stage.name) as thread:
            for batch in batches:
                done = (working[0], working[1].result()) if working else None
                working = (batch, thread.submit(self._stage.process, batch))
                if done:
                    yield done
            if working:
                yield working[0], working[1].result()
