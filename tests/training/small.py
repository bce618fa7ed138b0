"""A network of a few hundred weights, for what is true of any network."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from training.heads import AgeHead
from training.model import FaceNetwork
from training.settings import FitSettings, Precision

SMALL = FitSettings(
    backbone="small", weights="none", image_size=16, epochs=3, batch_size=8, learning_rate=0.05,
    device="cpu", workers=1, precision=Precision.fp32,  # the same numbers on every processor
)  # fmt: skip


def small_network(norm: str = "batch", dropout: float = 0.0) -> Callable[..., FaceNetwork]:
    """Return what stands in for `build_network`."""

    def build(name: str, image_size: int, head: AgeHead) -> FaceNetwork:
        layers: list[nn.Module] = [
            nn.Conv2d(3, 6, 3, stride=2),
            nn.BatchNorm2d(6) if norm == "batch" else nn.GroupNorm(2, 6),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.AdaptiveAvgPool2d(2),
            nn.Flatten(),
        ]
        return FaceNetwork(nn.Sequential(*layers), 24, head)

    return build


def use_small_network(patch: pytest.MonkeyPatch, norm: str = "batch", dropout: float = 0.0) -> None:
    patch.setattr("training.fit.build_network", small_network(norm, dropout))


def in_child(work: Callable[[], None], **environment: str) -> int:
    """Start a forked process that does `work` and ends without any clean-up; return its id."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        os.environ.update(environment)
        torch.set_num_threads(1)
        work()
        status = 0
    finally:
        os._exit(status)


def end_of(child: int) -> int:
    """Wait for a forked process; return its exit status, or minus the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def kill_self() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def read_log(folder: Path) -> list[str]:
    """The lines of a run's log without the speed, which no two runs share."""
    lines = (folder / "log.csv").read_text().splitlines()
    assert lines[0].endswith(",images_per_second")
    return [line.rpartition(",")[0] for line in lines]
