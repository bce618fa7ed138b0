"""Shards: WebDataset tar files of aligned crops and their labels, the same bytes every time."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from curation.dataset.index import Entry

LABELS = ("age", "gender", "country", "race")
COPY_BYTES = 1 << 20


def shard_names(splits: Sequence[str], size: int) -> Iterator[str]:
    """Yield the shard of each sample: samples of a split, in their order, `size` to a shard."""
    seen: dict[str, int] = {}
    for split in splits:
        place = seen.get(split, 0)
        seen[split] = place + 1
        yield f"shards/{split}-{place // size:06d}.tar"


def write_shards(
    folder: Path,
    samples: Sequence[Mapping[Hashable, Any]],
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
        with tarfile.open(folder / name, "x", format=tarfile.USTAR_FORMAT) as shard:
            for sample in members:
                labels = {label: sample[label] for label in LABELS}
                crop = read_crop(sample["crop_key"])
                offset = shard.offset + tarfile.BLOCKSIZE
                _add(shard, f"{sample['sample_id']}.jpg", crop)
                _add(shard, f"{sample['sample_id']}.json", json.dumps(labels).encode())
                digest = hashlib.sha256(crop).hexdigest()
                yield Entry(str(sample["sample_id"]), str(name), offset, len(crop), digest)
                done += 1
                on_progress(done)


def _add(shard: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)  # no time, no owner: nothing that differs between two builds
    entry.size = len(content)
    shard.addfile(entry, io.BytesIO(content))


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
                # Two empty blocks end an archive, filled up to a whole record.
                end = new.tell() + 2 * tarfile.BLOCKSIZE
                new.write(bytes(-(-end // tarfile.RECORDSIZE) * tarfile.RECORDSIZE - new.tell()))
    return dropped
