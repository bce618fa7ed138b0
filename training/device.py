"""Where the arithmetic runs, and in which precision."""

from __future__ import annotations

from contextlib import AbstractContextManager

import torch

from curation.errors import SettingsError


def pick_device(name: str) -> torch.device:
    """Return the device called `name`: "auto" is CUDA where there is one, else the CPU.

    Raises:
        SettingsError: there is no such device on this machine.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, ImportError, NotImplementedError) as error:
        raise SettingsError(
            f"device {name!r} cannot be used on this machine; take --device auto or cpu"
        ) from error
    return device


def autocast(device: torch.device, precision: str) -> AbstractContextManager[object]:
    """Return the context for a forward pass; `precision` is "auto", "bf16" or "fp32".

    "auto" computes in bfloat16 on CUDA, and in float32, bit for bit the same each time, on a CPU.
    """
    bfloat16 = precision == "bf16" or (precision == "auto" and device.type == "cuda")
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=bfloat16)
