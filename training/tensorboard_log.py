"""The epochs of a run for TensorBoard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

GROUPS = {
    "loss": ("train_loss", "train_age_loss", "train_gender_loss", "validation_loss"),
    "validation": ("gender_accuracy", "mae"),
    "training": ("learning_rate", "images_per_second"),
}


class TensorBoard:
    """Writes scalars into `folder`; of an earlier start of the run, those from `first` on go.

    TensorBoard has to be installed.
    """

    def __init__(self, folder: Path, first: int) -> None:
        from torch.utils.tensorboard.writer import SummaryWriter

        self.writer = SummaryWriter(str(folder), purge_step=first)

    def add(self, epoch: dict[str, Any]) -> None:
        """Write the figures of one epoch."""
        for group, names in GROUPS.items():
            for name in names:
                self.writer.add_scalar(f"{group}/{name}", epoch[name], epoch["epoch"])
        self.writer.flush()
