"""The engine of the fetch stage on one machine: one loop downloads, worker processes check.

    batches ──> items ──> [per host: wait, ask] ──> spool ──> [workers: check, store] ──> outcomes

All downloads run in one event loop, in a thread of its own, so that the limits of a host hold for
the whole run. What has come lies in the spool, on the store's own disk: memory holds no pictures,
however large, and a worker that finds one whole only renames it. Items leave in the order in which
they are done and not in the batches they came in: a host that is slow, or waits, holds up its own
items and nobody else's.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol, Self

from curation.engines import Batch, worker_died, worker_processes
from curation.ingest.check import Checker, Come, Stored, Unfit
from curation.ingest.client import Refused, is_web
from curation.ingest.download import Downloader
from curation.settings import IngestSettings
from curation.store import Store

AHEAD = 4_096  # items that wait for their hosts, so that a slow one leaves enough of others
RECORDED_TOGETHER = 128  # outcomes of one transaction, at most …
RECORDED_AFTER = 1.0  # … or as many as there are after so many seconds
UNCHECKED = 64  # files in the spool; with more of them no further ones are asked for
CHECKED_TOGETHER = 16
GROUPS_AHEAD = 2  # per worker

Raw = Stored | Unfit | Refused


class Addressed(Protocol):
    """An item as this engine sees it."""

    @property
    def url(self) -> str:
        """Where its bytes are: an http(s) address, or a path."""
        ...


class Downloads:
    """Works on all items at once, within the limits; see the module."""

    def __init__(
        self,
        settings: IngestSettings,
        store: Store,
        checker: Checker,
        workers: int,
        *,
        finish: Callable[[Any, Raw], Any],
        stopping: Callable[[], bool],
    ) -> None:
        self._settings = settings
        self._store = store
        self._checker = checker
        self._workers = workers
        self._finish = finish
        self._stopping = stopping
        # An item with its outcome (None: given back undone), or what ended the run.
        self._done: queue.SimpleQueue[tuple[Any, Any] | BaseException] = queue.SimpleQueue()

    def __enter__(self) -> Self:
        self._stack = ExitStack()
        self._spool = self._stack.enter_context(self._store.spool("fetch"))
        self._executor: Executor
        if self._workers > 1:
            self._executor, self._check = worker_processes(self._checker, self._workers)
        else:  # decoders give up the interpreter's lock: a thread does as well, and starts at once
            self._executor, self._check = ThreadPoolExecutor(1), self._checker.process
        self._stack.callback(self._executor.shutdown, wait=True, cancel_futures=True)
        started = threading.Event()
        self._thread = threading.Thread(target=self._run_loop, args=(started,), daemon=True)
        self._thread.start()
        started.wait()
        if not self._done.empty() and isinstance(error := self._done.get(), BaseException):
            self._stack.close()
            raise error
        return self

    def __exit__(self, *_: object) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join()
        self._stack.close()

    def map(self, batches: Iterator[Batch]) -> Iterator[tuple[Batch, Sequence[Any]]]:
        """Yield every item with its outcome, in groups as they are done."""
        in_hand, exhausted, stopped = 0, False, False
        while True:
            while not exhausted and in_hand < AHEAD:
                if (batch := next(batches, None)) is None:
                    exhausted = True
                    break
                in_hand += len(batch)
                self._loop.call_soon_threadsafe(self._begin, batch)
            if in_hand == 0:
                return
            if not stopped and self._stopping():
                stopped = exhausted = True
                self._loop.call_soon_threadsafe(self._give_back)
            pairs = self._next_pairs(in_hand)
            in_hand -= len(pairs)
            recorded = [pair for pair in pairs if pair[1] is not None]
            if recorded:
                yield [item for item, _ in recorded], [outcome for _, outcome in recorded]

    def _next_pairs(self, most: int) -> list[tuple[Any, Any]]:
        """Return what is done: at most one transaction's worth, or nothing after a moment."""
        pairs: list[tuple[Any, Any]] = []
        until = time.monotonic() + RECORDED_AFTER
        while len(pairs) < min(most, RECORDED_TOGETHER):
            try:
                done = self._done.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                break
            if isinstance(done, BaseException):
                raise done
            pairs.append(done)
            if self._stopping():
                break
        return pairs

    # What follows runs in the loop's thread.

    def _run_loop(self, started: threading.Event) -> None:
        try:
            asyncio.run(self._main(started))
        except Exception as error:  # noqa: BLE001 - the other thread raises it
            self._done.put(error)
        finally:
            started.set()

    async def _main(self, started: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._closing = asyncio.Event()
        self._space = asyncio.Event()
        self._unchecked = 0
        self._to_check: asyncio.Queue[tuple[Come, asyncio.Future[Stored | Unfit]]] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()
        self._checking: set[asyncio.Task[Any]] = set()
        async with Downloader(self._settings, self._room) as self._downloader:
            checks = [
                asyncio.create_task(self._check_groups())
                for _ in range(self._workers * GROUPS_AHEAD)
            ]
            started.set()
            await self._closing.wait()
            for task in [*self._tasks, *checks]:
                task.cancel()
            await asyncio.gather(*self._tasks, *checks, return_exceptions=True)

    def _begin(self, batch: Batch) -> None:
        for item in batch:
            task = self._loop.create_task(self._work(item))
            self._tasks.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._done.put(error)

    def _give_back(self) -> None:
        """Drop what was not begun; what is on its way is finished, but not tried again."""
        self._downloader.draining = True
        for task in self._tasks - self._downloader.busy - self._checking:
            task.cancel()

    async def _work(self, item: Addressed) -> None:
        try:
            raw = await self._bring(item.url)
        except asyncio.CancelledError:
            self._done.put((item, None))
            raise
        self._done.put((item, self._finish(item, raw)))

    async def _bring(self, url: str) -> Raw:
        if not is_web(url):
            return await self._checked(Come(Path(url), ours=False))
        file = self._spool.new()
        refused = await self._downloader.fetch(url, file)
        return refused or await self._checked(Come(file, ours=True))

    async def _checked(self, come: Come) -> Stored | Unfit:
        task = asyncio.current_task()
        assert task is not None
        self._checking.add(task)
        self._unchecked += 1
        checked: asyncio.Future[Stored | Unfit] = self._loop.create_future()
        self._to_check.put_nowait((come, checked))
        try:
            return await checked
        finally:
            self._checking.discard(task)
            self._unchecked -= 1
            self._space.set()

    async def _room(self) -> None:
        while self._unchecked >= UNCHECKED:
            self._space.clear()
            await self._space.wait()

    async def _check_groups(self) -> None:
        while True:
            group = [await self._to_check.get()]
            share = self._to_check.qsize() // self._workers
            while len(group) < min(share, CHECKED_TOGETHER):
                group.append(self._to_check.get_nowait())
            files = [come for come, _ in group]
            try:
                found = await self._loop.run_in_executor(self._executor, self._check, files)
            except BrokenProcessPool:
                self._done.put(worker_died(self._checker.name))
                continue
            except Exception as error:  # noqa: BLE001 - the other thread raises it
                self._done.put(error)
                continue
            for (_, checked), outcome in zip(group, found, strict=True):
                if not checked.done():
                    checked.set_result(outcome)
