"""The state of a run between two steps: what a killed run needs to go on as if nothing happened.

Everything that a step depends on is here or follows from settings: weights, their average,
optimizer, gradient scaler, position, the random state of each process (layers that drop out draw
from it), and the losses of the epoch so far. Samplers and augmentation need nothing: what they
draw is a function of seed, epoch and batch.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from training.run_folder import RunFolder
    from training.step import Trainer

State = dict[str, Any]


@dataclass
class Position:
    """Where stage 2 stands: the epoch and the batch that come next, both from 0."""

    epoch: int = 0
    batch: int = 0
    losses: list[list[float]] = field(default_factory=list)  # of the epoch: total, age, gender
    seconds: float = 0.0  # spent on the epoch before the run was last started


def snapshot(trainer: Trainer, position: Position, folder: RunFolder) -> State:
    """Return the state between two steps. All processes call this; the main one writes it."""
    device = trainer.device
    random = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        random["cuda"] = torch.cuda.get_rng_state(device)
    return {
        "finished": False,
        **folder.history(),
        "position": asdict(position),
        "network": trainer.network.state_dict(),
        "average": trainer.average.state_dict() if trainer.average else None,
        "optimizer": trainer.optimizer.state_dict(),
        "scaler": trainer.scaler.state_dict(),
        "random": trainer.crew.gather(random),
    }


def restore(state: State, trainer: Trainer) -> Position:
    """Put trainer and random state back to where `snapshot` found them; return the position."""
    trainer.network.load_state_dict(state["network"])
    if trainer.average is not None:
        trainer.average.load_state_dict(state["average"])
    trainer.optimizer.load_state_dict(state["optimizer"])
    trainer.scaler.load_state_dict(state["scaler"])
    rank = trainer.crew.rank
    if rank < len(state["random"]):  # more processes than before have nothing to go on from
        random = state["random"][rank]
        torch.set_rng_state(random["cpu"])
        if trainer.device.type == "cuda" and "cuda" in random:
            torch.cuda.set_rng_state(random["cuda"], trainer.device)
    return Position(**state["position"])
