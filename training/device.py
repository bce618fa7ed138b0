"""Where the arithmetic runs, and in which precision."""

from __future__ import annotations

import platform
from contextlib import AbstractContextManager
from pathlib import Path

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
    """Return the context for a forward pass; `precision` is "auto", "bf16", "fp16" or "fp32".

    "auto" computes in bfloat16 where the device multiplies it in hardware, else in float32. The
    result on a CPU is the same each time, bit for bit, in any of them.
    """
    kind = arithmetic(device, precision)
    return torch.autocast(device.type, dtype=kind, enabled=kind != torch.float32)


def arithmetic(device: torch.device, precision: str) -> torch.dtype:
    """Return the type that `precision` multiplies in on `device`."""
    if precision == "auto":
        precision = "bf16" if multiplies_bfloat16(device) else "fp32"
    return {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}[precision]


def multiplies_bfloat16(device: torch.device) -> bool:
    """Say whether the device has units for bfloat16, so that it is faster there and not slower."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type != "cpu":
        return False
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def device_name(name: str) -> str:
    """Return what the device called `name` is: the model of the processor or of the GPU."""
    device = torch.device(name)
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return _processor() if device.type == "cpu" else name


def _processor() -> str:
    """Return the processor's model; Linux tells it only in a file."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return next(iter(models), "") or platform.processor() or platform.machine()
