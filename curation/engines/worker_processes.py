"""Several batches at once, in worker processes on this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Self

from curation.engines.protocol import Batch, Work
from curation.errors import EvenfaceError

BATCHES_AHEAD = 2  # per worker: one in work, one waiting, so that none ever idles


def available_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class WorkerProcesses:
    """Several batches at once, each in a process of its own; a bounded number is under way."""

    def __init__(self, stage: Work, workers: int) -> None:
        self._stage = stage
        self._workers = workers

    def __enter__(self) -> Self:
        self._pool, self._work = worker_processes(self._stage, self._workers)
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def map(self, batches: Iterator[Batch]) -> Iterator[tuple[Batch, Sequence[Any]]]:
        """Yield every batch with its outcomes as they are ready."""
        waiting: dict[Future[Sequence[Any]], Batch] = {}
        done: deque[Future[Sequence[Any]]] = deque()
        exhausted = False
        try:
            while True:
                while not exhausted and len(waiting) < self._workers * BATCHES_AHEAD:
                    batch = next(batches, None)
                    if batch is None:
                        exhausted = True
                    else:
                        waiting[self._pool.submit(self._work, batch)] = batch
                if not waiting:
                    return
                done.extend(wait(waiting, return_when=FIRST_COMPLETED).done)
                while done:
                    future = done.popleft()
                    yield waiting.pop(future), future.result()
        except BrokenProcessPool:
            raise worker_died(self._stage.name) from None


def worker_processes(
    work: Work, workers: int
) -> tuple[ProcessPoolExecutor, Callable[[Any], Sequence[Any]]]:
    """Return a pool of processes that have opened `work`, and the function to submit batches to."""
    pool = ProcessPoolExecutor(
        workers,
        # A forked copy of a process with running threads may hang; a fresh one does not.
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start_worker,
        initargs=(work,),
    )
    return pool, _work


def worker_died(name: str) -> EvenfaceError:
    """Return the error that a worker process of the stage `name` is gone."""
    return EvenfaceError(
        f"a worker process of `{name}` died, perhaps for want of memory; "
        "what was recorded stays, run it again with fewer --workers"
    )


_worker_stage: Work


def _start_worker(stage: Work) -> None:
    global _worker_stage
    # Ctrl-C reaches the whole group; the parent decides, the workers finish their batch.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    stage.open()
    _worker_stage = stage


def _end_with_parent() -> None:
    """End this process when its parent was killed, which no queue would tell."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(batch: Batch) -> Sequence[Any]:
    return _worker_stage.process(batch)
