"""Where the crops of a WebDataset tar shard lie.

A shard is indexed once (name, offset, size of each member), after which every crop is one read
at a known place.
"""

from __future__ import annotations

import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from curation.errors import InputError


@dataclass(frozen=True)
class Member:
    """Where the bytes of one crop lie: in a shard, or in a file of their own."""

    file: Path
    offset: int
    size: int
    aligned: bool = True  # a crop of CROP_SIZE pixels; else a picture of any size


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
