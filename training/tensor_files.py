"""PyTorch files read without running any code in them."""

from __future__ import annotations

import pickle
import warnings
from pathlib import Path
from typing import Any

import torch


def load_tensors(path: Path) -> Any:
    """Return the content of a file of `torch.save`: tensors and plain values, on the CPU.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no such file, is cut short, or holds anything else, such as code.
    """
    try:
        with warnings.catch_warnings():
            # A plain pickle makes torch warn of its protocol, and then refuse it.
            warnings.filterwarnings("ignore", message="Detected pickle protocol")
            return torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise
    except (OSError, RuntimeError, EOFError, KeyError, pickle.UnpicklingError) as error:
        raise ValueError(f"{path} is no file of tensors") from error
