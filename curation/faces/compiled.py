"""Compile a function with numba: without the GIL, and once per machine if a cache can be kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np

Function = TypeVar("Function", bound=Callable[..., Any])
Whole = int | np.int64  # numba compiles a function again for every literal it is called with


def compiled(function: Function) -> Function:
    """Compile `function` to machine code when it is first called.

    The code is kept beside the module, or in the user's cache folder, for the next process; where
    neither can be written, each process compiles anew (some seconds).
    """
    try:
        fast = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:  # numba found no folder for its cache
        fast = numba.njit(nogil=True, error_model="numpy")(function)
    return cast(Function, fast)
