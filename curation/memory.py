"""Memory that is free again goes back to the system."""

from __future__ import annotations

import ctypes
import sys

import pyarrow as pa

M_MMAP_THRESHOLD = -3  # of glibc's malloc.h
ARRAY = 1 << 20  # bytes


def return_arrays_when_freed() -> None:
    """Let every array of a megabyte or more have pages of its own for the rest of this process.

    By itself glibc learns from the first large arrays that are freed to take the next ones, of up
    to 32 MB, from its heap, where they leave holes that stay with the process.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries have none
        if mallopt is not None:
            mallopt(M_MMAP_THRESHOLD, ARRAY)


def return_free_memory() -> None:
    """Give back what Arrow and the C library hold for later."""
    pa.default_memory_pool().release_unused()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
