"""Shards: WebDataset tar files of aligned crops and their labels, the same bytes every time."""

from __future__ import annotations

import hashlib
import json
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from curation.dataset.index import Entry

LABELS = ("age", "gender", "country", "race")
COPY_BYTES = 1 << 20


def write_shards(
    folder: Path,
    samples: Iterable[Mapping[Any, Any]],
    read_crop: Callable[[str], bytes],
    on_progress: Callable[[int], None],
) -> Iterator[Entry]:
    """Write the samples' crops as they are, and their labels as JSON, into their shards.

    Yields where each crop lies, once it is written.

    Args:
        folder: where the manifest goes; shard paths are relative to it.
        samples: mappings with `sample_id`, `shard`, `crop_key` and the labels, one shard's
            samples next to each other.
        read_crop: returns the JPEG of a crop key.
        on_progress: called with the number of samples written.
    """
    (folder / "shards").mkdir(parents=True, exist_ok=True)
    done = 0
    for name, members in groupby(samples, key=itemgetter("shard")):
        with (folder / name).open("xb", buffering=COPY_BYTES) as shard:
            at = 0
            for sample in members:
                key = str(sample["sample_id"])
                crop = read_crop(sample["crop_key"])
                labels = json.dumps({label: sample[label] for label in LABELS}).encode()
                for extension, content in (("jpg", crop), ("json", labels)):
                    shard.write(header(f"{key}.{extension}", len(content)))
                    shard.write(content)
                    shard.write(bytes(-len(content) % tarfile.BLOCKSIZE))
                digest = hashlib.sha256(crop).hexdigest()
                yield Entry(key, str(name), at + tarfile.BLOCKSIZE, len(crop), digest)
                at += 2 * tarfile.BLOCKSIZE + _filled(len(crop)) + _filled(len(labels))
                done += 1
                on_progress(done)
            shard.write(_end(at))


def header(name: str, size: int) -> bytes:
    """Return the USTAR header of a member, as `tarfile` writes it: no time, no owner.

    Nothing in it differs between two builds (POSIX.1-2024, pax, "ustar Interchange Format").
    """
    encoded = name.encode()
    if len(encoded) > 100 or size >= 8**11:
        info = tarfile.TarInfo(name)
        info.size = size
        return info.tobuf(tarfile.USTAR_FORMAT)
    block = bytearray(_EMPTY_HEADER)
    block[: len(encoded)] = encoded
    block[124:135] = b"%011o" % size
    block[148:155] = b"%06o\0" % sum(block)  # the checksum, itself counted as spaces
    return bytes(block)


# A member's header without name and size, its checksum still spaces.
_EMPTY_HEADER = bytearray(tarfile.TarInfo("").tobuf(tarfile.USTAR_FORMAT))
_EMPTY_HEADER[148:156] = b" " * 8


def _filled(size: int) -> int:
    return -(-size // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE


def _end(size: int) -> bytes:
    """Return what ends an archive of `size` bytes: two empty blocks, filled up to a record."""
    end = size + 2 * tarfile.BLOCKSIZE
    return bytes(-(-end // tarfile.RECORDSIZE) * tarfile.RECORDSIZE - size)


def copy_shard(source: Path, target: Path, left_out: Callable[[str], bool]) -> int:
    """Copy a shard without the members of some samples; return how many members were left out.

    Every other member keeps its bytes, header included. Memory does not grow with the shard.
    Nothing is written where no member is left.
    """
    dropped = 0
    with tarfile.open(source, "r:") as archive, source.open("rb") as old:
        spans = []  # first byte, behind the last byte
        for member in archive:
            if left_out(member.name.split(".")[0]):
                dropped += 1
                continue
            blocks = -(-member.size // tarfile.BLOCKSIZE)
            spans.append((member.offset, member.offset_data + blocks * tarfile.BLOCKSIZE))
        if spans:
            with target.open("xb") as new:
                for start, stop in spans:
                    old.seek(start)
                    for at in range(start, stop, COPY_BYTES):
                        new.write(old.read(min(COPY_BYTES, stop - at)))
                new.write(_end(new.tell()))
    return dropped
