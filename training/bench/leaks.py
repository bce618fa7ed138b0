"""The leak guard: does the test set hold what the judged network was trained on?

Looked for are, among the training and validation samples of the manifests that the network was
trained with,

- **identical**: the same sample, or a picture file with the SHA-256 of a training photograph,
- **copy**: a crop that is a copy of a training crop. Candidates are crops whose hashes are near, by
  the widest of `RADII` that keeps second looks few; dedup's second look, which lays one picture
  over the other, decides,
- **subject**: a person who stands in training too.

The hashes of a manifest's crops are kept in the user's cache, so that they are taken once.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from curation import console
from curation.errors import InputError
from training.bench.crops import crops
from training.bench.leak import Leak
from training.bench.predictors import TrainedOn
from training.bench.sample import Sample
from training.files import write_atomically
from training.manifest import Manifest, file_sha256, open_manifest
from training.reader import CropReader
from training.shards import Member, index_crops

# Bits that may differ, of the 64-bit pHash and of the 256-bit one. Aligned faces are all alike, so
# the wider a radius, the more copies are found, and the more strangers have to be looked at.
RADII = ((16, 90), (12, 75), (10, 60), (8, 50), (6, 40))
LOOKS = 20  # per test face, as expected from a sample of pairs
SAMPLE = 1000
CACHE_VARIABLE = "XDG_CACHE_HOME"
BATCH = 256
SEEN_SPLITS = ("train", "validation")  # validation chose the checkpoint


@dataclass(frozen=True)
class LeakCheck:
    """What was compared with what, and what was found: test sample ids by kind."""

    compared: tuple[str, ...]  # datasets by name and version
    unknown: tuple[str, ...]  # datasets whose manifest is not at hand
    found: dict[Leak, tuple[str, ...]]

    def notes(self) -> list[str]:
        """Return sentences for the report."""
        notes = []
        if self.compared:
            found = ", ".join(f"{kind.value} {len(ids):,}" for kind, ids in self.found.items())
            notes.append(f"leaks from {', '.join(self.compared)}: {found}")
        if self.unknown:
            notes.append(
                f"leaks from {', '.join(self.unknown)} were not looked for: its manifest is not at "
                "hand; name it with --trained-on"
            )
        if not self.compared and not self.unknown:
            notes.append(
                "leaks were not looked for: nothing is known of what the predictor was trained on; "
                "name manifests with --trained-on"
            )
        return notes


def check_leaks(
    samples: Sequence[Sample],
    trained_on: Sequence[TrainedOn],
    manifests: Sequence[Path],
    own: Path | None = None,
    device: str = "cpu",
) -> LeakCheck:
    """Compare a test set with the `manifests` that were trained on.

    `own` is the manifest that the test set is a split of; it counts if it was trained on too.

    Raises:
        InputError: a manifest or a shard cannot be used, or a manifest is none that the network was
            trained on.
    """
    wanted = {known.manifest_sha256: f"{known.dataset} v{known.version}" for known in trained_on}
    if own is not None and file_sha256(own) in wanted:
        manifests = [*manifests, own]
    opened = {manifest.version.sha256: manifest for manifest in map(open_manifest, manifests)}
    for sha256, manifest in opened.items():
        if wanted and sha256 not in wanted:
            raise InputError(
                f"{manifest.path} is not what the network was trained on "
                f"({', '.join(wanted.values())}); name that manifest with --trained-on"
            )
    found: dict[Leak, set[str]] = {kind: set() for kind in Leak}
    if opened:
        hashed = _Crops.of_samples(samples, device)
        for manifest in opened.values():
            _compare(samples, hashed, manifest, found)
    return LeakCheck(
        compared=tuple(str(manifest.version) for manifest in opened.values()),
        unknown=tuple(name for sha256, name in wanted.items() if sha256 not in opened),
        found={kind: tuple(sorted(ids)) for kind, ids in found.items()},
    )


WORDS = {
    Leak.identical: "test pictures were trained on",
    Leak.copy: "test pictures are copies of pictures that were trained on",
    Leak.subject: "test pictures show people who were trained on",
}


def refuse(check: LeakCheck, allowed: Iterable[Leak]) -> None:
    """Refuse to test on what was trained on, unless it is allowed by name.

    Raises:
        InputError: what was found, how many, the first, and the way out.
    """
    refused = {kind: ids for kind, ids in check.found.items() if ids and kind not in set(allowed)}
    if not refused:
        return
    told = ", and ".join(
        f"{len(ids):,} {WORDS[kind]} (the first is {ids[0]})" for kind, ids in refused.items()
    )
    options = " ".join(f"--allow-leak {kind.value}" for kind in refused)
    raise InputError(
        f"{told}: figures on them prove nothing. Test on others, or say {options} and have it "
        "printed with the table"
    )


def _compare(
    samples: Sequence[Sample], hashed: _Crops, manifest: Manifest, found: dict[Leak, set[str]]
) -> None:
    rows = manifest.rows[manifest.rows["split"].isin(SEEN_SPLITS)]
    ids, photographs, people = (
        set(rows[name].dropna()) for name in ("sample_id", "image_id", "subject")
    )
    for sample in samples:
        if sample.sample_id in ids or _sha256(sample) in photographs:
            found[Leak.identical].add(sample.sample_id)
        if sample.subject is not None and sample.subject in people:
            found[Leak.subject].add(sample.sample_id)
    members = index_crops(manifest.folder, list(rows["sample_id"]), list(rows["shard"]))
    trained = _Crops.of_manifest(manifest, members)
    found[Leak.copy] |= hashed.copies_of(trained) - found[Leak.identical]


class _Crops:
    """The hashes of aligned crops, and how to see one again."""

    def __init__(self, hashes: NDArray[np.uint64], wide: NDArray[np.uint64]) -> None:
        self.hashes = hashes  # (N,)
        self.wide = wide  # (N, 4)
        self.names: list[str] = []
        self.small: list[NDArray[np.uint8]] = []
        self.members: Sequence[Member] = ()

    @classmethod
    def of_samples(cls, samples: Sequence[Sample], device: str) -> _Crops:
        """Hash the crops of a test set, as far as it has pictures with a face."""
        from curation.dedup.small import small_picture

        hashes, names, small = [], [], []
        at_hand = [sample for sample in samples if sample.picture is not None]
        with console.progress("faces") as progress:
            bar = progress.add_task("looking for leaks", total=len(at_hand))
            for seen in crops(at_hand, device):
                progress.advance(bar)
                if seen.image is not None:
                    hashes.append(_hash([seen.image]))
                    names.append(seen.sample.sample_id)
                    small.append(small_picture(seen.image))
        made = cls(*_joined(hashes))
        made.names, made.small = names, small
        return made

    @classmethod
    def of_manifest(cls, manifest: Manifest, members: Sequence[Member]) -> _Crops:
        """Hash the crops of a manifest, or take their hashes from the cache."""
        file = _cache() / f"{manifest.version.sha256}-{len(members)}.npz"
        made = _cached(file)
        if made is None:
            rows = np.arange(len(members), dtype=np.int64)
            batches = [rows[at : at + BATCH] for at in range(0, len(rows), BATCH)]
            parts = []
            with console.progress("crops") as progress:
                bar = progress.add_task("hashing training crops", total=len(members))
                for batch in CropReader(members).stream(batches):
                    parts.append(_hash(list(batch)))
                    progress.advance(bar, len(batch))
            made = cls(*_joined(parts))
            _write_cache(file, made)
        made.members = members
        return made

    def copies_of(self, trained: _Crops) -> set[str]:
        """Return the names of these crops that are copies of trained ones."""
        from curation.dedup.join import hamming_neighbours
        from curation.dedup.second_look import likeness
        from curation.dedup.small import small_picture

        if not len(self.hashes) or not len(trained.hashes):
            return set()
        radius, wide_radius = self._affordable(trained)
        near = hamming_neighbours(
            self.hashes, trained.hashes, radius,
            new_wide=self.wide, old_wide=trained.wide, wide_radius=wide_radius,
        )  # fmt: skip
        reader = CropReader(trained.members, workers=1)
        copies: set[str] = set()
        for old, new, _ in near.tolist():
            if self.names[new] in copies:
                continue
            if likeness(self.small[new], small_picture(reader.read(old))).same_face:
                copies.add(self.names[new])
        return copies

    def _affordable(self, trained: _Crops) -> tuple[int, int]:
        """Return the widest radii at which about `LOOKS` training faces are near a test face."""
        random = np.random.default_rng(0)
        mine = random.permutation(len(self.hashes))[:SAMPLE]
        theirs = random.permutation(len(trained.hashes))[:SAMPLE]
        narrow = np.bitwise_count(self.hashes[mine, None] ^ trained.hashes[None, theirs])
        wide = np.zeros(narrow.shape, dtype=np.int64)
        for word in range(self.wide.shape[1]):
            differing = self.wide[mine, None, word] ^ trained.wide[None, theirs, word]
            wide += np.bitwise_count(differing)
        for radius, wide_radius in RADII:
            share = ((narrow <= radius) & (wide <= wide_radius)).mean()
            if share * len(trained.hashes) <= LOOKS:
                break
        return radius, wide_radius


Hashes = tuple[NDArray[np.uint64], NDArray[np.uint64]]


def _hash(images: Sequence[NDArray[np.uint8]]) -> Hashes:
    from curation.dedup.hashes import packed, phashes

    return packed(phashes(images))[:, 0], packed(phashes(images, 16))


def _joined(parts: Sequence[Hashes]) -> Hashes:
    if not parts:
        return np.empty(0, np.uint64), np.empty((0, 4), np.uint64)
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def _cache() -> Path:
    return Path(os.environ.get(CACHE_VARIABLE, "~/.cache")).expanduser() / "evenface" / "leaks"


def _cached(file: Path) -> _Crops | None:
    try:
        with np.load(file) as known:
            return _Crops(known["hashes"], known["wide"])
    except (OSError, ValueError, KeyError):
        return None


def _write_cache(file: Path, made: _Crops) -> None:
    """Keep the hashes; a cache that cannot be written costs time only."""
    content = io.BytesIO()
    np.savez(content, hashes=made.hashes, wide=made.wide)
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file, content.getvalue())


def _sha256(sample: Sample) -> str | None:
    source = None if sample.picture is None else sample.picture.source
    if not isinstance(source, Path) or not source.is_file():
        return None
    with source.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
