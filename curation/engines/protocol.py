"""What a stage gives to an engine, and what an engine gives back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, ClassVar, Protocol, Self

Batch = Sequence[Any]


class Work(Protocol):
    """What an engine needs of a stage: how its batches are worked on."""

    name: ClassVar[str]
    batch_size: ClassVar[int]
    parallel: ClassVar[bool]

    def open(self) -> None:
        """Load what `process` needs, once in each process."""
        ...

    def process(self, items: Any) -> Sequence[Any]:
        """Return one outcome per item of a batch."""
        ...


class Engine(Protocol):
    """Works on batches, and gives back each with its outcomes, in any order."""

    def __enter__(self) -> Self:
        """Start."""
        ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, and wait for what is in work."""
        ...

    def map(self, batches: Iterator[Batch]) -> Iterator[tuple[Batch, Sequence[Any]]]:
        """Yield every batch with one outcome per item."""
        ...
