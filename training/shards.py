"""Crops out of WebDataset tar shards, in any order, exactly as they were stored.

A shard is indexed once (name, offset, size of each member), after which every crop is one read
at a known place. Decoding runs in threads, since OpenCV and file reads release the interpreter
lock, and for training crops are kept decoded where all of them fit in `CACHE_BYTES`.
"""

from __future__ import annotations

import os
import tarfile
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from curation.errors import InputError
from curation.faces.align import CROP_SIZE

CACHE_BYTES = 2 * 1024**3
BATCHES_AHEAD = 3


@dataclass(frozen=True)
class Member:
    """Where the bytes of one crop lie."""

    shard: Path
    offset: int
    size: int


def index_crops(folder: Path, sample_ids: Sequence[str], shards: Sequence[str]) -> list[Member]:
    """Find the crop of every sample: `<sample_id>.jpg` in its shard, relative to `folder`.

    Raises:
        InputError: a shard is missing, is no tar file, ends early or lacks a sample.
    """
    members: dict[str, dict[str, Member]] = {}
    found = []
    for sample_id, shard in zip(sample_ids, shards, strict=True):
        if shard not in members:
            members[shard] = _index_shard(folder / shard)
        member = members[shard].get(f"{sample_id}.jpg")
        if member is None:
            raise InputError(
                f"shard {folder / shard} holds {len(members[shard])} crops but not sample "
                f"{sample_id}: it ended early or is of another version; build the dataset again"
            )
        found.append(member)
    return found


def _index_shard(path: Path) -> dict[str, Member]:
    try:
        size = path.stat().st_size
        with tarfile.open(path, "r:") as archive:
            members = [
                (info.name, Member(path, info.offset_data, info.size))
                for info in archive
                if info.isfile() and info.name.endswith(".jpg")
            ]
    except FileNotFoundError as error:
        raise InputError(
            f"shard {path} does not exist; keep the shards beside the manifest"
        ) from error
    except (OSError, tarfile.TarError) as error:
        raise InputError(
            f"shard {path} cannot be read ({error}): it ended early or is no tar file; "
            "build the dataset again"
        ) from error
    if any(member.offset + member.size > size for _, member in members):
        raise InputError(f"shard {path} ends early; build the dataset again")
    return dict(members)


def resize_crops(crop: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Return a crop (H, W, 3) uint8 as (size, size, 3), by area averaging where it shrinks."""
    if crop.shape[:2] == (size, size):
        return crop
    return cv2.resize(crop, (size, size), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


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
    ) -> None:
        self.members = members
        self.size = size
        self.workers = workers or min(8, os.cpu_count() or 1)
        keep = keep and len(members) * size * size * 3 <= CACHE_BYTES
        self._cache = np.empty((len(members) if keep else 0, size, size, 3), dtype=np.uint8)
        self._cached = np.zeros(len(self._cache), dtype=bool)

    def __len__(self) -> int:
        return len(self.members)

    def read(self, row: int) -> NDArray[np.uint8]:
        """Return one crop, (size, size, 3) uint8 RGB.

        Raises:
            InputError: its bytes are gone or are no JPEG of the right size.
        """
        if len(self._cache) and self._cached[row]:
            cached: NDArray[np.uint8] = self._cache[row]
            return cached
        crop = resize_crops(_decode(self.members[row]), self.size)
        if len(self._cache):
            self._cache[row] = crop
            self._cached[row] = True
        return crop

    def stream(self, batches: Iterable[NDArray[np.int64]]) -> Iterator[NDArray[np.uint8]]:
        """Yield the crops of each batch of rows, (B, size, size, 3) uint8, in the order given.

        The next few batches are decoded while the caller works on the current one.
        """
        pending: deque[list[Future[NDArray[np.uint8]]]] = deque()
        remaining = iter(batches)
        with ThreadPoolExecutor(self.workers, thread_name_prefix="decode") as pool:
            while True:
                for rows in islice(remaining, BATCHES_AHEAD - len(pending)):
                    pending.append([pool.submit(self.read, int(row)) for row in rows])
                if not pending:
                    return
                yield np.stack([future.result() for future in pending.popleft()])


def _decode(member: Member) -> NDArray[np.uint8]:
    try:
        with member.shard.open("rb") as stream:
            stream.seek(member.offset)
            encoded = np.frombuffer(stream.read(member.size), dtype=np.uint8)
    except OSError as error:
        raise InputError(f"shard {member.shard} can no longer be read ({error})") from error
    crop = cv2.imdecode(encoded, cv2.IMREAD_COLOR_RGB) if len(encoded) == member.size else None
    if crop is None or crop.shape != (CROP_SIZE, CROP_SIZE, 3):
        raise InputError(
            f"shard {member.shard}: the crop at byte {member.offset} is no JPEG of "
            f"{CROP_SIZE}x{CROP_SIZE} pixels; build the dataset again"
        )
    return crop.astype(np.uint8, copy=False)
