"""Which Ray cluster, and what one worker on it takes; known without Ray being installed."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass

from curation.errors import SettingsError, StoreError
from curation.store import Store

CONNECT_SECONDS = 10.0


@dataclass(frozen=True)
class SharedStore:
    """An image store with a key in it, by which a worker tells that it sees the same store."""

    store: Store
    key: str

    def require(self) -> None:
        """Check from the machine of a worker.

        Raises:
            StoreError: this machine sees another store, or none.
        """
        if not self.store.exists(self.key):
            raise StoreError(
                f"the machine {socket.gethostname()} of the Ray cluster does not see the image "
                f"store {self.store.root}; set store.url to a place that all machines reach: "
                "an address such as s3://bucket/prefix, or a folder that all of them mount"
            )


@dataclass(frozen=True)
class RayCluster:
    """A Ray cluster by its address, and what one worker takes.

    `address`: "auto" (the cluster that this machine belongs to), "local" (one started for this
    run on this machine, which listens on loopback only), or "host:port" (of the head node, from a
    machine that belongs to the cluster).
    """

    address: str = "auto"
    cpus: float = 1.0  # per worker
    gpus: float = 0.0  # per worker
    store: Store | None = None  # which every worker has to see

    def __post_init__(self) -> None:
        if self.address in ("auto", "local"):
            return
        host, _, port = self.address.rpartition(":")
        if self.address.startswith("ray://"):
            raise SettingsError(
                f"the Ray address {self.address} is one for Ray Client, over which Ray Data does "
                "not stream; make this machine one of the cluster with "
                f"`ray start --address={_host(self.address)}:6379 --num-cpus=0` "
                "and use --ray-address auto"
            )
        if not host or "/" in host or not port.isdecimal() or not 0 < int(port) < 65536:
            raise SettingsError(
                f"the Ray address {self.address!r} is none; use auto, local, or the host:port of "
                "the head node, such as 10.0.0.1:6379"
            )

    def require_head(self) -> None:
        """Check that something listens at the address, which Ray itself waits a long time for.

        Raises:
            SettingsError: nothing does.
        """
        address = os.environ.get("RAY_ADDRESS", "auto") if self.address == "auto" else self.address
        host, _, port = address.rpartition(":")
        if not host or "/" in host or not port.isdecimal():
            return
        try:
            socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS).close()
        except OSError as error:
            raise SettingsError(
                f"no Ray cluster answers at {address} ({error.strerror or error}); "
                "`ray start --head` on its first machine prints its address"
            ) from None


def _host(address: str) -> str:
    return address.removeprefix("ray://").split("/")[0].rpartition(":")[0] or "HEAD"
