"""Out of memory: telling it from other errors, and finding what would fit."""

from __future__ import annotations

from collections.abc import Callable

import torch

# What torch and oneDNN say on a CPU, where there is no class for it.
CPU_WORDS = ("DefaultCPUAllocator: can't allocate memory", "could not create a memory")


def is_out_of_memory(error: BaseException) -> bool:
    """Say whether an error of torch means that memory ran out, on a GPU or on a CPU."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in CPU_WORDS)


def largest_fitting(count: int, attempt: Callable[[int], None]) -> int | None:
    """Return the first of count/2, count/4, … (from 2) that `attempt` has memory for, or None."""
    while count >= 4:
        count //= 2
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        try:
            attempt(count)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
        else:
            return count
    return None
