"""Batches on a Ray cluster, by Ray Data: a pool of actors, each with the stage opened once.

The database stays here: workers get plain values and give back outcomes. What is ready is read in
windows, one Ray Data pipeline each, because a pipeline that drew from the database itself would
have to run where the database is not. Ray Data holds its workers busy and its memory bounded
within a window; windows are long enough that starting the pool again between them costs little.

When a machine dies, Ray gives its batches to others: what they were made from is held here, and
outcomes that were handed over are recorded already.
"""

from __future__ import annotations

import logging
import math
import os
import pickle
import secrets
import signal
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, Self

from curation.engines.protocol import Batch, Work
from curation.engines.ray_settings import RayCluster, SharedStore
from curation.engines.ray_worker import RayWorker, our_version
from curation.errors import EvenfaceError, SettingsError

if TYPE_CHECKING:
    from ray.data import Dataset

BATCHES_PER_WINDOW = 256  # per worker
BATCHES_AHEAD = 2  # per worker: one in work, one waiting there
RETRIES = 3  # of a batch whose worker died
INSTALL = "pip install 'evenface[ray]'"


class RayEngine:
    """Several batches at once, on the workers of a Ray cluster."""

    def __init__(
        self,
        stage: Work,
        cluster: RayCluster,
        workers: int,
        batches: int,
        stopping: Sequence[int] = (),
    ) -> None:
        self._stage = stage
        self._cluster = cluster
        self._workers = workers
        self._batches = batches
        self._stopping = stopping
        self._connected_here = False
        self._shared: SharedStore | None = None

    def __enter__(self) -> Self:
        ray = import_ray(local=self._cluster.address == "local")
        if not ray.is_initialized():
            self._cluster.require_head()
            connect(ray, self._cluster.address)
            self._connected_here = True
        try:
            self._size = self._pool_size(ray.nodes())
            self._shared = _share(self._cluster)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        import ray

        if self._shared:
            self._shared.store.delete(self._shared.key)
        if self._connected_here:
            ray.shutdown()

    def map(self, batches: Iterator[Batch]) -> Iterator[tuple[Batch, Sequence[Any]]]:
        """Yield every batch with its outcomes as they are ready.

        When the user asks to stop, batches that are under way are given up; they are not
        recorded, so the next run does them.
        """
        while window := list(islice(batches, self._size * BATCHES_PER_WINDOW)):
            for number, outcomes in self._outcomes(window):
                if isinstance(outcomes, Exception):
                    raise outcomes
                yield window[number], outcomes
                if self._stopping:
                    return

    def _outcomes(self, window: Sequence[Batch]) -> Iterator[tuple[int, Any]]:
        import ray

        try:
            for row in self._pipeline(window).iter_rows():
                yield row["number"], pickle.loads(row["outcomes"])
        except ray.exceptions.RayTaskError as error:
            raise _in_words(error) from error
        except (
            ray.exceptions.ActorDiedError,
            ray.exceptions.ActorUnavailableError,
            ray.exceptions.OutOfMemoryError,
            ray.exceptions.WorkerCrashedError,
        ) as error:
            raise EvenfaceError(
                f"a worker of `{self._stage.name}` on the Ray cluster died {RETRIES + 1} times "
                "over the same batch, perhaps for want of memory; what was recorded stays, run it "
                "again with fewer --workers or more run.ray_cpus each"
            ) from error
        except ray.exceptions.RayError as error:
            raise EvenfaceError(
                f"the Ray cluster failed: {str(error).strip().splitlines()[0]}; what was recorded "
                "stays, and the same command goes on"
            ) from error

    def _pipeline(self, window: Sequence[Batch]) -> Dataset:
        from ray.data import ActorPoolStrategy, from_items

        rows = [{"number": n, "items": pickle.dumps(batch)} for n, batch in enumerate(window)]
        size = min(self._size, len(rows))
        with warnings.catch_warnings():
            # The number of retries has no other way in yet.
            warnings.filterwarnings("ignore", "`ray_remote_args` is deprecated")
            return from_items(rows, override_num_blocks=len(rows)).map(
                RayWorker,  # type: ignore[arg-type]
                fn_constructor_args=(pickle.dumps(self._stage), our_version(), self._shared),
                compute=ActorPoolStrategy(
                    min_size=1,
                    initial_size=size,
                    max_size=size,
                    max_tasks_in_flight_per_actor=BATCHES_AHEAD,
                ),
                num_cpus=self._cluster.cpus,
                num_gpus=self._cluster.gpus or None,
                max_restarts=-1,
                max_task_retries=RETRIES,
            )

    def _pool_size(self, nodes: Sequence[Mapping[str, Any]]) -> int:
        """Return how many workers: as many as are wanted, or as fit on the machines there are."""
        cpus, gpus = self._cluster.cpus, self._cluster.gpus
        machines = [node["Resources"] for node in nodes if node["Alive"]]
        fits = sum(
            int(min(there.get("CPU", 0) // cpus, there.get("GPU", 0) // gpus if gpus else math.inf))
            for there in machines
        )
        if not fits:  # they would be waited for without end
            largest = [max(there.get(kind, 0) for there in machines) for kind in ("CPU", "GPU")]
            raise SettingsError(
                f"no worker fits on a machine of the Ray cluster: one takes {cpus:g} CPUs and "
                f"{gpus:g} GPUs (run.ray_cpus, run.ray_gpus), and of {len(machines)} machines "
                f"none has more than {largest[0]:g} and {largest[1]:g}"
            )
        return min(self._workers or fits, self._batches)


def import_ray(*, local: bool) -> Any:
    """Import Ray, silenced; with `local` set up for a cluster of this run alone.

    Raises:
        SettingsError: it is not installed.
    """
    # Read when Ray is imported and handed on to what it starts. Nothing is told to anybody, the
    # progress bar is ours, and a cluster of this run alone listens on loopback alone.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_DATA_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    if local:
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
    try:
        import ray
        import ray.data
    except ImportError:
        raise SettingsError(
            f"--engine ray needs Ray, which is not installed; get it with {INSTALL}"
        ) from None
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)
    return ray


def connect(ray: Any, address: str, **more: Any) -> None:
    """Join the cluster at `address`, or start a local one; `more` goes to `ray.init`.

    Raises:
        SettingsError: there is none, or it refuses.
    """
    options: dict[str, Any] = {"logging_level": logging.CRITICAL, "log_to_driver": False}
    if address == "local":
        options |= {"include_dashboard": False, "_node_ip_address": "127.0.0.1"}
    terminate = signal.getsignal(signal.SIGTERM)
    try:
        with _quiet():
            ray.init(address=address, **options, **more)
    except ConnectionError:
        raise SettingsError(
            "this machine belongs to no Ray cluster; make it the first machine of one with "
            "`ray start --head`, or one more with `ray start --address=HEAD:6379`, or use "
            "--ray-address local"
        ) from None
    except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        raise SettingsError(
            f"the Ray cluster {address} cannot be joined: {str(error).strip().splitlines()[0]}"
        ) from None
    finally:
        # Ray ends the process on SIGTERM; the runner finishes first.
        if signal.getsignal(signal.SIGTERM) is not terminate:
            signal.signal(signal.SIGTERM, terminate)


def _share(cluster: RayCluster) -> SharedStore | None:
    if cluster.store is None:
        return None
    key = f".shared/{secrets.token_hex(8)}"
    cluster.store.put(key, b"seen by every worker of a cluster")
    return SharedStore(cluster.store, key)


def _in_words(error: Any) -> BaseException:
    cause = error.cause
    if isinstance(cause, ImportError) or "No module named 'curation'" in str(error):
        return EvenfaceError(
            f"a machine of the Ray cluster lacks a package: {cause}; install Evenface there with "
            f"{INSTALL}, in the same version"
        )
    return cause if isinstance(cause, BaseException) else error


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what Ray's C++ part writes to standard error while it starts from the terminal."""
    saved = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)
