"""Where batches are worked on: in this process, in worker processes, or on a Ray cluster."""

from __future__ import annotations

from collections.abc import Sequence

from curation.engines.protocol import Batch, Engine, Work
from curation.engines.ray_settings import RayCluster
from curation.engines.this_process import ThisProcess
from curation.engines.worker_processes import (
    WorkerProcesses,
    available_cores,
    worker_died,
    worker_processes,
)

__all__ = [
    "Batch",
    "Engine",
    "RayCluster",
    "ThisProcess",
    "Work",
    "WorkerProcesses",
    "available_cores",
    "engine_for",
    "worker_died",
    "worker_processes",
]


def engine_for(
    stage: Work,
    workers: int,
    ready: int,
    cluster: RayCluster | None = None,
    stopping: Sequence[int] = (),
) -> Engine:
    """Choose an engine for a stage with `ready` items.

    A stage that is not parallel runs in this process. With a `cluster` the others run there; else
    in worker processes, where there are batches for several. `workers` 0 takes all there is;
    `stopping` fills when the user asks to stop, for engines that read far ahead.
    """
    batches = -(-ready // stage.batch_size)
    if not stage.parallel or not batches:
        return ThisProcess(stage)
    if cluster:
        from curation.engines.ray_cluster import RayEngine

        return RayEngine(stage, cluster, workers, batches, stopping)
    useful = min(workers or available_cores(), batches)
    return WorkerProcesses(stage, useful) if useful > 1 else ThisProcess(stage)
