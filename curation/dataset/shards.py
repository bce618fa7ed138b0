"""Shards: WebDataset tar files of aligned crops and their labels, the same bytes every time."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

LABELS = ("age", "gender", "country", "race")


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
) -> None:
    """Write the samples' crops as they are, and their labels as JSON, into their shards.

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
                _add(shard, f"{sample['sample_id']}.jpg", read_crop(sample["crop_key"]))
                _add(shard, f"{sample['sample_id']}.json", json.dumps(labels).encode())
                done += 1
                on_progress(done)


def _add(shard: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)  # no time, no owner: nothing that differs between two builds
    entry.size = len(content)
    shard.addfile(entry, io.BytesIO(content))
