"""One run on several processes: who is who, and what they tell each other.

`torchrun` starts the processes and names them in the environment; without it there is one. Every
batch is cut into parts of equal size, and a process works on its own; so the settings mean the
same however many there are.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from curation.errors import SettingsError
from training.device import pick_device

# One process trains the head and judges the network while the others wait.
PATIENCE = timedelta(hours=4)


@dataclass(frozen=True)
class Processes:
    """This process among all of one run; `rank` counts from 0."""

    rank: int = 0
    count: int = 1

    @property
    def main(self) -> bool:
        """Whether this is the process that writes."""
        return self.rank == 0

    @property
    def several(self) -> bool:
        """Whether there are others to agree with."""
        return self.count > 1

    def add_up(self, values: Tensor) -> Tensor:
        """Return the sum over all processes of a tensor on the CPU."""
        if self.several:
            values = values.clone()
            dist.all_reduce(values)
        return values

    def hear(self, value: Any) -> Any:
        """Return what the main process has for `value`."""
        if not self.several:
            return value
        said = [value]
        dist.broadcast_object_list(said)
        return said[0]

    def gather(self, value: Any) -> list[Any]:
        """Return the values of all processes, by rank."""
        if not self.several:
            return [value]
        said: list[Any] = [None] * self.count
        dist.all_gather_object(said, value)
        return said

    def share_weights(self, network: nn.Module) -> None:
        """Give all processes the weights of the main one."""
        if self.several:
            for value in network.state_dict().values():
                dist.broadcast(value, 0)

    def parallel(self, network: nn.Module, device: torch.device) -> nn.Module:
        """Return `network` with gradients averaged over all processes."""
        if not self.several:
            return network
        places = [device.index] if device.type == "cuda" else None
        return DistributedDataParallel(network, device_ids=places)

    def synchronised(self, network: nn.Module, device: torch.device) -> None:
        """Take batch statistics over all processes, in place, where the device can: on CUDA."""
        if not self.several or device.type != "cuda":
            return
        for name, child in network.named_children():
            convert = nn.SyncBatchNorm.convert_sync_batchnorm
            setattr(network, name, convert(child))  # type: ignore[no-untyped-call]


@contextmanager
def processes(device_name: str) -> Iterator[tuple[Processes, torch.device]]:
    """Join the processes that torchrun started, if it did; yield them and this one's device.

    Raises:
        SettingsError: there is no such device, or one device is named for all processes.
    """
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        yield Processes(), pick_device(device_name)
        return
    if device_name.startswith("cuda:"):
        raise SettingsError(
            f"--device {device_name} would put all {count} processes on one GPU; say --device cuda"
        )
    device = pick_device(device_name)
    if device.type == "cuda":
        device = pick_device(f"cuda:{os.environ['LOCAL_RANK']}")
        torch.cuda.set_device(device)
    backend = "cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo"
    dist.init_process_group(backend, timeout=PATIENCE)
    try:
        yield Processes(int(os.environ["RANK"]), count), device
    finally:
        dist.destroy_process_group()
