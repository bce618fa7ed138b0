"""Batches of decoded crops, in any order, at the speed of the decoder.

Crops are read by `pread` from files that stay open, and decoded by threads straight into the
batch, whose memory is used again once nobody holds the batch any more. Nothing is copied but the
encoded bytes. (Mapping the files would save that copy too, 1 % of the time, but a shard that is
cut short while it is mapped ends the process, where a read ends in a sentence.)
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice, pairwise
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from curation.errors import InputError
from curation.faces.align import CROP_SIZE
from training.buffers import Buffers
from training.decode import decode_crop, decode_picture
from training.loading import Decode
from training.shards import Member

Rows = NDArray[np.int64]
Crops = NDArray[np.uint8]

CACHE_BYTES = 2 * 1024**3
BATCHES_AHEAD = 3
PARTS = 2  # of a batch per thread: small enough that all end together
OPEN_FILES = 256


class CropReader:
    """Decodes crops to (size, size, 3) uint8 RGB; row i is the i-th of `members`.

    `keep` holds decoded crops in memory for the next epoch, where all of them fit.
    """

    def __init__(
        self,
        members: Sequence[Member],
        size: int = CROP_SIZE,
        workers: int | None = None,
        keep: bool = False,
        how: Decode = Decode.exact,
    ) -> None:
        self.members = members
        self.size = size
        self.workers = workers or min(8, os.cpu_count() or 1)
        self.how = how
        keep = keep and len(members) * size * size * 3 <= CACHE_BYTES
        self._cache = np.empty((len(members) if keep else 0, size, size, 3), dtype=np.uint8)
        self._cached = np.zeros(len(self._cache), dtype=bool)
        self._buffers = Buffers(BATCHES_AHEAD + 3)
        self._files = OpenFiles()

    def __len__(self) -> int:
        return len(self.members)

    def read(self, row: int) -> Crops:
        """Return one crop, (size, size, 3) uint8 RGB.

        Raises:
            InputError: its bytes are gone or are no JPEG of the right size.
        """
        crop = np.empty((1, self.size, self.size, 3), dtype=np.uint8)
        self._read_into(np.array([row]), crop)
        return cast(Crops, crop[0])

    def stream(self, batches: Iterable[Rows]) -> Iterator[Crops]:
        """Yield the crops of each batch of rows, (B, size, size, 3) uint8, in the order given.

        The next few batches are decoded while the caller works on the current one.

        Raises:
            InputError: the bytes of a crop are gone or are no JPEG of the right size.
        """
        pending: deque[tuple[Crops, list[Future[None]]]] = deque()
        remaining = iter(batches)
        pool = ThreadPoolExecutor(self.workers, thread_name_prefix="decode")
        try:
            while True:
                for rows in islice(remaining, BATCHES_AHEAD - len(pending)):
                    pending.append(self._start(pool, rows))
                if not pending:
                    return
                batch, parts = pending.popleft()
                for part in parts:
                    part.result()
                yield batch
                del batch, parts
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _start(self, pool: ThreadPoolExecutor, rows: Rows) -> tuple[Crops, list[Future[None]]]:
        shape = (len(rows), self.size, self.size, 3)
        batch = cast(Crops, self._buffers.take(shape, np.uint8))
        count = min(len(rows), PARTS * self.workers)
        edges = [len(rows) * i // count for i in range(count + 1)] if count else []
        parts = [
            pool.submit(self._read_into, rows[first:last], batch[first:last])
            for first, last in pairwise(edges)
        ]
        return batch, parts

    def _read_into(self, rows: Rows, target: Crops) -> None:
        if not len(self._cache):
            for row, crop in zip(rows, target, strict=True):
                self._decode(int(row), crop)
            return
        for row in rows[~self._cached[rows]]:
            self._decode(int(row), self._cache[row])
            self._cached[row] = True
        np.take(self._cache, rows, axis=0, out=target, mode="clip")

    def _decode(self, row: int, target: Crops) -> None:
        member = self.members[row]
        encoded = self._files.read(member)
        try:
            if member.aligned:
                decode_crop(encoded, target, self.how)
            else:
                decode_picture(encoded, target, self.how)
        except ValueError as error:
            if not member.aligned:
                raise InputError(f"{member.file} is no picture to train on: {error}") from error
            raise InputError(
                f"shard {member.file}: the crop at byte {member.offset} is no JPEG of "
                f"{CROP_SIZE}x{CROP_SIZE} pixels; build the dataset again"
            ) from error


class OpenFiles:
    """Reads parts of files, which stay open between reads; for any number of threads."""

    def __init__(self) -> None:
        self._descriptors: dict[Path, int] = {}
        self._lock = threading.Lock()

    def read(self, member: Member) -> bytes:
        """Return the bytes of one crop, fewer where the file was cut short.

        Raises:
            InputError: the file can no longer be read.
        """
        try:
            if not member.aligned:
                return member.file.read_bytes()
            descriptor = self._descriptor(member.file)
            if descriptor is not None:
                return os.pread(descriptor, member.size, member.offset)
            with member.file.open("rb") as stream:
                stream.seek(member.offset)
                return stream.read(member.size)
        except OSError as error:
            what = "shard " if member.aligned else ""
            raise InputError(f"{what}{member.file} can no longer be read ({error})") from error

    def _descriptor(self, file: Path) -> int | None:
        """Return the open file; None where too many are open already."""
        found = self._descriptors.get(file)
        if found is not None:
            return found
        with self._lock:
            if file not in self._descriptors:
                if len(self._descriptors) >= OPEN_FILES:
                    return None
                self._descriptors[file] = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
            return self._descriptors[file]

    def __del__(self) -> None:
        for descriptor in self._descriptors.values():
            os.close(descriptor)
